import Telemetry
import Vocabulary
import Wire

/// What the coordinator counts, under the names that Prometheus sees; `cluster/operators.md` explains each.
///
/// Each series is looked up once: a query counts some thirty of them.
final class CoordinatorMetrics: Sendable {
  private struct Outcome: Hashable, Sendable {
    let opcode: Opcode
    let error: ErrorCode?
  }

  private struct Answer: Hashable, Sendable {
    let isFull: Bool
    let isExact: Bool
  }

  private struct Failure: Hashable, Sendable {
    let shard: ShardID
    let cause: MissingCause
  }

  private struct Written: Hashable, Sendable {
    let opcode: Opcode
    let status: WriteResponse.Status
  }

  let registry: MetricRegistry
  private let requests: SeriesTable<Outcome, Counter>
  private let requestSeconds: SeriesTable<Opcode, Histogram>
  private let answers: SeriesTable<Answer, Counter>
  private let missing: SeriesTable<Failure, Counter>
  private let callFailures: SeriesTable<Failure, Counter>
  private let written: SeriesTable<Written, Counter>
  private let phaseSeconds: SeriesTable<Phase, Histogram>
  private let shardSeconds: SeriesTable<ShardID, Histogram>
  private let candidates, reranked, scanned, notFinite, displaced, reasks, duplicates, overrun: Counter
  private let depth, budgetSeconds, leftSeconds: Histogram
  private let movedItems, movedBytes, movedSlots: Counter
  private let frozenSeconds: Histogram

  init(registry: MetricRegistry) {
    self.registry = registry
    requests = SeriesTable { key in
      registry.counter(
        "winnow_requests_total", help: "Requests answered.",
        labels: [("request", key.opcode.name), ("outcome", key.error?.name ?? "OK")])
    }
    requestSeconds = SeriesTable { opcode in
      registry.histogram(
        "winnow_request_seconds", help: "From the arrival of a request to its answer.",
        labels: [("request", opcode.name)])
    }
    answers = SeriesTable { key in
      registry.counter(
        "winnow_queries_total", help: "Queries answered with results.",
        labels: [("coverage", key.isFull ? "full" : "partial"), ("exact", key.isExact ? "true" : "false")])
    }
    missing = SeriesTable { key in
      registry.counter(
        "winnow_missing_shards_total", help: "Shards whose slots an answer did not cover, by cause.",
        labels: [("shard", "\(key.shard.rawValue)"), ("cause", key.cause.words)])
    }
    callFailures = SeriesTable { key in
      registry.counter(
        "winnow_shard_call_failures_total", help: "Calls to shards without a reply, by cause.",
        labels: [("shard", "\(key.shard.rawValue)"), ("cause", key.cause.words)])
    }
    written = SeriesTable { key in
      registry.counter(
        "winnow_written_items_total", help: "Items of writes, by what became of them.",
        labels: [("request", key.opcode.name), ("status", "\(key.status)")])
    }
    phaseSeconds = SeriesTable { phase in
      registry.histogram(
        "winnow_query_phase_seconds", help: "Time of a phase of a query.", labels: [("phase", phase.words)])
    }
    shardSeconds = SeriesTable { shard in
      registry.histogram(
        "winnow_shard_search_seconds", help: "From sending a search to a shard to its reply.",
        labels: [("shard", "\(shard.rawValue)")])
    }
    candidates = registry.counter("winnow_query_candidates_total", help: "Candidates after the merge.")
    reranked = registry.counter("winnow_query_reranked_total", help: "Candidates that got a logit.")
    scanned = registry.counter("winnow_query_scanned_total", help: "Items scored by shards.")
    notFinite = registry.counter("winnow_query_not_finite_total", help: "Logits that were NaN or infinite.")
    displaced = registry.counter("winnow_query_displaced_total", help: "Candidates that a full group kept out.")
    reasks = registry.counter(
      "winnow_query_reasks_total", help: "Second searches that the proof of exactness needed.")
    duplicates = registry.counter("winnow_query_duplicates_total", help: "Items that two shards sent; must stay 0.")
    depth = registry.histogram(
      "winnow_query_depth", help: "Candidates re-ranked by a query.",
      bounds: Histogram.logarithmicBounds(from: 1, factor: 2, count: 15))
    budgetSeconds = registry.histogram(
      "winnow_query_budget_seconds", help: "The time that a query had when it came.")
    leftSeconds = registry.histogram(
      "winnow_query_left_seconds", help: "What was left of that time when it was answered; 0 if nothing was.")
    overrun = registry.counter("winnow_query_overrun_total", help: "Queries that were answered after their time.")
    movedItems = registry.counter(
      "winnow_moved_items_total", help: "Items carried to another shard; changes meanwhile count again.")
    movedBytes = registry.counter("winnow_moved_bytes_total", help: "Bytes carried to another shard.")
    movedSlots = registry.counter("winnow_moved_slots_total", help: "Slots that belong to another shard now.")
    frozenSeconds = registry.histogram(
      "winnow_move_frozen_seconds", help: "Time for which writes to moving slots had to wait.")
  }

  /// Counts an answered request of any kind.
  func answered(_ opcode: Opcode, error: ErrorCode?, microseconds: UInt64) {
    requests[Outcome(opcode: opcode, error: error)].add()
    requestSeconds[opcode].observe(Double(microseconds) / 1e6)
  }

  /// Counts how much of its time an answered query has used.
  func timed(arrival: Instant, deadline: Instant, now: Instant) {
    budgetSeconds.observe(Double(arrival.microseconds(until: deadline)) / 1e6)
    leftSeconds.observe(Double(now.microseconds(until: deadline)) / 1e6)
    if now > deadline { overrun.add() }
  }

  /// Counts a query that was answered with results.
  func ranked(_ report: RankReport, isExact: Bool, duplicates: Int) {
    answers[Answer(isFull: report.missing.isEmpty, isExact: isExact)].add()
    for entry in report.missing { missing[Failure(shard: entry.shard, cause: entry.cause)].add() }
    candidates.add(UInt64(report.candidates))
    reranked.add(UInt64(report.reranked))
    scanned.add(report.scanned)
    notFinite.add(UInt64(report.notFinite))
    displaced.add(UInt64(report.displacedByCap))
    reasks.add(UInt64(report.reasks))
    self.duplicates.add(UInt64(duplicates))
    depth.observe(Double(report.reranked))
    for span in report.waterfall {
      let seconds = Double(span.durationMicroseconds) / 1e6
      phaseSeconds[span.phase].observe(seconds)
      if let shard = span.shard, [.roundTrip, .secondSearch].contains(span.phase) {
        shardSeconds[shard].observe(seconds)
      }
    }
  }

  /// Counts a call to a shard that failed.
  func callFailed(_ shard: ShardID, _ cause: MissingCause) { callFailures[Failure(shard: shard, cause: cause)].add() }

  /// Counts what became of written items.
  func wrote(_ opcode: Opcode, _ statuses: [WriteResponse.Status]) {
    var counts: [WriteResponse.Status: UInt64] = [:]
    for status in statuses { counts[status, default: 0] += 1 }
    for (status, amount) in counts { written[Written(opcode: opcode, status: status)].add(amount) }
  }

  /// Counts items that were carried to another shard.
  func copied(items: Int, bytes: Int) {
    movedItems.add(UInt64(items))
    movedBytes.add(UInt64(bytes))
  }

  /// Counts slots that belong to another shard now.
  func movedSlots(_ slots: Int) { movedSlots.add(UInt64(slots)) }

  /// Counts a batch of slots that could not be moved.
  func failedToMove(_ code: ErrorCode) {
    registry.counter(
      "winnow_move_failures_total", help: "Batches of slots that were given up, by the error.",
      labels: [("error", code.name)]
    ).add()
  }

  /// Notes how long writes to some slots had to wait.
  func frozen(microseconds: UInt64) { frozenSeconds.observe(Double(microseconds) / 1e6) }
}
