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
  /// - Complexity: O(places · w · d) at most. A worth only falls as more are placed, so it is found again for a candidate
  ///   that would be chosen by its older one, and for no other.
  package static func order(logits: [Float], _ likeness: Likeness, lambda: Float, places: Int) -> [Int] {
    let w = logits.count
    guard places > 0, w > 0 else { return Array(0..<w) }
    let relevance = scaled(logits).map { (1 - lambda) * $0 }
    var order = [first(ofGreatest: relevance)]
    order.reserveCapacity(w)
    var greatest = (0..<w).map { likeness.of(order[0], $0) }
    var worths = (0..<w).map { relevance[$0] - lambda * greatest[$0] }
    // Of those placed, how many a candidate's worth knows.
    var known = [Int](repeating: 1, count: w)
    worths[order[0]] = -.infinity
    while order.count < min(places, w) {
      let candidate = first(ofGreatest: worths)
      if known[candidate] == order.count {
        order.append(candidate)
        worths[candidate] = -.infinity
        continue
      }
      for placed in order[known[candidate]...] {
        greatest[candidate] = max(greatest[candidate], likeness.of(placed, candidate))
      }
      known[candidate] = order.count
      worths[candidate] = relevance[candidate] - lambda * greatest[candidate]
    }
    return order + (0..<w).filter { worths[$0] > -.infinity }
  }

  /// The first place that has the greatest value.
  private static func first(ofGreatest values: [Float]) -> Int {
    let values = values.span
    var place = 0
    for other in 1..<max(values.count, 1) where values[other] > values[place] { place = other }
    return place
  }

  /// Logits scaled to 0…1; all 0 if they are equal, or too far apart for float32.
  private static func scaled(_ logits: [Float]) -> [Float] {
    guard let least = logits.min(), let greatest = logits.max(), greatest > least, (greatest - least).isFinite else {
      return [Float](repeating: 0, count: logits.count)
    }
    return logits.map { ($0 - least) / (greatest - least) }
  }
}
