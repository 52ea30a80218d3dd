import Telemetry
import Vocabulary
import Wire

/// Metrics of requests of any kind.
struct RequestMetrics: Sendable {
  private struct Outcome: Hashable, Sendable {
    let opcode: Opcode
    let error: ErrorCode?
  }

  private let requests: SeriesTable<Outcome, Counter>
  private let seconds: SeriesTable<Opcode, Histogram>

  init(_ registry: MetricRegistry) {
    requests = SeriesTable { key in
      registry.counter(
        "winnow_requests_total", help: "Requests answered.",
        labels: [("request", key.opcode.name), ("outcome", key.error?.name ?? "OK")])
    }
    seconds = SeriesTable { opcode in
      registry.histogram(
        "winnow_request_seconds", help: "From the arrival of a request to its answer.",
        labels: [("request", opcode.name)])
    }
  }

  /// Counts an answered request.
  func answered(_ opcode: Opcode, error: ErrorCode?, microseconds: UInt64) {
    requests[Outcome(opcode: opcode, error: error)].add()
    seconds[opcode].observe(Double(microseconds) / 1e6)
  }
}
