import Telemetry
import Vocabulary
import Wire

/// How queries have gone since the start, for charts: who watches takes the difference of two readings.
struct QueryTally: Sendable {
  /// The counts up to one moment.
  struct Reading: Sendable {
    /// Answered with results.
    var answered: UInt64 = 0
    /// Of them, those that did not cover all slots.
    var partial: UInt64 = 0
    /// The sum of their coverage, each in millionths.
    var coverage: UInt64 = 0
    /// Refused or failed, by the error's name.
    var errors: [String: UInt64] = [:]
  }

  /// Finer than what METRICS shows, which Prometheus has to keep for every coordinator: six buckets to each doubling,
  /// from 50 µs to 60 s.
  let seconds = Histogram(bounds: Histogram.logarithmicBounds(from: 50e-6, factor: 1.122462048, count: 122))
  private let counts = Lock(Reading())

  /// Counts a query that was answered with results or an error.
  func answered(error: ErrorCode?, microseconds: UInt64) {
    guard let error else { return seconds.observe(Double(microseconds) / 1e6) }
    counts.withLock { $0.errors[error.name, default: 0] += 1 }
  }

  /// Counts what an answer covered.
  func ranked(_ report: RankReport) {
    counts.withLock { counts in
      counts.answered += 1
      counts.coverage += UInt64(report.coverage)
      if !report.missing.isEmpty { counts.partial += 1 }
    }
  }

  /// All that was counted so far.
  var reading: Reading { counts.withLock { $0 } }
}
