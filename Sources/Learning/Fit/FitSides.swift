/// A network's inputs besides its own vectors and the tower: while it learns and is judged, and when it is served.
package struct FitSides: Sendable {
  /// Of what was known at each event that is learned from, and of all but the held-out events afterwards.
  package var learning = SideInputs()
  /// Of everything.
  package var serving = SideInputs()
  /// What becomes of sessions; `nil`: strangers have none in training.
  package var sessions: SessionRules?

  package init() {}

  /// The inputs by a data set's plans.
  package init(_ plans: FeaturePlans) { (learning, serving) = (plans.learning.side, plans.serving.side) }
}

/// A model that is trained further on new events.
package struct FitStart: Sendable {
  /// With a row for each user and item, those that are new included.
  package let network: RankingNetwork
  package let trainable: Trainable

  package init(_ network: RankingNetwork, _ trainable: Trainable) {
    self.network = network
    self.trainable = trainable
  }
}
