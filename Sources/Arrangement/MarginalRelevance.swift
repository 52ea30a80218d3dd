/// Maximal marginal relevance (Carbonell, Goldstein 1998): each place goes to the candidate of the window with the
/// greatest (1 − λ) · relevance − λ · likeness to the most alike of those placed; the one before wins a tie.
///
/// The relevance is the logit, scaled to 0…1 within the window. All is float32 in a fixed order.
package enum MarginalRelevance {
  /// The places of the window, in their new order: `places` of them chosen, the others behind in the order they had.
  ///
  /// - Parameters:
  ///   - logits: Of the window, in the order so far.
  ///   - places: How many are chosen.
  /// - Complexity: O(places · w · d).
  package static func order(logits: [Float], _ likeness: Likeness, lambda: Float, places: Int) -> [Int] {
    let w = logits.count
    let relevance = scaled(logits)
    var greatest = [Float](repeating: 0, count: w)
    var found = greatest
    var left = Array(0..<w)
    var order: [Int] = []
    order.reserveCapacity(w)
    while order.count < min(places, w) {
      var best = 0
      var bestWorth = -Float.infinity
      for (index, candidate) in left.enumerated() {
        let worth = (1 - lambda) * relevance[candidate] - lambda * greatest[candidate]
        if worth > bestWorth { (best, bestWorth) = (index, worth) }
      }
      let chosen = left.remove(at: best)
      likeness.fill(&found, of: chosen)
      for candidate in left {
        greatest[candidate] = order.isEmpty ? found[candidate] : max(greatest[candidate], found[candidate])
      }
      order.append(chosen)
    }
    return order + left
  }

  /// Logits scaled to 0…1; all 0 if they are equal.
  private static func scaled(_ logits: [Float]) -> [Float] {
    guard let least = logits.min(), let greatest = logits.max(), greatest > least else {
      return [Float](repeating: 0, count: logits.count)
    }
    return logits.map { ($0 - least) / (greatest - least) }
  }
}
