import Filters
import Placement
import ShardNode
import Support
import Testing
import Transport
import Vocabulary
import Wire

struct ShardNodeTests {
  @Test func searchAnswersTheBestItemsWithWhatTheReRankerNeeds() async throws {
    let shard = try await ShardFixture()
    _ = try await shard.ask(shard.upsert(Array(1...50), op: 1))
    var search = shard.search(limit: 3)
    search.attributes = ["brand"]
    search.encoding = .float32
    let reply = try await shard.ask(search)
    #expect(reply.ids == [50, 49, 48])
    #expect(reply.scores == [50, 49, 48])
    #expect(reply.rerank.values == [50, 2, 49, 2, 48, 2])
    #expect(reply.attributes.value(row: 0, column: 0) == .keyword("b2"))
    #expect((reply.owned, reply.scanned, reply.passed) == (50, 50, 50))
    #expect(reply.isComplete)
  }

  @Test func filterExclusionAndAfterNarrowASearch() async throws {
    let shard = try await ShardFixture()
    _ = try await shard.ask(shard.upsert(Array(1...50), op: 1))
    var search = shard.search(limit: 2)
    search.filter = try FilterParser.parse("brand = b2 and price < 45")
    search.exclude = [41]
    search.after = Score(44).map { Candidate(score: $0, itemID: ItemID(44)) }
    #expect(try await shard.ask(search).ids == [38, 35])
    search.filter = try FilterParser.parse("weight > 1")
    #expect(await shard.error(search) == .badFilter)
  }

  @Test func metricsTellWhatTheMemoryOfItemsHolds() async throws {
    let shard = try await ShardFixture()
    _ = try await shard.ask(shard.upsert(Array(1...700), op: 1))
    let lines = try await shard.ask(MetricsRequest()).text.split(separator: "\n")
    func bytes(_ name: String) -> [Double] {
      lines.filter { $0.hasPrefix(name + "{") }.compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
    }
    #expect(bytes("winnow_memory_part_bytes").count == 9)
    #expect(lines.contains { $0.contains("part=\"codes\"") && !$0.hasSuffix(" 0") })
    #expect(bytes("winnow_memory_part_bytes").reduce(0, +) == bytes("winnow_memory_bytes").first)
  }

  @Test func aWriteIsSeenByTheNextQuery() async throws {
    let shard = try await ShardFixture()
    #expect(try await shard.ask(shard.upsert([1, 2], op: 1)).statuses == [.inserted, .inserted])
    #expect(try await shard.ask(shard.upsert([2], op: 2)).statuses == [.replaced])
    let delete = DeleteRequest(
      collection: "shop", generation: Generation(1), writer: 9, op: 3, ids: [1, 7], expectedVersions: [0, 0])
    #expect(try await shard.ask(delete).statuses == [.deleted, .absent])
    #expect(try await shard.ask(shard.search(limit: 10)).ids == [2])
  }

  @Test func theSameOpAgainAnswersTheSameAndChangesNothing() async throws {
    let shard = try await ShardFixture()
    let first = try await shard.ask(shard.upsert([1, 2, 3], op: 5))
    var again = try await shard.ask(shard.upsert([1, 2, 3], op: 5))
    #expect(again.isReplayed)
    again.isReplayed = false
    #expect(again == first)
    #expect(await shard.error(shard.upsert([1], op: 4)) == .conflict)
    let other = try await shard.ask(shard.upsert([1], op: 4, writer: 10))
    #expect(other.versions[0] > first.versions[0])
  }

  @Test func expectedVersionsGuardAnItem() async throws {
    let shard = try await ShardFixture()
    let first = try await shard.ask(shard.upsert([1], op: 1, expected: [UpsertRequest.mustNotExist]))
    #expect(first.statuses == [.inserted])
    let second = try await shard.ask(shard.upsert([1], op: 2, expected: [UpsertRequest.mustNotExist]))
    #expect((second.statuses, second.versions) == ([.conflict], first.versions))
    let third = try await shard.ask(shard.upsert([1], op: 3, expected: first.versions))
    #expect(third.statuses == [.replaced])
    #expect(try await shard.ask(shard.upsert([1], op: 4, expected: first.versions)).statuses == [.conflict])
    #expect(try await shard.ask(shard.upsert([8], op: 5, expected: [3])).statuses == [.conflict])
  }

  @Test func theLastPlaceOfAnIdCounts() async throws {
    let shard = try await ShardFixture()
    var request = shard.upsert([4, 4, 4], op: 1)
    request.embeddings[8] = 99
    let reply = try await shard.ask(request)
    #expect(reply.statuses == [.inserted, .inserted, .inserted])
    #expect(Set(reply.versions).count == 1)
    #expect(try await shard.ask(shard.search(limit: 5)).scores == [99])
  }

  @Test func versionsOfASlotGrowThroughDeletion() async throws {
    let shard = try await ShardFixture()
    let first = try await shard.ask(shard.upsert([1], op: 1)).versions[0]
    let delete = DeleteRequest(
      collection: "shop", generation: Generation(1), writer: 9, op: 2, ids: [1], expectedVersions: [first])
    let second = try await shard.ask(delete).versions[0]
    let third = try await shard.ask(shard.upsert([1], op: 3)).versions[0]
    #expect(first < second && second < third)
  }

  @Test func aRefusedRequestChangesNothing() async throws {
    let shard = try await ShardFixture()
    var request = shard.upsert([1, 2], op: 1)
    request.embeddings[5] = .nan
    #expect(await shard.error(request) == .nonFiniteValue)
    request = shard.upsert([1], op: 1)
    request.attributes = AttributeTable(
      rows: [[.int(3)]], definitions: [AttributeDefinition(name: "price", type: .int)])
    #expect(await shard.error(request) == .unknownAttribute)
    request = shard.upsert([1], op: 1)
    request.embeddingDimension = 3
    request.embeddings.removeLast()
    #expect(await shard.error(request) == .dimensionMismatch)
    #expect(try await shard.ask(shard.search(limit: 5)).owned == 0)
    #expect(try await shard.ask(shard.upsert([1], op: 1)).statuses == [.inserted])
  }

  @Test func aSecondSearchSeesTheStateOfTheFirst() async throws {
    let shard = try await ShardFixture()
    _ = try await shard.ask(shard.upsert(Array(1...20), op: 1))
    let first = try await shard.ask(shard.search(limit: 5))
    _ = try await shard.ask(shard.upsert([500], op: 2))
    var second = shard.search(limit: 5)
    second.snapshot = first.snapshot
    second.after = Score(first.scores[4]).map { Candidate(score: $0, itemID: ItemID(first.ids[4])) }
    let reply = try await shard.ask(second)
    #expect((reply.snapshot, reply.ids) == (first.snapshot, [15, 14, 13, 12, 11]))
    second.after = nil
    shard.clock.advance(microseconds: 6_000_000)
    let late = try await shard.ask(second)
    #expect(late.snapshot != first.snapshot)
    #expect(late.ids.first == 500)
  }

  @Test(arguments: [0 as UInt32, 2, 99]) func anotherEpochIsStale(_ epoch: UInt32) async throws {
    let shard = try await ShardFixture()
    #expect(await shard.error(shard.search(limit: 1), epoch: epoch) == .staleEpoch)
    #expect(await shard.error(shard.upsert([1], op: 1), epoch: epoch) == .staleEpoch)
    #expect(await shard.error(GetRequest(collection: "shop", ids: [1]), epoch: epoch) == .staleEpoch)
  }

  @Test func foreignSlotsAreRefused() async throws {
    let shard = try await ShardFixture(id: 1, of: 2)
    let ids = Array(1...200 as ClosedRange<UInt64>)
    let mine = ids.filter { shard.map.owner(of: slot(of: ItemID($0))).id == ShardID(1) }
    #expect(await shard.error(shard.upsert(ids, op: 1)) == .notOwner)
    #expect(try await shard.ask(shard.upsert(mine, op: 1)).statuses.count == mine.count)
    var get = GetRequest(collection: "shop", ids: ids)
    get.generation = Generation(1)
    #expect(await shard.error(get) == .notOwner)
  }

  @Test func rowsOfSlotsThatANewMapTookAwayAreMasked() async throws {
    let shard = try await ShardFixture(id: 0, of: 2)
    let mine = Array(1...200 as ClosedRange<UInt64>).filter {
      shard.map.owner(of: slot(of: ItemID($0))).id == ShardID(0)
    }
    _ = try await shard.ask(shard.upsert(mine, op: 1))
    var owners = shard.map.owners
    for slot in 0..<1024 { owners[slot] = 1 }
    let next = try ShardMap(
      epoch: Epoch(2), clusterID: shard.map.clusterID, shards: shard.map.shards, owners: owners)
    _ = try await shard.ask(ShardMapRequest(.install(next, as: ShardID(0))))
    let left = mine.filter { next.owner(of: slot(of: ItemID($0))).id == ShardID(0) }
    let reply = try await shard.ask(shard.search(limit: 500), epoch: 2)
    #expect(left.count < mine.count)
    #expect(reply.ids == left.sorted(by: >))
    #expect(reply.owned == UInt64(left.count))
  }

  @Test func mapsGoForwardOnly() async throws {
    let shard = try await ShardFixture(id: 0, of: 2)
    _ = try await shard.ask(ShardMapRequest(.install(shard.map, as: ShardID(0))))
    #expect(await shard.error(ShardMapRequest(.install(shard.map, as: ShardID(1)))) == .conflict)
    let foreign = try ShardMap.first(
      clusterID: Array(repeating: 6, count: 16), addresses: shard.map.shards.map(\.address))
    #expect(await shard.error(ShardMapRequest(.install(foreign, as: ShardID(0)))) == .wrongCluster)
    let different = try ShardMap(
      epoch: Epoch(1), clusterID: shard.map.clusterID, shards: shard.map.shards,
      owners: Array(shard.map.owners.reversed()))
    #expect(await shard.error(ShardMapRequest(.install(different, as: ShardID(0)))) == .staleEpoch)
  }

  @Test func collectionsAreMadeOnceAndDropped() async throws {
    let shard = try await ShardFixture()
    let create = CollectionCreateRequest(generation: Generation(1), name: "shop", schema: shard.schema)
    #expect(try await shard.ask(create).isCreated == false)
    let other = try #require(CollectionSchema(embeddingDimension: 5, rerankDimension: 0, attributes: []))
    #expect(
      await shard.error(CollectionCreateRequest(generation: Generation(1), name: "shop", schema: other)) == .conflict)
    #expect(try await shard.ask(CollectionDescribeRequest(name: nil)).collections.map(\.name) == ["shop"])
    _ = try await shard.ask(shard.upsert([1, 2], op: 1))
    #expect(try await shard.ask(CollectionDropRequest(name: "shop")).itemsRemoved == 2)
    #expect(await shard.error(shard.search(limit: 1)) == .unknownCollection)
  }

  @Test func namesAndGenerationsThatAreNotHereAreToldApart() async throws {
    let shard = try await ShardFixture()
    var search = shard.search(limit: 1)
    search.generation = Generation(2)
    #expect(await shard.error(search) == .unknownGeneration)
    search.collection = "other"
    #expect(await shard.error(search) == .unknownCollection)
  }

  @Test func getAnswersByIdAscending() async throws {
    let shard = try await ShardFixture()
    _ = try await shard.ask(shard.upsert([3, 1, 2], op: 1))
    var get = GetRequest(collection: "shop", ids: [2, 9, 1, 2])
    get.generation = Generation(1)
    get.wantsEmbeddings = true
    get.attributes = .all
    let reply = try await shard.ask(get)
    #expect(reply.ids == [1, 2])
    #expect(reply.embeddings == [1, 1, 0, -1, 2, 1, 0, -1])
    #expect(reply.attributes.columns.map(\.name) == ["price", "brand"])
    #expect(reply.rerank.isEmpty)
  }

  @Test func moreThanTheBoundIsRefusedAsOverload() async throws {
    let shard = try await ShardFixture(requestsMax: 1)
    let errors = await withTaskGroup(of: ErrorCode?.self) { group in
      for _ in 0..<64 { group.addTask { await shard.error(shard.search(limit: 1)) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(errors.contains(nil))
    #expect(errors.allSatisfy { $0 == nil || $0 == .overloaded })
    #expect(await shard.error(shard.search(limit: 1)) == nil)
  }

  @Test func anExpiredRequestIsDroppedBeforeItsWork() async throws {
    let shard = try await ShardFixture()
    let now = shard.clock.now()
    let outcome = await shard.node.handle(
      InboundRequest(opcode: .status, body: [], arrival: now, deadline: now, epoch: Epoch(0)))
    var code: ErrorCode?
    if case .failure(let error) = outcome { code = error.code }
    #expect(code == .expiredInQueue)
  }

  @Test func statusTellsWhatTheShardIs() async throws {
    let shard = try await ShardFixture(id: 1, of: 2)
    let status = try await shard.ask(StatusRequest())
    #expect((status.role, status.shard, status.epoch) == (.shard, ShardID(1), Epoch(1)))
    #expect(status.collections.map(\.name) == ["shop"])
    #expect(status.cluster.bytes == shard.map.clusterID)
    let text = try await shard.ask(MetricsRequest()).text
    #expect(text.contains("winnow_items{collection=\"shop\",generation=\"1\"} 0"))
    #expect(text.contains("winnow_requests_total{request=\"STATUS\",outcome=\"OK\"} 1"))
  }
}
