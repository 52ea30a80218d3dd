package import Telemetry

/// The tally of a run.
package struct LoadReport: Sendable {
  /// How late a send may be before it counts as late.
  package static let lateMicroseconds: UInt64 = 1000
  /// The share of late sends above which latencies say more about the client than about the server.
  package static let lateShareMax = 0.01

  package let plan: LoadPlan
  /// Requests that were due, all of them counted, sent or not.
  package internal(set) var sendCount: UInt64 = 0
  /// Requests sent more than a millisecond after they were due.
  package internal(set) var lateCount: UInt64 = 0
  /// From the moment at which a request was due to its answer; answers only.
  package internal(set) var latency = LatencyHistogram()
  /// From the moment at which a request was sent to its answer; answers only.
  package internal(set) var service = LatencyHistogram()
  /// Requests without an answer, by the name of the error.
  package internal(set) var errors: [String: UInt64] = [:]
  /// Answers that have not seen the whole collection.
  package internal(set) var uncoveredCount: UInt64 = 0
  /// Answers whose candidates were not all re-ranked.
  package internal(set) var unrerankedCount: UInt64 = 0
  /// From the end of the warm-up to the last answer.
  package internal(set) var elapsedMicroseconds: UInt64 = 0

  init(plan: LoadPlan) { self.plan = plan }

  /// Requests with an answer.
  package var answerCount: UInt64 { latency.count }
  /// Requests without one.
  package var errorCount: UInt64 { errors.values.reduce(0, +) }
  /// Late sends among all.
  package var lateShare: Double { sendCount == 0 ? 0 : Double(lateCount) / Double(sendCount) }
  /// Answers a second.
  package var answersPerSecond: Double {
    elapsedMicroseconds == 0 ? 0 : Double(answerCount) / (Double(elapsedMicroseconds) / 1e6)
  }

  /// Whether the loop was open: only then do latencies mean anything.
  package var isOpen: Bool { if case .open = plan.mode { true } else { false } }

  /// Whether the client kept its schedule, so that the latencies may be told.
  package var isOnTime: Bool { lateShare <= Self.lateShareMax }
}
