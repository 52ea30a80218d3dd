import Filters
import Retrieval
import Support
import Testing
import Vocabulary

/// Both arms of a search: the best by vector, the best by words, and both scores of each.
@Suite struct WordedOutcomeTests {
  private static let slow = SlowLexical(
    fields: [SlowLexical.Field(attribute: 5, weight: 1, b: 0.6, average: 4)], k1: 0.4)

  private static func stock(_ shop: inout Shop, _ count: Int) throws -> (items: [Item], table: ItemTable) {
    let items = (0..<count).map { id in
      var item = shop.item(UInt64(id), coarse: true)
      item.attributes[5] = .text((0..<shop.below(8)).map { _ in "w\(shop.below(40))" }.joined(separator: " "))
      return item
    }
    let table = ItemTable(schema: shop.schema, lexical: slow.settings())
    for item in items { try table.upsert(item, version: 1) }
    return (items, table)
  }

  @Test(arguments: [1, 20, 400])
  func theUnionHasBothScoresOfEach(_ limit: Int) throws {
    var shop = try #require(Shop(seed: 970))
    let (items, table) = try Self.stock(&shop, 1200)
    table.encodeAll()
    let snapshot = table.snapshot()
    let filter = try FilterParser.parse("price >= -5").typed(against: shop.schema)
    let terms = [LexicalTerm("w1", weight: 3), LexicalTerm("w2", weight: 0.5), LexicalTerm("nowhere", weight: 6)]
    let query = SearchQuery(vector: shop.vector(5, coarse: true), limit: limit, filter: filter)
    let dense = try ExactIndex().search(snapshot, query)
    let both = WordedOutcome(dense, snapshot, query, terms: terms)

    let passing = items.filter { filter.matches($0.attributes) }
    let byVector = SlowSearch.search(passing, query: query.vector, limit: limit).map(\.itemID)
    let byWords = Self.slow.search(passing, terms, limit: limit).map(\.itemID)
    let wanted = Set(byVector + byWords)
    let expected = SlowSearch.search(items, query: query.vector, limit: items.count) { wanted.contains($0.id) }
    #expect(sameBits(both.outcome.candidates, expected))
    #expect(both.outcome.rows.map { snapshot.id(at: $0) } == expected.map(\.itemID))
    let scores = both.outcome.rows.map { Self.slow.score(snapshot.item(at: $0), terms).bitPattern }
    #expect(both.lexicalScores.map(\.bitPattern) == scores)
    #expect(both.outcome.isComplete && both.outcome.scannedCount == items.count)
    #expect(both.outcome.passedCount == passing.count && both.outcome.ownedCount == items.count)
  }

  @Test func whatOneArmDidNotComeToIsNotScanned() throws {
    var shop = try #require(Shop(seed: 980))
    let (items, table) = try Self.stock(&shop, 300)
    let snapshot = table.snapshot()
    let query = SearchQuery(vector: shop.vector(5), limit: 10)
    let dense = try ExactIndex().search(snapshot, query)
    let both = WordedOutcome(dense, snapshot, query, terms: [LexicalTerm("w1", weight: 1)], shouldStop: { true })
    #expect(!both.outcome.isComplete && both.outcome.scannedCount == 0)
    #expect(both.outcome.ownedCount == items.count && sameBits(both.outcome.candidates, dense.candidates))
  }
}
