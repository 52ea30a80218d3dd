import Kernels
import Retrieval
import ShardNode
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// Searches that come at once share scans, and nobody can tell.
struct SharedSearchTests {
  @Test(arguments: [1, 3])
  func manyAtOnceAnswerAsEachAlone(scansMax: Int) async throws {
    let shard = try await ShardFixture(scansMax: scansMax)
    for op in 1...3 as ClosedRange<UInt64> {
      _ = try await shard.ask(shard.upsert((0..<700).map { op * 1000 + $0 }, op: op))
    }
    var searches: [SearchRequest] = []
    for turn in 0..<120 {
      var search = shard.search(limit: 1 + turn * 7 % 400)
      search.query = [Float(turn % 5) - 2, Float(turn % 3), 1, 0.25]
      if turn % 4 == 0 { search.exclude = [UInt64(1000 + turn)] }
      if turn % 10 == 0 { search.query[1] = .nan }
      searches.append(search)
    }
    var alone: [SearchResponse?] = []
    for search in searches { alone.append(try? await shard.ask(search)) }
    #expect(alone.count { $0 == nil } == 12)
    let together = await withTaskGroup(of: (Int, SearchResponse?).self) { group in
      for (place, search) in searches.enumerated() { group.addTask { (place, try? await shard.ask(search)) } }
      return await group.reduce(into: [SearchResponse?](repeating: nil, count: searches.count)) { $0[$1.0] = $1.1 }
    }
    for (one, other) in zip(alone, together) {
      #expect(one?.ids == other?.ids && one?.scores == other?.scores)
      #expect(one?.passed == other?.passed && one?.scanned == other?.scanned)
      #expect(other?.isComplete ?? true)
    }
    #expect(try await shard.ask(shard.search(limit: 1)).ids == [3699])
  }

  @Test func writesAndSearchesAtOnceFindWholeStates() async throws {
    let shard = try await ShardFixture(scansMax: 1)
    _ = try await shard.ask(shard.upsert(Array(1...600), op: 1))
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        for op in 2...40 as ClosedRange<UInt64> {
          let ids = (0..<50).map { 1000 * op + $0 }
          #expect((try? await shard.ask(shard.upsert(ids, op: op)))?.statuses.count == 50)
        }
      }
      for _ in 0..<60 {
        group.addTask {
          let reply = try? await shard.ask(shard.search(limit: 50))
          // A write of 50 items is seen whole or not at all.
          #expect(
            reply.map { $0.ids.count == 50 && $0.ids[0] - $0.ids[49] == 49 && ($0.owned - 600) % 50 == 0 } == true)
        }
      }
    }
    #expect(try await shard.ask(shard.search(limit: 1)).ids == [40_049])
  }

  /// With seats for three a search that is alone has two helpers, and gives them up to those that come.
  @Test(arguments: [1, 2, 3])
  func helpNeverChangesAnAnswer(seats: Int) async throws {
    var random = SeededRandom(seed: 8)
    let schema = try #require(CollectionSchema(embeddingDimension: 12, rerankDimension: 0, attributes: []))
    let table = ItemTable(schema: schema)
    for id in 0..<6000 as Range<UInt64> {
      try table.upsert(Item(id: ItemID(id), embedding: random.floats(12), rerank: [], attributes: []), version: 1)
    }
    table.encodeAll()
    let snapshot = table.snapshot()
    let scans = SharedScans(kernels: KernelSet(), seats: seats, helpedItemsMin: 1000)
    let queries = (0..<40).map { SearchQuery(vector: random.floats(12), limit: 1 + $0 * 13 % 200) }
    let alone = try queries.map { try ExactIndex().search(snapshot, $0) }
    for (query, expected) in zip(queries, alone) {
      let outcome = try await scans.outcome(of: .init(snapshot: snapshot, query: query))
      #expect(outcome == expected)
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (place, query) in queries.enumerated() {
        group.addTask {
          let outcome = try await scans.outcome(of: .init(snapshot: snapshot, query: query))
          #expect(outcome == alone[place])
        }
      }
      group.addTask {
        let faulty = SearchQuery(vector: [Float](repeating: .nan, count: 12), limit: 1)
        do throws(SharedScans.Refusal) {
          _ = try await scans.outcome(of: .init(snapshot: snapshot, query: faulty))
          Issue.record("a NaN was taken")
        } catch {
          #expect(error == .vector(.notFinite))
        }
      }
      try await group.waitForAll()
    }
    let stopped = try await scans.outcome(of: .init(snapshot: snapshot, query: queries[0]) { true })
    #expect(!stopped.isComplete && stopped.ownedCount == 6000 && stopped.candidates.isEmpty)
    await #expect(throws: SharedScans.Refusal.late) {
      try await scans.outcome(of: .init(snapshot: snapshot, query: queries[0], shouldBegin: { false }))
    }
    #expect(try await scans.outcome(of: .init(snapshot: snapshot, query: queries[0])) == alone[0])
  }
}
