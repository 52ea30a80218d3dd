import Filters
import Retrieval
import Support
import Testing
import Vocabulary

@Suite struct SearchUnderWritesTests {
  @Test func everyPartitionMergesToTheSameBytes() throws {
    var shop = try #require(Shop(seed: 21))
    let stock = shop.items(2000, coarse: true)
    let filter = try FilterParser.parse("price >= -5 and not brand = acme").typed(against: shop.schema)
    let queries = (0..<5).map { _ in shop.vector(5, coarse: true) }
    for query in queries {
      let expected = SlowSearch.search(stock, query: query, limit: 150) { filter.matches($0.attributes) }
      for shards in [1, 3, 7] {
        let tables = (0..<shards).map { _ in ItemTable(schema: shop.schema) }
        for item in stock { try tables[Int(item.id.rawValue % UInt64(shards))].upsert(item, version: 1) }
        var merged: [Candidate] = []
        for table in tables {
          merged += try ExactIndex().search(
            table.snapshot(), SearchQuery(vector: query, limit: 150, filter: filter)
          ).candidates
        }
        #expect(sameBits(Array(merged.sorted().prefix(150)), expected))
      }
    }
  }

  @Test func oldSnapshotsAnswerAsBeforeAndNewOnesAsNow() throws {
    var shop = try #require(Shop(seed: 22))
    let table = ItemTable(schema: shop.schema)
    var model: [UInt64: Item] = [:]
    let query = shop.vector(5)
    let filter = try FilterParser.parse("brand in (acme, zeta) or price > 2").typed(against: shop.schema)
    var kept: [(Snapshot, [Candidate], [Candidate])] = []
    for step in 0..<6000 {
      // First growth, then mostly overwrites and deletes, so that blocks become sparse and are emptied.
      let id = UInt64(step < 1500 ? step : shop.below(1500))
      if step >= 1500, shop.below(2) == 0 {
        table.delete(ItemID(id))
        model[id] = nil
      } else {
        let item = shop.item(id, coarse: step % 2 == 0)
        try table.upsert(item, version: UInt64(step))
        model[id] = item
      }
      if step % 500 == 0 {
        let now = model.values.sorted { $0.id < $1.id }
        kept.append(
          (
            table.snapshot(), SlowSearch.search(now, query: query, limit: 60),
            SlowSearch.search(now, query: query, limit: 60) { filter.matches($0.attributes) }
          ))
      }
    }
    for (snapshot, plain, filtered) in kept {
      let all = try ExactIndex().search(snapshot, SearchQuery(vector: query, limit: 60))
      #expect(sameBits(all.candidates, plain))
      let some = try ExactIndex().search(snapshot, SearchQuery(vector: query, limit: 60, filter: filter))
      #expect(sameBits(some.candidates, filtered))
    }
  }

  @Test func readersSeeWholeStatesWhileTheWriterGoesOn() async throws {
    let schema = try #require(
      CollectionSchema(
        embeddingDimension: 4, rerankDimension: 0,
        attributes: [
          AttributeDefinition(name: "round", type: .keyword), AttributeDefinition(name: "marks", type: .keywordSet),
        ]))
    let latest = Lock<Snapshot?>(nil)
    let isOver = Lock(false)
    let rounds = 60
    let searches = try await withThrowingTaskGroup(of: Int.self) { group in
      group.addTask {
        let table = ItemTable(schema: schema)
        for round in 1...rounds {
          // Every item of a state carries the state's round, in its score and in its attributes.
          for id in 0..<150 {
            try table.upsert(
              Item(
                id: ItemID(UInt64(id)), embedding: [Float(round), 0, 0, 0], rerank: [],
                attributes: [.keyword("round-\(round)"), .keywordSet(["m\(round)"])]), version: UInt64(round))
          }
          latest.withLock { $0 = table.snapshot() }
        }
        isOver.withLock { $0 = true }
        return 0
      }
      for _ in 0..<2 {
        group.addTask {
          var searches = 0
          while true {
            let isLast = isOver.withLock { $0 }
            if let snapshot = latest.withLock({ $0 }) {
              let all = try ExactIndex().search(snapshot, SearchQuery(vector: [1, 0, 0, 0], limit: 1000))
              let round = all.candidates.first.map { Int($0.score.value) } ?? 0
              let filter = try FilterParser.parse("round = round-\(round) and marks = m\(round)").typed(against: schema)
              let some = try ExactIndex().search(
                snapshot, SearchQuery(vector: [1, 0, 0, 0], limit: 1000, filter: filter))
              #expect(all.candidates.map(\.itemID.rawValue) == (0..<150).map { UInt64($0) })
              #expect(all.candidates == some.candidates && all.rows == some.rows)
              #expect(all.rows.allSatisfy { snapshot.version(at: $0) == UInt64(round) })
              searches += 1
            }
            if isLast { return searches }
            await Task.yield()
          }
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(searches >= 2)
  }
}
