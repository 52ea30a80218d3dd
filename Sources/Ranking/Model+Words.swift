package import Text
package import Towers
import Vocabulary

extension Model {
  /// The query vector of words and their shopper; `nil` if the model has no vectors of texts.
  ///
  /// - Parameters:
  ///   - typed: The terms of the text as it was typed.
  ///   - query: The vector that the shopper's query without words searches by, `[d]`; `nil`: nothing is known.
  ///   - history: The embeddings of the shopper's items, `[d]` each, oldest first; the latest 30 count.
  package func query(typed: [Term], query: [Float]?, history: [[Float]]) -> QueryBlend.Blended? {
    guard let text, let words, let search = manifest.search else { return nil }
    let terms = Set(typed.map(\.text))
    return QueryBlend(search).query(
      QueryBlend.Words(
        vector: text.vector([typed]), termCount: terms.count,
        greatestIDF: terms.reduce(0) { max($0, words.lexicon.idf($1)) }),
      user: query.map { Array($0[search.behaviourComponents]) } ?? [Float](repeating: 0, count: search.behaviour),
      history: history)
  }

  /// How candidates of a search by words are ordered.
  package var wordRanking: WordRanking { manifest.search?.ranking ?? WordRanking() }

  /// What a lexical score is multiplied by before the inner product is added; `nil` if the model does not say it.
  package var lexicalWeight: Float? { manifest.search?.weights.lexical }
}
