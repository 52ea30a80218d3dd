import Filters
import Placement
import Support
import Testing
import Vocabulary
import Wire

@testable import ShardNode

struct ShardUpdateTests {
  /// Prices to set (`nil`: to remove) of items; brands stay.
  private static func update(
    _ prices: [(id: UInt64, price: Double?)], op: UInt64, writer: UInt64 = 9, expected: [UInt64]? = nil
  ) -> UpdateRequest {
    UpdateRequest(
      collection: "shop", generation: Generation(1), writer: writer, op: op, ids: prices.map(\.id),
      expectedVersions: expected ?? prices.map { _ in 0 },
      attributes: AttributeTable(
        rows: prices.map { [$0.price.map { .float($0) }] },
        definitions: [AttributeDefinition(name: "price", type: .float)]),
      removals: [AttributeTable.bits(prices.map { $0.price == nil })])
  }

  private static func stored(_ shard: ShardFixture, _ ids: [UInt64]) async throws -> GetResponse {
    var get = GetRequest(collection: "shop", ids: ids)
    get.generation = Generation(1)
    get.attributes = .all
    get.wantsEmbeddings = true
    get.wantsRerank = true
    return try await shard.ask(get)
  }

  @Test func anUpdateChangesAttributesAndKeepsTheRest() async throws {
    let shard = try await ShardFixture()
    let first = try await shard.ask(shard.upsert([1, 2], op: 1))
    let before = try await Self.stored(shard, [1, 2])
    let reply = try await shard.ask(Self.update([(1, 99), (7, 5), (2, nil)], op: 2))
    #expect(reply.statuses == [.replaced, .absent, .replaced])
    #expect(reply.versions[0] > first.versions[0] && reply.versions[1] == 0)
    let after = try await Self.stored(shard, [1, 2, 7])
    #expect(after.ids == [1, 2] && after.versions == [reply.versions[0], reply.versions[2]])
    #expect(after.embeddings == before.embeddings && after.rerank == before.rerank)
    #expect(after.attributes.value(row: 0, column: 0) == .float(99))
    #expect(after.attributes.value(row: 1, column: 0) == nil)
    #expect(after.attributes.value(row: 0, column: 1) == .keyword("b1"))
    var search = shard.search(limit: 5)
    search.filter = try FilterParser.parse("price = 99")
    #expect(try await shard.ask(search).ids == [1])
  }

  @Test func theSameUpdateAgainAnswersTheSameAndChangesNothing() async throws {
    let shard = try await ShardFixture()
    _ = try await shard.ask(shard.upsert([1, 2], op: 1))
    let first = try await shard.ask(Self.update([(1, 5), (3, 6)], op: 2))
    _ = try await shard.ask(Self.update([(1, 7)], op: 1, writer: 10))
    var again = try await shard.ask(Self.update([(1, 5), (3, 6)], op: 2))
    #expect(again.isReplayed)
    again.isReplayed = false
    #expect(again == first)
    #expect(try await Self.stored(shard, [1]).attributes.value(row: 0, column: 0) == .float(7))
    #expect(await shard.error(Self.update([(1, 8)], op: 1)) == .conflict)
  }

  @Test func expectedVersionsGuardAnUpdate() async throws {
    let shard = try await ShardFixture()
    let version = try await shard.ask(shard.upsert([1], op: 1)).versions[0]
    let wrong = try await shard.ask(Self.update([(1, 5), (8, 5)], op: 2, expected: [version + 1, 3]))
    #expect((wrong.statuses, wrong.versions) == ([.conflict, .conflict], [version, 0]))
    let right = try await shard.ask(Self.update([(1, 5)], op: 3, expected: [version]))
    #expect(right.statuses == [.replaced])
    #expect(try await shard.ask(Self.update([(1, 6)], op: 4, expected: [version])).statuses == [.conflict])
    #expect(try await Self.stored(shard, [1]).attributes.value(row: 0, column: 0) == .float(5))
  }

  @Test func aRefusedUpdateChangesNothing() async throws {
    let shard = try await ShardFixture()
    _ = try await shard.ask(shard.upsert([1], op: 1))
    var request = Self.update([(1, 5)], op: 2)
    request.attributes = AttributeTable(
      rows: [[.int(3)]], definitions: [AttributeDefinition(name: "price", type: .int)])
    #expect(await shard.error(request) == .unknownAttribute)
    request.attributes = AttributeTable(
      rows: [[.int(3)]], definitions: [AttributeDefinition(name: "size", type: .int)])
    #expect(await shard.error(request) == .unknownAttribute)
    #expect(await shard.error(Self.update([(1, 5), (1, 6)], op: 2)) == .duplicateField)
    request = Self.update([(1, 5)], op: 2)
    request.removals = [[1]]
    #expect(await shard.error(request) == .malformedBody)
    #expect(try await Self.stored(shard, [1]).attributes.value(row: 0, column: 0) == .float(1))
    #expect(try await shard.ask(Self.update([(1, 5)], op: 2)).statuses == [.replaced])
  }

  @Test func recordsOfUpdatesGiveTheSameState() async throws {
    let map = try ShardMap.first(clusterID: Array(repeating: 5, count: 16), addresses: ["127.0.0.1:7701"])
    let shard = try await ShardFixture()
    var first = LoggedState()
    try first.change(ShardMapRequest(.install(map, as: ShardID(0))))
    try first.change(CollectionCreateRequest(generation: Generation(1), name: "shop", schema: shard.schema))
    try first.change(shard.upsert(Array(0..<50), op: 1))
    var random = SeededRandom(seed: 11)
    for op in 2...40 as ClosedRange<UInt64> {
      let ids = Set((0..<8).map { _ in random.next() % 60 })
      let update = Self.update(ids.map { ($0, $0 % 3 == 0 ? nil : Double(op)) }, op: op)
      try first.change(update)
      let again = try first.change(update)
      #expect(again.isReplayed)
    }
    #expect(first.records.count == 3 + 39)
    var second = ShardState()
    for record in first.records { try second.replay(try #require(ShardRecord(payload: record.payload))) }
    let probe = Self.update((0..<60).map { ($0, 1) }, op: 41)
    let states = (try first.change(probe), second.apply(try second.prepare(probe, as: ShardRecord(probe), now: nil)))
    #expect(states.0 == states.1)
    let last = Self.update([(1, 2)], op: 40, writer: 77)
    let reply = second.apply(try second.prepare(last, as: ShardRecord(last), now: nil))
    #expect(reply.statuses == [.replaced])
  }
}
