import Placement
import ShardNode
import Support
import Testing
import Vocabulary
import Wire

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
    var first = ShardState()
    var records: [ShardRecord] = []
    func log(_ request: some RequestMessage) -> ShardState.Log { { records.append(ShardRecord(request)) } }
    let map = try ShardMap.first(clusterID: Array(repeating: 5, count: 16), addresses: ["127.0.0.1:7701"])
    for _ in 0..<2 {
      try first.install(map, as: ShardID(0), log: log(ShardMapRequest(.install(map, as: ShardID(0)))))
      for name in ["shop", "other"] {
        let create = CollectionCreateRequest(generation: Generation(1), name: name, schema: try #require(schema))
        _ = try first.create(create, log: log(create))
      }
    }
    var random = SeededRandom(seed: 3)
    for op in 1...60 as ClosedRange<UInt64> {
      let ids = (0..<5).map { _ in random.next() % 40 }
      if op % 3 == 0 {
        let delete = delete(ids, op: op)
        _ = try first.delete(delete, log: log(delete))
        let again = try first.delete(delete, log: log(delete))
        #expect(again.isReplayed)
      } else {
        let upsert = try upsert(ids, op: op, expected: op % 5 == 0 ? UpsertRequest.mustNotExist : 0)
        _ = try first.upsert(upsert, log: log(upsert))
      }
    }
    let drop = CollectionDropRequest(generation: Generation(1), name: "other")
    _ = try first.drop(drop, log: log(drop))
    // A map, two collections, each op once, a drop: what changes nothing is not logged.
    #expect(records.count == 1 + 2 + 60 + 1)

    var second = ShardState()
    for record in records { try second.apply(try #require(ShardRecord(payload: record.payload))) }
    let descriptions = (try first.describe(.init(name: nil)), try second.describe(.init(name: nil)))
    #expect(descriptions.0 == descriptions.1)
    let known = try upsert(Array(0..<40), op: 61, expected: UpsertRequest.mustNotExist)
    let states = (try first.upsert(known), try second.upsert(known))
    #expect(states.0 == states.1)
    #expect(refusal { () throws(WireError) in _ = try second.delete(delete([1], op: 60)) } == .conflict)
  }

  @Test func nothingChangesIfItCannotBeLogged() throws {
    var state = ShardState()
    let create = CollectionCreateRequest(generation: Generation(1), name: "shop", schema: try #require(schema))
    let full: ShardState.Log = { () throws(WireError) in throw WireError(.storageFull) }
    let map = try ShardMap.first(clusterID: Array(repeating: 5, count: 16), addresses: ["127.0.0.1:7701"])
    let upsert = try upsert([1], op: 1)
    let drop = CollectionDropRequest(generation: Generation(1), name: "shop")

    #expect(refusal { () throws(WireError) in _ = try state.create(create, log: full) } == .storageFull)
    let isCreated = try state.create(create).isCreated
    #expect(isCreated)
    #expect(refusal { () throws(WireError) in try state.install(map, as: ShardID(0), log: full) } == .storageFull)
    #expect(state.epoch == Epoch(0))
    try state.install(map, as: ShardID(0))
    #expect(refusal { () throws(WireError) in _ = try state.upsert(upsert, log: full) } == .storageFull)
    let answer = try state.upsert(upsert)
    #expect((answer.isReplayed, answer.statuses, answer.versions) == (false, [.inserted], [1]))
    #expect(refusal { () throws(WireError) in _ = try state.drop(drop, log: full) } == .storageFull)
    let removed = try state.drop(drop).itemsRemoved
    #expect(removed == 1)
  }

  @Test func aRecordOfNoChangeIsRefused() throws {
    var state = ShardState()
    #expect(ShardRecord(payload: []) == nil)
    for record in [ShardRecord(.status, []), ShardRecord(ShardMapRequest(.read)), ShardRecord(.upsert, [1, 2, 3])] {
      #expect(refusal { () throws(WireError) in try state.apply(record) } != nil)
    }
  }
}
