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
}
