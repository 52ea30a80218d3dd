import Telemetry
import Wire

/// Metrics of SUGGEST, under the names that Prometheus sees; `cluster/operators.md` explains each.
struct SuggestMetrics: Sendable {
  private let answers: SeriesTable<String, Counter>
  private let phaseSeconds: SeriesTable<Phase, Histogram>

  init(_ registry: MetricRegistry) {
    answers = SeriesTable { outcome in
      registry.counter(
        "winnow_suggestions_total", help: "Beginnings of queries that were completed, by what was found.",
        labels: [("outcome", outcome)])
    }
    phaseSeconds = SeriesTable { phase in
      registry.histogram(
        "winnow_suggestion_phase_seconds", help: "Time of a phase of a completion.", labels: [("phase", phase.words)])
    }
  }

  /// Counts an answer.
  func answered(_ response: SuggestResponse) {
    let found = response.isCorrected ? "corrected" : "found"
    answers[response.known == 0 ? "no file" : response.queries.isEmpty ? "nothing" : found].add()
    for span in response.waterfall { phaseSeconds[span.phase].observe(Double(span.durationMicroseconds) / 1e6) }
  }
}
