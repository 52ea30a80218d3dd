package import Telemetry

/// The outcomes of the requests of one kind.
package struct LoadTally: Sendable {
  /// From the moment at which a request was due to its answer; answers only.
  package var latency = LatencyHistogram()
  /// From the moment at which a request was sent to its answer; answers only.
  package var service = LatencyHistogram()
  /// Requests without an answer, by the name of the error.
  package var errors: [String: UInt64] = [:]

  /// Nothing yet.
  package init() {}

  /// Requests with an answer.
  package var answerCount: UInt64 { latency.count }
  /// Requests without one.
  package var errorCount: UInt64 { errors.values.reduce(0, +) }

  /// Adds what another client has counted.
  package mutating func merge(_ other: LoadTally) {
    latency.merge(other.latency)
    service.merge(other.service)
    errors.merge(other.errors, uniquingKeysWith: +)
  }
}
