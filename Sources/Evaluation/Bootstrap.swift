import DataSets

/// The certainty of a mean over users, by the percentile bootstrap (Efron 1979): the users are drawn again and again.
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
    intervals([values], level: level, resamples: resamples, seed: seed)[0]
  }

  /// The intervals of several metrics of the same users, from the same draws, so that each is what it would be alone.
  ///
  /// - Parameter columns: A value of each user, `[users]` a metric; not empty, all of one length.
  package static func intervals(
    _ columns: [[Double]], level: Double = 0.95, resamples: Int = 1000, seed: UInt64 = 1, threads: Int = 1
  ) -> [Interval] {
    let count = columns[0].count
    precondition(count > 0 && columns.allSatisfy { $0.count == count }, "a value of each user")
    precondition(resamples > 0 && level > 0 && level < 1, "resamples, level")
    let users = (0..<count).flatMap { user in columns.map { $0[user] } }
    let width = columns.count
    let means = CaseRun.map(count: resamples, threads: threads, room: { [Double](repeating: 0, count: width) }) {
      resample, sums in
      for column in 0..<width { sums[column] = 0 }
      let random = CounterRandom(seed: seed, stream: UInt64(resample))
      for draw in 0..<count {
        let start = random.below(count, UInt64(draw)) * width
        for column in 0..<width { sums[column] += users[start + column] }
      }
      return sums.map { $0 / Double(count) }
    }
    let tail = Int((1 - level) / 2 * Double(resamples))
    return columns.indices.map { column in
      let sorted = means.map { $0[column] }.sorted()
      return Interval(
        mean: columns[column].reduce(0, +) / Double(count), low: sorted[min(tail, resamples - 1)],
        high: sorted[max(resamples - 1 - tail, 0)])
    }
  }

  /// The interval of a ratio of two sums over users, such as clicks by impressions.
  ///
  /// - Parameters:
  ///   - numerators: A part of each user, not empty.
  ///   - denominators: Likewise, at least 0; their sum is above 0.
  package static func ratio(
    _ numerators: [Double], _ denominators: [Double], level: Double = 0.95, resamples: Int = 1000, seed: UInt64 = 1
  ) -> Interval {
    let count = numerators.count
    precondition(count > 0 && denominators.count == count, "two parts of each user")
    let ratios = (0..<resamples).map { resample in
      let random = CounterRandom(seed: seed, stream: UInt64(resample))
      var (above, below) = (0.0, 0.0)
      for draw in 0..<count {
        let user = random.below(count, UInt64(draw))
        above += numerators[user]
        below += denominators[user]
      }
      // A draw without any denominator says nothing.
      return below > 0 ? above / below : 0
    }.sorted()
    let tail = Int((1 - level) / 2 * Double(resamples))
    return Interval(
      mean: numerators.reduce(0, +) / denominators.reduce(0, +), low: ratios[min(tail, resamples - 1)],
      high: ratios[max(resamples - 1 - tail, 0)])
  }

  /// The interval of the mean difference a − b of two models over the same users.
  package static func paired(
    _ a: [Double], _ b: [Double], level: Double = 0.95, resamples: Int = 1000, seed: UInt64 = 1
  ) -> Interval {
    precondition(a.count == b.count, "the same users")
    return interval(zip(a, b).map { $0 - $1 }, level: level, resamples: resamples, seed: seed)
  }
}
