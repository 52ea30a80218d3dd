package import Vocabulary

/// The order of results from logits: those with a finite logit first, by logit descending and id ascending; then those
/// whose logit is not finite, by id; then those that time did not allow to re-rank, in retrieval order.
package struct RankedOrder: Sendable {
  /// Positions of candidates, best first.
  package let positions: [Int]
  /// How many of the positions, from the first, have a finite logit.
  package let finiteCount: Int

  /// The order of `ids.count` candidates, of which the first `logits.count` were re-ranked.
  ///
  /// - Parameter logits: `nil` where not finite.
  package init(ids: [ItemID], logits: [Score?]) {
    var ranked: [(candidate: Candidate, position: Int)] = []
    var notFinite: [Int] = []
    for (position, logit) in logits.enumerated() {
      if let logit {
        ranked.append((Candidate(score: logit, itemID: ids[position]), position))
      } else {
        notFinite.append(position)
      }
    }
    ranked.sort { $0.candidate < $1.candidate }
    notFinite.sort { ids[$0] < ids[$1] }
    finiteCount = ranked.count
    positions = ranked.map(\.position) + notFinite + Array(logits.count..<ids.count)
  }

  /// The first `k` of the order, at most `most` of them with the same value.
  ///
  /// - Parameter value: The value of a candidate by its position, asked for only with a cap.
  /// - Returns: Their positions, how many of them have a finite logit, and how many candidates a full group kept out.
  package func first(_ k: Int, most: Int? = nil, value: (Int) -> AttributeValue? = { _ in nil }) -> (
    positions: [Int], finiteCount: Int, displacedCount: Int
  ) {
    var cap = most.map { GroupCap(most: $0) }
    var chosen: [Int] = []
    var chosenFinite = 0
    for (place, position) in positions.enumerated() where chosen.count < k {
      guard cap?.admits(value(position)) ?? true else { continue }
      chosen.append(position)
      if place < finiteCount { chosenFinite += 1 }
    }
    return (chosen, chosenFinite, cap?.displacedCount ?? 0)
  }
}
