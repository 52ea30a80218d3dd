package import Telemetry

/// One point of the curve over time: what was answered within a stretch of the run.
package struct LoadInterval: Sendable {
  /// Of queries, from the moment at which they were due.
  package var latency = LatencyHistogram()
  /// Requests without an answer.
  package var errorCount: UInt64 = 0
  /// Writes and removals that were acknowledged.
  package var writeCount: UInt64 = 0
  /// The sum of the coverage of all answers, in millionths.
  package var coverageSum: UInt64 = 0

  /// Nothing yet.
  package init() {}

  /// Adds what another client has counted.
  package mutating func merge(_ other: LoadInterval) {
    latency.merge(other.latency)
    errorCount += other.errorCount
    writeCount += other.writeCount
    coverageSum += other.coverageSum
  }
}
