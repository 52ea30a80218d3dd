import Telemetry
import Vocabulary
import Wire

/// Metrics of queries, under the names that Prometheus sees; `cluster/operators.md` explains each.
///
/// Each series is looked up once: a query counts some thirty of them.
struct QueryMetrics: Sendable {
  private struct Answer: Hashable, Sendable {
    let isFull: Bool
    let isExact: Bool
  }

  private struct Missing: Hashable, Sendable {
    let shard: ShardID
    let cause: MissingCause
  }

  private let answers: SeriesTable<Answer, Counter>
  private let missing: SeriesTable<Missing, Counter>
  private let phaseSeconds: SeriesTable<Phase, Histogram>
  private let shardSeconds: SeriesTable<ShardID, Histogram>
  private let candidates, reranked, scanned, notFinite, displaced, reasks, duplicates, overrun: Counter
  private let ownItemsMissing: Counter
  private let eventsCounted, eventsSkipped, excluded: Counter
  private let histories: SeriesTable<RankReport.HistoryState, Counter>
  private let words: WordMetrics
  private let depth, budgetSeconds, leftSeconds: Histogram

  init(_ registry: MetricRegistry) {
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
    ownItemsMissing = registry.counter(
      "winnow_query_own_items_missing_total",
      help: "Queries for which a shard did not send what their shoppers have had.")
    func events(_ outcome: String) -> Counter {
      registry.counter(
        "winnow_query_events_total", help: "Events that query vectors were folded from, or that had no readable item.",
        labels: [("outcome", outcome)])
    }
    (eventsCounted, eventsSkipped) = (events("counted"), events("skipped"))
    excluded = registry.counter(
      "winnow_query_excluded_total", help: "Items that histories left out: hidden ones, and those of rules.")
    histories = SeriesTable { state in
      registry.counter(
        "winnow_query_histories_total", help: "Queries that asked for the history of their shopper, by what came.",
        labels: [("outcome", state.words)])
    }
    depth = registry.histogram(
      "winnow_query_depth", help: "Candidates re-ranked by a query.",
      bounds: Histogram.logarithmicBounds(from: 1, factor: 2, count: 15))
    budgetSeconds = registry.histogram(
      "winnow_query_budget_seconds", help: "The time that a query had when it came.")
    leftSeconds = registry.histogram(
      "winnow_query_left_seconds", help: "What was left of that time when it was answered; 0 if nothing was.")
    words = WordMetrics(registry)
    overrun = registry.counter("winnow_query_overrun_total", help: "Queries that were answered after their time.")
  }

  /// Counts how much of its time an answered query has used.
  func timed(arrival: Instant, deadline: Instant, now: Instant) {
    budgetSeconds.observe(Double(arrival.microseconds(until: deadline)) / 1e6)
    leftSeconds.observe(Double(now.microseconds(until: deadline)) / 1e6)
    if now > deadline { overrun.add() }
  }

  /// Counts a query that a shard has not sent the shopper's own items for, so that they are no candidates.
  func ownItemsMissed() { ownItemsMissing.add() }

  /// Counts a query that was answered with results.
  func ranked(_ report: RankReport, isExact: Bool, duplicates: Int) {
    answers[Answer(isFull: report.missing.isEmpty, isExact: isExact)].add()
    for entry in report.missing { missing[Missing(shard: entry.shard, cause: entry.cause)].add() }
    candidates.add(UInt64(report.candidates))
    reranked.add(UInt64(report.reranked))
    scanned.add(report.scanned)
    notFinite.add(UInt64(report.notFinite))
    displaced.add(UInt64(report.displacedByCap))
    reasks.add(UInt64(report.reasks))
    eventsCounted.add(UInt64(report.eventsCounted))
    eventsSkipped.add(UInt64(report.eventsSkipped))
    excluded.add(UInt64(report.history.excluded))
    if report.history.state != .notAsked { histories[report.history.state].add() }
    words.ranked(report.words)
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
}
