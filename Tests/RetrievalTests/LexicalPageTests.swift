import Foundation
import Retrieval
import Support
import Testing
import Vocabulary

/// The table of lexical scores of `proto-spec/09-arithmetic.md`.
@Suite struct LexicalPageTests {
  @Test func scoresAreThoseOfThePage() throws {
    let rows = try SpecPage.rows(under: "Lexical scores")
    #expect(rows.count >= 7)
    for row in rows {
      let fields = try row[1].components(separatedBy: " / ").map { try SpecPage.floats($0) }
      let texts = row[2].components(separatedBy: " / ")
      let names = texts.indices.map { AttributeDefinition(name: "field-\($0)", type: .text) }
      let schema = try #require(CollectionSchema(embeddingDimension: 1, rerankDimension: 0, attributes: names))
      let slow = SlowLexical(
        fields: fields.enumerated().map { SlowLexical.Field(attribute: $0, weight: $1[0], b: $1[1], average: $1[2]) },
        k1: try SpecPage.floats(row[0])[0])
      let words = row[3].components(separatedBy: " ")
      let terms = try stride(from: 0, to: words.count, by: 2).map {
        LexicalTerm(ExactText(words[$0]), weight: try SpecPage.floats(words[$0 + 1])[0])
      }
      let item = Item(
        id: ItemID(1), embedding: [0], rerank: [], attributes: texts.map { $0 == "-" ? nil : .text($0) })
      let table = ItemTable(schema: schema, lexical: slow.settings())
      try table.upsert(item, version: 1)
      let outcome = LexicalScan(
        table.snapshot(), SearchQuery(vector: [], limit: 1), terms: terms, scoring: [RowAddress.first]
      ).run()
      let expected = try SpecPage.floats(row[4])[0]
      #expect(outcome.scores.map(\.bitPattern) == [expected.bitPattern])
      #expect(outcome.candidates.map(\.score.value) == (expected > 0 ? [expected] : []))
      #expect(slow.score(item, terms).bitPattern == expected.bitPattern)
    }
  }
}
