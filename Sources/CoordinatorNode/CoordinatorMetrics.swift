import Telemetry
import Vocabulary
import Wire

/// What the coordinator counts, under the names that Prometheus sees.
struct CoordinatorMetrics: Sendable {
  let registry: MetricRegistry

  /// Counts an answered request of any kind.
  func answered(_ opcode: Opcode, error: ErrorCode?, microseconds: UInt64) {
    registry.counter(
      "winnow_requests_total", help: "Requests answered.",
      labels: [("request", opcode.name), ("outcome", error?.name ?? "OK")]
    ).add()
    registry.histogram(
      "winnow_request_seconds", help: "From the arrival of a request to its answer.",
      labels: [("request", opcode.name)]
    ).observe(Double(microseconds) / 1e6)
  }

  /// Counts a query that was answered with results.
  func ranked(_ report: RankReport, isExact: Bool, duplicates: Int) {
    let coverage = report.missing.isEmpty ? "full" : "partial"
    registry.counter(
      "winnow_queries_total", help: "Queries answered with results.",
      labels: [("coverage", coverage), ("exact", isExact ? "true" : "false")]
    ).add()
    for entry in report.missing {
      registry.counter(
        "winnow_missing_shards_total", help: "Shards whose slots an answer did not cover, by cause.",
        labels: [("shard", "\(entry.shard.rawValue)"), ("cause", entry.cause.words)]
      ).add()
    }
    count("winnow_query_candidates_total", "Candidates after the merge.", UInt64(report.candidates))
    count("winnow_query_reranked_total", "Candidates that got a logit.", UInt64(report.reranked))
    count("winnow_query_scanned_total", "Items scored by shards.", report.scanned)
    count("winnow_query_not_finite_total", "Logits that were NaN or infinite.", UInt64(report.notFinite))
    count("winnow_query_displaced_total", "Candidates that a full group kept out.", UInt64(report.displacedByCap))
    count("winnow_query_reasks_total", "Second searches that the proof of exactness needed.", UInt64(report.reasks))
    count("winnow_query_duplicates_total", "Items that two shards sent; must stay 0.", UInt64(duplicates))
    registry.histogram(
      "winnow_query_depth", help: "Candidates re-ranked by a query.",
      bounds: Histogram.logarithmicBounds(from: 1, factor: 2, count: 15)
    ).observe(Double(report.reranked))
    for span in report.waterfall {
      registry.histogram(
        "winnow_query_phase_seconds", help: "Time of a phase of a query.", labels: [("phase", span.phase.words)]
      ).observe(Double(span.durationMicroseconds) / 1e6)
    }
  }

  /// Counts a call to a shard that failed.
  func callFailed(_ shard: ShardID, _ cause: MissingCause) {
    registry.counter(
      "winnow_shard_call_failures_total", help: "Calls to shards without a reply, by cause.",
      labels: [("shard", "\(shard.rawValue)"), ("cause", cause.words)]
    ).add()
  }

  /// Counts what became of written items.
  func wrote(_ opcode: Opcode, _ statuses: [WriteResponse.Status]) {
    var counts: [WriteResponse.Status: UInt64] = [:]
    for status in statuses { counts[status, default: 0] += 1 }
    for status in WriteResponse.Status.allCases {
      guard let amount = counts[status] else { continue }
      registry.counter(
        "winnow_written_items_total", help: "Items of writes, by what became of them.",
        labels: [("request", opcode.name), ("status", "\(status)")]
      ).add(amount)
    }
  }

  /// Counts items that were carried to another shard.
  func copied(items: Int, bytes: Int) {
    count("winnow_moved_items_total", "Items carried to another shard; changes meanwhile count again.", UInt64(items))
    count("winnow_moved_bytes_total", "Bytes carried to another shard.", UInt64(bytes))
  }

  /// Counts slots that belong to another shard now.
  func movedSlots(_ slots: Int) {
    count("winnow_moved_slots_total", "Slots that belong to another shard now.", UInt64(slots))
  }

  /// Counts a batch of slots that could not be moved.
  func failedToMove(_ code: ErrorCode) {
    registry.counter(
      "winnow_move_failures_total", help: "Batches of slots that were given up, by the error.",
      labels: [("error", code.name)]
    ).add()
  }

  /// Notes how long writes to some slots had to wait.
  func frozen(microseconds: UInt64) {
    registry.histogram("winnow_move_frozen_seconds", help: "Time for which writes to moving slots had to wait.")
      .observe(Double(microseconds) / 1e6)
  }

  private func count(_ name: String, _ help: String, _ amount: UInt64) {
    registry.counter(name, help: help).add(amount)
  }
}
