import Telemetry
import Wire

/// Metrics of queries with words, under the names that Prometheus sees; `cluster/operators.md` explains each.
struct WordMetrics: Sendable {
  private let queries: SeriesTable<RankWords.State, Counter>
  private let changes: SeriesTable<RankWords.Change.Rule, Counter>
  private let known, unknown: Counter

  init(_ registry: MetricRegistry) {
    queries = SeriesTable { state in
      registry.counter(
        "winnow_query_words_total", help: "Queries with words, by what became of them.",
        labels: [("outcome", state.words)])
    }
    changes = SeriesTable { rule in
      registry.counter(
        "winnow_query_word_changes_total", help: "Words that were searched for besides those that were typed, by rule.",
        labels: [("rule", rule.words)])
    }
    func terms(_ isKnown: Bool) -> Counter {
      registry.counter(
        "winnow_query_terms_total", help: "Typed terms of queries, by whether the lexicon has them.",
        labels: [("known", isKnown ? "true" : "false")])
    }
    (known, unknown) = (terms(true), terms(false))
  }

  /// Counts a query that was answered.
  func ranked(_ words: RankWords) {
    guard words.state != .none else { return }
    queries[words.state].add()
    for change in words.changes { changes[change.rule].add() }
    for term in words.terms where term.weight == 1 { (term.isKnown ? known : unknown).add() }
  }
}
