/// How far a run has come.
struct TrainingState: Equatable {
  /// Finished epochs, and steps done in the one that runs.
  var epoch = 0
  var step = 0
  /// Of the epoch that runs.
  var report = StepReport()
  var history: [RankingTrainer.Epoch] = []
  var bestEpoch: Int?
  var bestValidation = -Double.infinity

  /// Epochs that were not better than the best before them.
  var epochsSinceBest: Int { bestEpoch.map { epoch - 1 - $0 } ?? epoch }

  /// Closes the epoch; without validation the latest is the best.
  mutating func finishEpoch(_ validation: Double?) {
    history.append(.init(loss: report.loss, accuracy: report.accuracy, validation: validation))
    if validation ?? .infinity > bestValidation || validation == nil {
      bestEpoch = epoch
      bestValidation = validation ?? -.infinity
    }
    epoch += 1
    step = 0
    report = StepReport()
  }
}
