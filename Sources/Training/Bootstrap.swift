/// How sure a mean over users is, by drawing the users again and again (Efron's percentile bootstrap).
package enum Bootstrap {
  /// A mean and where it lies in 95 of 100 cases.
  package struct Interval: Sendable, Equatable {
    package let mean, low, high: Double
    /// Whether zero lies outside, so that a difference is one.
    package var excludesZero: Bool { low > 0 || high < 0 }
  }

  /// The interval that holds the mean of `values` with the given certainty.
  ///
  /// - Parameter values: A metric of each user, not empty.
  package static func interval(
    _ values: [Double], level: Double = 0.95, resamples: Int = 1000, seed: UInt64 = 1
  ) -> Interval {
    precondition(!values.isEmpty && resamples > 0 && level > 0 && level < 1, "values, resamples, level")
    var random = SplitMix64(seed: seed)
    var means = (0..<resamples).map { _ in
      var sum = 0.0
      for _ in values { sum += values[random.below(values.count)] }
      return sum / Double(values.count)
    }
    means.sort()
    let tail = (1 - level) / 2 * Double(resamples)
    return Interval(
      mean: values.reduce(0, +) / Double(values.count), low: means[min(Int(tail), resamples - 1)],
      high: means[max(resamples - 1 - Int(tail), 0)])
  }

  /// The interval of the mean difference a − b of two models over the same users.
  package static func paired(
    _ a: [Double], _ b: [Double], level: Double = 0.95, resamples: Int = 1000, seed: UInt64 = 1
  ) -> Interval {
    precondition(a.count == b.count, "the same users")
    return interval(zip(a, b).map { $0 - $1 }, level: level, resamples: resamples, seed: seed)
  }
}
