import DataSets

/// How private sums are made of logs and divided between two releases; the defaults were chosen at ε = 4.
package struct NeighbourSettings: Sendable, Equatable {
  /// m: of each user the newest events that count.
  package var eventsMax = 400
  /// W: how many events later a pair still counts.
  package var window = 20
  /// β: what a pair counts less for each event between.
  package var decay = 0.9
  /// p: how much less items count that many have had.
  package var power = 0.3
  /// s: the share of the budget that the counts get.
  package var countShare = 0.1
  /// Items of fewer events than this are not kept.
  package var leastCount = 6.0
  /// Neighbours kept of each item.
  package var neighbours = 256

  package init() {}

  /// The two releases of a privacy of μ in all: counts of items, then sums of pairs.
  package func mechanisms(mu: Double) -> (counts: GaussianMechanism, pairs: GaussianMechanism) {
    func mechanism(_ name: String, share: Double) -> GaussianMechanism {
      // The noise is of whole parts, rounded up: what is said of it is never less than what it is.
      let parts = (Fixed.one / (mu * share.squareRoot())).rounded(.up)
      return GaussianMechanism(name, sigma: parts / Fixed.one)
    }
    return (mechanism("item counts", share: countShare), mechanism("neighbour sums", share: 1 - countShare))
  }
}
