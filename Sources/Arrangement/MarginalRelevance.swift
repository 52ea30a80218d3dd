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
    let wanted = relevance.map { (1 - lambda) * $0 }
    var isPlaced = [Bool](repeating: false, count: w)
    var order: [Int] = []
    order.reserveCapacity(w)
    while order.count < min(places, w) {
      var chosen = -1
      var bestWorth = -Float.infinity
      for candidate in 0..<w where !isPlaced[candidate] {
        let worth = wanted[candidate] - lambda * greatest[candidate]
        if chosen < 0 || worth > bestWorth { (chosen, bestWorth) = (candidate, worth) }
      }
      isPlaced[chosen] = true
      likeness.fill(&found, of: chosen)
      if order.isEmpty {
        greatest = found
      } else {
        for candidate in 0..<w { greatest[candidate] = max(greatest[candidate], found[candidate]) }
      }
      order.append(chosen)
    }
    return order + (0..<w).filter { !isPlaced[$0] }
  }

  /// Logits scaled to 0…1; all 0 if they are equal.
  private static func scaled(_ logits: [Float]) -> [Float] {
    guard let least = logits.min(), let greatest = logits.max(), greatest > least else {
      return [Float](repeating: 0, count: logits.count)
    }
    return logits.map { ($0 - least) / (greatest - least) }
  }
}
