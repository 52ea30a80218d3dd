/// How much each part of a search counts in the score of an item; all ≥ 0.
package struct SearchWeights: Hashable, Sendable {
  /// λ, of the lexical score.
  package var lexical: Float = 1
  /// α, of query and item as texts.
  package var text: Float = 0.5
  /// β, of shopper and item by behaviour.
  package var user: Float = 0
  /// β', of the history's behaviour as far as it is about the query.
  package var attended: Float = 0
  /// γ, of the history's texts.
  package var history: Float = 0
  /// γ', of the history's texts as far as they are about the query.
  package var attendedHistory: Float = 0
  /// δ, of ln(1 + events of the item).
  package var popularity: Float = 0

  /// Those of a shop without a log.
  package init() {}

  package static let count = 7
  /// The greatest that a weight may be.
  package static let most: Float = 1e6

  /// All of them, in this order; and the names by which a manifest has them.
  package var values: [Float] {
    get { [lexical, text, user, attended, history, attendedHistory, popularity] }
    set {
      precondition(newValue.count == Self.count, "\(newValue.count) weights")
      (lexical, text, user, attended) = (newValue[0], newValue[1], newValue[2], newValue[3])
      (history, attendedHistory, popularity) = (newValue[4], newValue[5], newValue[6])
    }
  }

  package static let names = [
    "lexical", "text", "user", "attended", "history", "attended_history", "popularity",
  ]
}
