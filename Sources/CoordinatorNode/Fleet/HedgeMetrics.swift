import Telemetry

/// Searches that were asked of two members of a shard.
struct HedgeMetrics: Sendable {
  private let won: Counter
  private let lost: Counter

  init(_ registry: MetricRegistry) {
    func counter(_ outcome: String) -> Counter {
      registry.counter(
        "winnow_hedges_total", help: "Searches asked of one more member, by whether that one answered first.",
        labels: [("outcome", outcome)])
    }
    (won, lost) = (counter("won"), counter("lost"))
  }

  /// One of the two has answered.
  func ended(_ isWon: Bool) { (isWon ? won : lost).add() }
}
