import Filters
import Kernels
import Retrieval
import Support
import Testing
import Vocabulary

/// Rows that lie by direction: the same answers, from fewer rows.
@Suite struct SettlingTests {
  private static let dimension = 32

  @Test func searchesLookAtFewWordsOfSettledRows() throws {
    let (table, stock) = try clustered(8192, clusters: 12)
    let loose = table.snapshot()
    table.settleAll(least: 1024)
    let settled = table.snapshot()
    #expect(table.looseRows == 0 && table.count == stock.count)
    var looked: [Int] = []
    for snapshot in [loose, settled] {
      let rows = Lock(0)
      let index = ExactIndex { phase, count in if phase == .scan { rows.withLock { $0 += count } } }
      for k in 0..<20 {
        let query = SearchQuery(vector: stock[k * 31].embedding, limit: 20)
        let answer = try index.search(snapshot, query)
        #expect(sameBits(answer.candidates, SlowSearch.search(stock, query: query.vector, limit: 20)))
        #expect(answer.scannedCount == stock.count && answer.passedCount == stock.count && answer.isComplete)
      }
      looked.append(rows.withLock { $0 })
    }
    #expect(looked[1] * 4 < looked[0], "\(looked) rows")
  }

  @Test func searchesInCompanyAndWithHelpersAgreeOverSettledRows() throws {
    let (table, stock) = try clustered(5000, clusters: 10)
    table.settleAll(least: 1024)
    // A few that came later, and a few that went.
    for item in stock.prefix(300) { table.delete(item.id) }
    for item in stock.prefix(100) { try table.upsert(item, version: 2) }
    let rest = stock.prefix(100) + stock.dropFirst(300)
    let snapshot = table.snapshot()
    var scan = SharedScan()
    let queries = (0..<16).map { SearchQuery(vector: stock[$0 * 57].embedding, limit: 5 + 40 * $0) }
    for (k, query) in queries.enumerated() { try scan.join(k, snapshot, query) }
    var outcomes = [SearchOutcome?](repeating: nil, count: queries.count)
    while scan.count > 0 {
      for finished in scan.step() { outcomes[finished.ticket] = finished.outcome }
    }
    for (query, outcome) in zip(queries, outcomes) {
      let outcome = try #require(outcome)
      #expect(
        sameBits(outcome.candidates, SlowSearch.search(Array(rest), query: query.vector, limit: query.limit)))
      let blocks = BlocksLeft(snapshot)
      var lone = SharedScan()
      try lone.join(0, snapshot, query, sharing: blocks)
      var help = try HelpingScan(snapshot, query, blocks)
      var own: SearchOutcome?
      repeat {
        _ = help.step()
        own = lone.step().first?.outcome
      } while own == nil
      while help.step() {}
      var merged = try #require(own)
      merged.merge(help.finish(), limit: query.limit)
      #expect(sameBits(merged.candidates, outcome.candidates))
      #expect(merged.scannedCount == rest.count)
    }
  }

  /// Half of the rows settle while the other half is not yet there; then all of them do.
  @Test func rowsSettleAgainWithThoseThatCome() throws {
    let (_, stock) = try clustered(4096, clusters: 6)
    let schema = try #require(
      CollectionSchema(embeddingDimension: Self.dimension, rerankDimension: 0, attributes: []))
    let table = ItemTable(schema: schema)
    for part in 0..<4 {
      for item in stock[1024 * part..<1024 * (part + 1)] { try table.upsert(item, version: 1) }
      table.encodeAll()
      #expect(table.nextSettlement() == nil, "too few to pay")
      table.settleAll(least: 256)
      #expect(table.count == 1024 * (part + 1))
      let query = SearchQuery(vector: stock[part].embedding, limit: 30)
      let expected = SlowSearch.search(Array(stock.prefix(1024 * (part + 1))), query: query.vector, limit: 30)
      #expect(sameBits(try ExactIndex().search(table.snapshot(), query).candidates, expected))
    }
    // What was emptied is used again: the table holds little more than its rows.
    #expect(table.memory.embeddingBytes < 3 * 4096 * Self.dimension * 4)
  }

  @Test func aSettlementThatIsGivenUpLeavesTheTableAsItWas() throws {
    let (table, stock) = try clustered(2048, clusters: 4)
    var settlement = try #require(table.nextSettlement(least: 256))
    for _ in 0..<5 {
      let goesOn = settlement.step()
      #expect(goesOn)
    }
    #expect(settlement.rows == nil)
    #expect(!table.settle(nil))
    #expect(table.looseRows > 0 && table.nextSettlement(least: 256) != nil)
    let query = SearchQuery(vector: stock[0].embedding, limit: 10)
    #expect(
      sameBits(
        try ExactIndex().search(table.snapshot(), query).candidates,
        SlowSearch.search(stock, query: query.vector, limit: 10)))
  }

  /// Blocks that became sparse while their rows settled are emptied once.
  @Test func rowsGoWhileTheySettle() throws {
    let (table, stock) = try clustered(4096, clusters: 6)
    var settlement = try #require(table.nextSettlement(least: 256))
    while settlement.step() {}
    // Most rows of the first blocks go before the settled ones come, and some meanwhile.
    for item in stock.prefix(1500) { table.delete(item.id) }
    var gone = 1500
    while table.settle(settlement.rows, atMost: 50) {
      table.delete(stock[gone].id)
      gone += 1
    }
    var rest = Array(stock.dropFirst(gone))
    // What is free is used again, by one block each.
    for item in stock.prefix(gone) {
      try table.upsert(item, version: 2)
      rest.append(item)
    }
    table.encodeAll()
    #expect(table.count == stock.count && Set(items(of: table.snapshot()).map(\.id)).count == stock.count)
    for k in 0..<5 {
      let query = SearchQuery(vector: stock[k * 71].embedding, limit: 40)
      #expect(
        sameBits(
          try ExactIndex().search(table.snapshot(), query).candidates,
          SlowSearch.search(rest, query: query.vector, limit: 40)))
    }
  }

  @Test func rowsThatPointNowhereDoNotSettle() throws {
    let schema = try #require(CollectionSchema(embeddingDimension: 4, rerankDimension: 0, attributes: []))
    let table = ItemTable(schema: schema)
    for id in 0..<1024 {
      let item = Item(id: ItemID(UInt64(id)), embedding: [0, 0, 0, 0], rerank: [], attributes: [])
      try table.upsert(item, version: 1)
    }
    table.encodeAll()
    var settlement = try #require(table.nextSettlement(least: 256))
    while settlement.step() {}
    #expect(settlement.rows == nil)
    #expect(!table.settle(nil) && table.count == 1024)
  }

  /// Items round a few directions, of different lengths, with codes.
  private func clustered(_ count: Int, clusters: Int) throws -> (ItemTable, [Item]) {
    var random = SeededRandom(seed: 51)
    let centres = (0..<clusters).map { _ in random.floats(Self.dimension) }
    let stock = (0..<count).map { i in
      let length = 1 + Float(i * 37 % 101) / 100
      let embedding = zip(centres[i % clusters], random.floats(Self.dimension)).map { ($0 + 0.2 * $1) * length }
      return Item(id: ItemID(UInt64(i) &* 0xd6e8_feb8_6659_fd93), embedding: embedding, rerank: [], attributes: [])
    }
    let schema = try #require(
      CollectionSchema(embeddingDimension: Self.dimension, rerankDimension: 0, attributes: []))
    let table = ItemTable(schema: schema)
    for item in stock { try table.upsert(item, version: 1) }
    table.encodeAll()
    return (table, stock)
  }
}
