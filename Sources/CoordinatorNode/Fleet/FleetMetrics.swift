import Telemetry
import Vocabulary
import Wire

/// Metrics of the calls to shards.
struct FleetMetrics: Sendable {
  private struct Failure: Hashable, Sendable {
    let shard: ShardID
    let cause: MissingCause
  }

  private let callFailures: SeriesTable<Failure, Counter>
  /// Of shards with several members.
  let hedges: HedgeMetrics

  init(_ registry: MetricRegistry) {
    hedges = HedgeMetrics(registry)
    callFailures = SeriesTable { key in
      registry.counter(
        "winnow_shard_call_failures_total", help: "Calls to shards without a reply, by cause.",
        labels: [("shard", "\(key.shard.rawValue)"), ("cause", key.cause.words)])
    }
  }

  /// Counts a call to a shard that failed.
  func callFailed(_ shard: ShardID, _ cause: MissingCause) { callFailures[Failure(shard: shard, cause: cause)].add() }
}
