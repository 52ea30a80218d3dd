import Placement
import Support
import Testing
import Vocabulary
import Wire

@testable import ShardNode

struct ShardRecordTests {
  private let schema = CollectionSchema(
    embeddingDimension: 2, rerankDimension: 0, attributes: [.init(name: "price", type: .int)])

  private func upsert(_ ids: [UInt64], op: UInt64, expected: UInt64 = 0) throws -> UpsertRequest {
    UpsertRequest(
      collection: "shop", generation: Generation(1), writer: 1, op: op, embeddingDimension: 2, rerankDimension: 0,
      ids: ids, expectedVersions: ids.map { _ in expected },
      attributes: AttributeTable(
        rows: ids.map { [.int(Int64($0))] }, definitions: try #require(schema).attributes),
      embeddings: ids.flatMap { [Float($0), Float(op)] }, rerank: [])
  }

  private func delete(_ ids: [UInt64], op: UInt64) -> DeleteRequest {
    DeleteRequest(
      collection: "shop", generation: Generation(1), writer: 1, op: op, ids: ids, expectedVersions: ids.map { _ in 0 })
  }

  /// What a call is refused with.
  private func refusal(_ call: () throws(WireError) -> Void) -> ErrorCode? {
    do throws(WireError) {
      try call()
      return nil
    } catch { return error.code }
  }

  @Test func theSameRecordsGiveTheSameState() throws {
    var first = LoggedState()
    let map = try ShardMap.first(clusterID: Array(repeating: 5, count: 16), addresses: ["127.0.0.1:7701"])
    for _ in 0..<2 {
      try first.change(ShardMapRequest(.install(map, as: ShardID(0))))
      for name in ["shop", "other"] {
        try first.change(
          CollectionCreateRequest(generation: Generation(1), name: name, schema: try #require(schema)))
      }
    }
    var random = SeededRandom(seed: 3)
    for op in 1...60 as ClosedRange<UInt64> {
      let ids = (0..<5).map { _ in random.next() % 40 }
      if op % 3 == 0 {
        let delete = delete(ids, op: op)
        try first.change(delete)
        let again = try first.change(delete)
        #expect(again.isReplayed)
      } else {
        try first.change(upsert(ids, op: op, expected: op % 5 == 0 ? UpsertRequest.mustNotExist : 0))
      }
    }
    try first.change(CollectionDropRequest(generation: Generation(1), name: "other"))
    // A map, two collections, each op once, a drop: what changes nothing is not logged.
    #expect(first.records.count == 1 + 2 + 60 + 1)

    var second = ShardState()
    for record in first.records { try second.replay(try #require(ShardRecord(payload: record.payload))) }
    let descriptions = (try first.live.describe(.init(name: nil)), try second.describe(.init(name: nil)))
    #expect(descriptions.0 == descriptions.1)
    let known = try upsert(Array(0..<40), op: 61, expected: UpsertRequest.mustNotExist)
    let replies = (
      try first.change(known), second.apply(try second.prepare(known, as: ShardRecord(known), now: nil))
    )
    #expect(replies.0 == replies.1)
    let outdated = delete([1], op: 60)
    let late = refusal { () throws(WireError) in
      _ = try second.prepare(outdated, as: ShardRecord(outdated), now: nil)
    }
    #expect(late == .conflict)
  }

  @Test func aTermRaisesTheVersionsOfSlots() throws {
    var state = LoggedState()
    let map = try ShardMap.first(clusterID: Array(repeating: 5, count: 16), addresses: ["127.0.0.1:7701"])
    try state.change(ShardMapRequest(.install(map, as: ShardID(0))))
    try state.change(CollectionCreateRequest(generation: Generation(1), name: "shop", schema: try #require(schema)))
    var versions: [UInt64] = []
    try state.promote(1)
    versions += try state.change(upsert([1], op: 1)).versions
    try state.promote(2)
    versions += try state.change(upsert([1], op: 2)).versions
    try state.promote(3)
    try state.promote(7)
    versions += try state.change(upsert([1], op: 3)).versions
    // A collection of a later term has no version that one of an earlier term may have had.
    try state.change(CollectionCreateRequest(generation: Generation(2), name: "shop", schema: try #require(schema)))
    var later = try upsert([1], op: 4)
    later.generation = Generation(2)
    versions += try state.change(later).versions
    #expect(versions == [1, (1 << 32) + 1, (6 << 32) + 1, (6 << 32) + 1])
    try state.restart()
    let history = state.live.history
    #expect(history.continues(term: 2, position: 6))
    #expect(!history.continues(term: 2, position: 7))
    #expect(!history.continues(term: 4, position: 5))
  }

  @Test func nothingChangesIfItCannotBeLogged() throws {
    var state = LoggedState()
    // As a shard does that finds no room in its log: what it has prepared is not applied.
    func prepare<Request: ChangeRequest>(_ request: Request, _ state: borrowing LoggedState) throws {
      let before = state.live.lasting
      let change = try state.live.prepare(request, as: ShardRecord(request), now: Instant(nanoseconds: 0))
      #expect(change.record == ShardRecord(request))
      #expect(state.live.lasting == before)
    }
    let create = CollectionCreateRequest(generation: Generation(1), name: "shop", schema: try #require(schema))
    let map = try ShardMap.first(clusterID: Array(repeating: 5, count: 16), addresses: ["127.0.0.1:7701"])
    let upsert = try upsert([1], op: 1)
    let drop = CollectionDropRequest(generation: Generation(1), name: "shop")

    try prepare(create, state)
    let isCreated = try state.change(create).isCreated
    #expect(isCreated)
    try prepare(ShardMapRequest(.install(map, as: ShardID(0))), state)
    #expect(state.live.epoch == Epoch(0))
    try state.change(ShardMapRequest(.install(map, as: ShardID(0))))
    try prepare(upsert, state)
    let answer = try state.change(upsert)
    #expect((answer.isReplayed, answer.statuses, answer.versions) == (false, [.inserted], [1]))
    try prepare(drop, state)
    let removed = try state.change(drop).itemsRemoved
    #expect(removed == 1)
  }

  @Test func aRecordOfNoChangeIsRefused() throws {
    var state = ShardState()
    #expect(ShardRecord(payload: []) == nil)
    for record in [ShardRecord(.status, []), ShardRecord(ShardMapRequest(.read)), ShardRecord(.upsert, [1, 2, 3])] {
      #expect(refusal { () throws(WireError) in try state.replay(record) } != nil)
    }
  }
}
