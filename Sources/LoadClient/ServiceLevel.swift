import Telemetry

/// A service level, such as `p99<50ms,recall@100>=0.99,coverage>=1,errors<0.001`.
package struct ServiceLevel: Sendable, Equatable {
  /// The measured quantity.
  package enum Measure: Hashable, Sendable {
    /// The latency that this percentage of the queries does not exceed, in microseconds.
    case percentile(Double)
    /// The longest latency, in microseconds.
    case longest
    case recall(Int)
    case ndcg(Int)
    /// The mean share of the collection that answers have seen.
    case coverage
    /// The share of requests without an answer.
    case errors
    /// The share of answers that are not fully covered or not fully re-ranked.
    case degraded
    /// The share of returned items that are not what was written.
    case wrong

    /// Whether it is a time.
    package var isLatency: Bool {
      switch self {
      case .percentile, .longest: true
      default: false
      }
    }
  }

  /// How a value is held against a limit.
  package enum Sign: String, Sendable {
    case below = "<"
    case atMost = "<="
    case atLeast = ">="
    case above = ">"
  }

  /// One promise.
  package struct Bound: Sendable, Equatable {
    package let measure: Measure
    package let sign: Sign
    /// Microseconds for a latency, else a share.
    package let limit: Double
    /// As the person wrote it.
    package let text: String

    func holds(_ value: Double) -> Bool {
      switch sign {
      case .below: value < limit
      case .atMost: value <= limit
      case .atLeast: value >= limit
      case .above: value > limit
      }
    }
  }

  /// A fault of the text, at a byte from 0.
  package struct Mistake: Error, Equatable {
    package let offset: Int
    package let message: String
  }

  /// A promise that was not kept.
  package struct Breach: Sendable, Equatable {
    package let bound: Bound
    /// `nil`: it was not measured.
    package let value: Double?
  }

  package let bounds: [Bound]

  /// Reads promises with commas between them.
  package init(_ text: String) throws(Mistake) {
    var reader = ServiceLevelReader(text)
    bounds = try reader.bounds()
  }

  /// The shortest latency that is promised, in microseconds.
  package var latencyMicroseconds: Double? { bounds.filter(\.measure.isLatency).map(\.limit).min() }

  /// The depths at which quality is asked for.
  package var qualityDepths: Set<Int> {
    Set(
      bounds.compactMap { bound in
        switch bound.measure {
        case .recall(let k), .ndcg(let k): k
        default: nil
        }
      })
  }

  /// The promises that a run did not keep; what was not measured counts as not kept.
  package func breaches(of report: LoadReport) -> [Breach] {
    bounds.compactMap { bound in
      let value = Self.value(bound.measure, of: report)
      return value.map(bound.holds) ?? false ? nil : Breach(bound: bound, value: value)
    }
  }

  private static func value(_ measure: Measure, of report: LoadReport) -> Double? {
    switch measure {
    case .percentile(let percent):
      report.hasLatency ? report.queries.latency.percentile(percent).map { Double($0) } : nil
    case .longest: report.hasLatency ? report.queries.latency.microsecondsMax.map { Double($0) } : nil
    case .recall(let k): report.quality.recall(at: k)
    case .ndcg(let k): report.quality.ndcg(at: k)
    case .coverage: report.coverage
    case .errors: report.sendCount == 0 ? nil : report.errorShare
    case .degraded: report.queries.answerCount == 0 ? nil : report.degradedShare
    case .wrong:
      report.quality.checkedCount == 0
        ? nil : Double(report.quality.wrongCount) / Double(report.quality.checkedCount)
    }
  }
}
