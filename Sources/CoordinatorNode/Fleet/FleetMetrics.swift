import Telemetry
import Vocabulary
import Wire

/// Metrics of the calls to shards.
struct FleetMetrics: Sendable {
  private struct Failure: Hashable, Sendable {
    let shard: ShardID
    let cause: MissingCause
  }

  private let registry: MetricRegistry
  private let callFailures: SeriesTable<Failure, Counter>

  init(_ registry: MetricRegistry) {
    self.registry = registry
    callFailures = SeriesTable { key in
      registry.counter(
        "winnow_shard_call_failures_total", help: "Calls to shards without a reply, by cause.",
        labels: [("shard", "\(key.shard.rawValue)"), ("cause", key.cause.words)])
    }
  }

  /// Counts a call to a shard that failed.
  func callFailed(_ shard: ShardID, _ cause: MissingCause) { callFailures[Failure(shard: shard, cause: cause)].add() }

  /// Whether a shard can be asked; 0 once it is not of the map any more.
  func show(_ peer: Peer, in publication: Publication) {
    registry.gauge(
      "winnow_shard_up", help: "Whether a shard can be asked.", labels: [("shard", "\(peer.id.rawValue)")]
    ) { [id = peer.id] in
      // Not `peer`: its connections must go with it.
      publication.serving.peers.contains { $0.id == id && $0.caller.presence.identity != nil } ? 1 : 0
    }
  }
}
