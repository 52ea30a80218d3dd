/// The figures of one epoch of a re-ranker.
package struct EpochRecord: Sendable, Equatable, Codable {
  /// From 1.
  package let epoch: Int
  package let loss, accuracy: Double
  /// On held-out events; `nil` if none could be held out.
  package let validationLoss, validationAccuracy: Double?
  /// After re-ranking the tower's candidates.
  package let validation: RankFigures?
  /// At the epoch's last step.
  package let learningRate: Float

  package init(
    epoch: Int, loss: Double, accuracy: Double, validationLoss: Double?, validationAccuracy: Double?,
    validation: RankFigures?, learningRate: Float
  ) {
    self.epoch = epoch
    self.loss = loss
    self.accuracy = accuracy
    self.validationLoss = validationLoss
    self.validationAccuracy = validationAccuracy
    self.validation = validation
    self.learningRate = learningRate
  }
}
