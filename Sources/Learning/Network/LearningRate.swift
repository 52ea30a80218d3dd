import DataSets

/// How fast learning goes over the steps of a run.
package struct LearningRate: Sendable, Equatable {
  /// The course of the rate after the warm-up.
  package enum Course: Sendable, Equatable {
    case constant
    /// Half a cosine down to zero at the last step.
    case cosine
    /// A straight line down to zero at the last step.
    case linear
    /// Times `factor` after every `epochs` epochs.
    case stepped(factor: Float, epochs: Int)
  }

  /// The rate at its highest.
  package var peak: Float
  package var course: Course
  /// Steps in which the rate rises in a straight line to its peak.
  package var warmUpSteps: Int

  package init(_ peak: Float, course: Course = .constant, warmUpSteps: Int = 0) {
    self.peak = peak
    self.course = course
    self.warmUpSteps = warmUpSteps
  }

  /// The rate of step `step` from 0 of `steps`, of which `stepsPerEpoch` make an epoch.
  package func rate(step: Int, of steps: Int, stepsPerEpoch: Int) -> Float {
    if step < warmUpSteps { return peak * Float(step + 1) / Float(warmUpSteps) }
    let length = max(steps - warmUpSteps, 1)
    let progress = min(Double(step - warmUpSteps) / Double(length), 1)
    switch course {
    case .constant: return peak
    case .cosine: return peak * Float(0.5 * (1 + Transcendental.cosine(progress * .pi)))
    case .linear: return peak * Float(1 - progress)
    case .stepped(let factor, let epochs):
      return (0..<step / max(stepsPerEpoch * epochs, 1)).reduce(peak) { rate, _ in rate * factor }
    }
  }
}
