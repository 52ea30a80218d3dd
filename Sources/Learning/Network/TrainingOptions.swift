/// The loss of a ranking network.
package enum RankingLoss: String, Sendable, CaseIterable {
  /// Binary cross-entropy of each pair alone: had it, or was drawn as a negative.
  case crossEntropy
  /// Bayesian personalised ranking: log(1 + e^−(positive − negative)), the mean over an event's negatives.
  case pairwise
  /// Softmax over an event and its negatives.
  case listwise

  /// Whether a positive and its negatives are judged together.
  package var isGrouped: Bool { self != .crossEntropy }
}

/// Which rows of the vector tables an Adam step moves.
package enum TableOptimiser: String, Sendable {
  /// All of them, as the dense Adam of other frameworks: momentum goes on without a gradient.
  case dense
  /// Only those that the batch names, at a cost that does not grow with the table.
  case rowLazy
}

/// Which parameters a run may move; the others keep their bits, L2 apart.
package struct Trainable: Sendable {
  /// `[users]` and `[items]`.
  package let users, items: [Bool]
  package let layers: Bool

  package init(users: [Bool], items: [Bool], layers: Bool) {
    (self.users, self.items, self.layers) = (users, items, layers)
  }
}

/// Settings of a training run; a seed and these settings give the same weights at any number of threads.
package struct TrainingOptions: Sendable {
  package var loss: RankingLoss = .crossEntropy
  package var epochs = 20
  /// Pairs a step for cross-entropy, events with their negatives for the other losses.
  package var batchSize = 256
  /// Negatives drawn afresh each epoch for every event.
  package var negatives = 4
  package var distribution: NegativeDistribution = .uniform
  /// How many of the negatives are drawn from the candidates that a retrieval tower would offer, if there are any.
  package var hardNegatives = 0
  package var learningRate = LearningRate(0.001)
  package var tableOptimiser: TableOptimiser = .dense
  /// L2, as a share of the value added to its gradient: of weights at each step, of vectors when the batch names them.
  package var weightDecay: Float = 0
  package var vectorDecay: Float = 0
  /// Share of hidden outputs that are left out in training, 0..<1.
  package var dropout: Float = 0
  /// Share of events that are served as to a stranger without a session, and as to one with a session.
  package var strangerShare = 0.0
  package var sessionShare = 0.0
  /// Factor on the weight of each user's pairs, `[users]`; `nil`: 1.
  package var userWeights: [Float]?
  /// Epochs without a better validation after which it stops; `nil` runs them all.
  package var patience: Int?
  /// `nil`: all parameters move.
  package var trainable: Trainable?
  package var seed: UInt64 = 1
  package var threads = 1

  package init() {}
}
