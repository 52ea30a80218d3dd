/// Loss and accuracy of one step or one epoch.
package struct StepReport: Sendable, Equatable {
  /// Sum of the losses of pairs, or of events under a grouped loss.
  package var lossSum = 0.0
  /// Over how many.
  package var count = 0
  /// Pairs whose logit lies on the right side of 0, or events that stand before all their negatives.
  package var correct = 0

  package var loss: Double { lossSum / Double(max(count, 1)) }
  package var accuracy: Double { Double(correct) / Double(max(count, 1)) }

  static func += (a: inout StepReport, b: StepReport) {
    a.lossSum += b.lossSum
    a.count += b.count
    a.correct += b.correct
  }
}
