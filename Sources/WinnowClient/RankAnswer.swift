public import Vocabulary
package import Wire

/// The answer to a query: results, best first, and how they came about.
public struct RankAnswer: Sendable {
  /// An item of the answer.
  public struct Result: Hashable, Sendable {
    public let item: ItemID
    /// The inner product of the query and the item, or of a query with words the score by which its candidates are
    /// ordered; never compared with the logit.
    public let retrievalScore: Float
    /// How well the item's words fit those of the query, 0 if it has none of them; `nil` for a query without words.
    public let lexicalScore: Float?
    /// The ranking score: what the MLP says; `nil` if time did not allow to ask it, or there is no model.
    public let logit: Float?
    /// The attributes that were asked for.
    public let attributes: [NamedAttribute]

    /// The logit as a probability between 0 and 1, for display; `nil` in a search by words, whose scores are part of it.
    public var probability: Double? { lexicalScore == nil ? logit.map { sigmoid(Double($0)) } : nil }
  }

  public let results: [Result]
  /// No item that the filter passes has a better retrieval score than the candidates that were taken.
  public let isExact: Bool
  /// The order is that of the model; without one it is by retrieval score.
  public let isRanked: Bool
  public let report: RankReport
  /// Why the first results stand where they do; `nil` if the query did not ask for it.
  public let explanation: RankExplanation?

  /// An answer of what came over the wire.
  package init(_ response: RankResponse) {
    let (found, lexical) = (response.results, response.report.words.lexicalScores)
    results = found.ids.indices.map { index in
      Result(
        item: ItemID(found.ids[index]), retrievalScore: found.retrievalScores[index],
        lexicalScore: lexical.indices.contains(index) ? lexical[index] : nil,
        logit: index < found.rerankedCount ? found.logits[index] : nil,
        attributes: found.attributes.attributes(row: index))
    }
    isExact = found.isExact
    isRanked = found.isRanked
    report = RankReport(wire: response.report)
    explanation = RankExplanation(response.report.explanation)
  }
}
