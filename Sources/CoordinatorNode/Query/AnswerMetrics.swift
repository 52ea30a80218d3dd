import Answers
import Telemetry

/// Metrics of the answer log, under the names that Prometheus sees; `cluster/operators.md` explains each.
struct AnswerMetrics: Sendable {
  /// Why an answer is not in the log.
  enum Loss: String, Sendable {
    /// Too many waited for the disk.
    case queue
    /// The disk took none.
    case disk
  }

  private let written, withoutInputs: Counter
  private let lost: SeriesTable<Loss, Counter>
  let forgotten: Counter
  let bytes: Gauge

  init(_ registry: MetricRegistry) {
    written = registry.counter("winnow_answers_logged_total", help: "Answers that the answer log has taken.")
    withoutInputs = registry.counter(
      "winnow_answers_without_inputs_total", help: "Logged answers whose inputs were too long to be kept.")
    lost = SeriesTable { loss in
      registry.counter(
        "winnow_answers_dropped_total", help: "Answers that the answer log has lost, by why.",
        labels: [("reason", loss.rawValue)])
    }
    forgotten = registry.counter(
      "winnow_answers_forgotten_total", help: "Logged answers that were removed with their shoppers.")
    bytes = registry.gauge("winnow_answer_log_bytes", help: "Bytes of the files of the answer log.")
  }

  /// Counts what was written.
  func wrote(_ outcome: AnswerWriter.Outcome) {
    written.add(UInt64(outcome.written))
    withoutInputs.add(UInt64(outcome.withoutInputs))
  }

  /// Counts answers that are lost.
  func dropped(_ count: Int, _ loss: Loss) {
    if count > 0 { lost[loss].add(UInt64(count)) }
  }
}
