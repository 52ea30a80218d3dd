import Vocabulary

/// How observations spread over buckets with logarithmic bounds; safe from any thread.
package final class Histogram: Sendable {
  /// The observations up to one moment.
  package struct Snapshot: Equatable, Sendable {
    /// Observations in each bucket, those above the last bound at the end, `[bounds.count + 1]`; not cumulative.
    package var counts: [UInt64]
    /// The sum of all observations, in base units.
    package var sum: Double

    /// Observations in all.
    package var count: UInt64 { counts.reduce(0, +) }
  }

  /// Bounds for durations in seconds: 50 µs, each twice the one before, up to 52 s.
  package static let secondsBounds = logarithmicBounds(from: 50e-6, factor: 2, count: 21)
  /// Bounds for sizes in bytes: 64, each four times the one before, up to 1 GiB.
  package static let bytesBounds = logarithmicBounds(from: 64, factor: 4, count: 13)

  /// The inclusive upper bounds of the buckets, ascending.
  package let bounds: [Double]
  private let state: Lock<Snapshot>

  /// An empty histogram.
  ///
  /// - Precondition: the bounds are finite, ascend strictly and are at least one.
  package init(bounds: [Double]) {
    precondition(
      !bounds.isEmpty && bounds.allSatisfy(\.isFinite) && zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 })
    self.bounds = bounds
    state = Lock(Snapshot(counts: [UInt64](repeating: 0, count: bounds.count + 1), sum: 0))
  }

  /// Counts an observation in base units (seconds, bytes); one that is not finite is dropped.
  package func observe(_ value: Double) {
    guard value.isFinite else { return }
    var (low, high) = (0, bounds.count)
    while low < high {
      let middle = (low + high) / 2
      if value <= bounds[middle] { high = middle } else { low = middle + 1 }
    }
    state.withLock { state in
      state.counts[low] += 1
      state.sum += value
    }
  }

  /// The observations so far.
  package var snapshot: Snapshot { state.withLock { $0 } }

  /// `count` bounds of which each is `factor` times the one before.
  package static func logarithmicBounds(from first: Double, factor: Double, count: Int) -> [Double] {
    var bound = first
    return (0..<count).map { _ in
      defer { bound *= factor }
      return bound
    }
  }
}
