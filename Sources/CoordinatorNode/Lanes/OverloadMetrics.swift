import Telemetry

/// Metrics of the line of queries; made once, so that a refusal costs no search for a name.
struct OverloadMetrics: Sendable {
  private let admittedCount: Counter
  private let refusals: [QueryQueue.Reason: Counter]
  private let waits: Histogram

  init(registry: MetricRegistry) {
    admittedCount = registry.counter("winnow_queries_admitted_total", help: "Queries that were let in.")
    waits = registry.histogram(
      "winnow_query_wait_seconds", help: "How long queries that were let in had waited for it.")
    var refusals: [QueryQueue.Reason: Counter] = [:]
    for reason in QueryQueue.Reason.allCases {
      refusals[reason] = registry.counter(
        "winnow_queries_shed_total", help: "Queries that were refused before any work, by why.",
        labels: [("reason", reason.rawValue)])
    }
    self.refusals = refusals
  }

  /// Counts a query that was let in.
  func admitted(waited: UInt64) {
    admittedCount.add()
    waits.observe(Double(waited) / 1e6)
  }

  /// Counts one that was not.
  func refused(_ reason: QueryQueue.Reason) { refusals[reason]?.add() }
}
