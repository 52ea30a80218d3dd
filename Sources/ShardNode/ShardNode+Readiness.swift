package import Telemetry
import Transport
import Vocabulary
import Wire

extension ShardNode {
  /// What keeps the shard from answering searches at full speed, in words for people; nothing: it is ready.
  package func obstacles() async -> [String] {
    var obstacles: [String] = []
    if isDraining.withLock({ $0 }) { obstacles.append("draining: it takes no new requests") }
    if await store.standing.shardMap == nil { obstacles.append("no coordinator has given it the shard map") }
    if isWarm.withLock({ !$0 }) { obstacles.append("warming up: vectors that were read are being coded") }
    return obstacles
  }

  /// The metrics that METRICS shows; the process adds its own.
  package var registry: MetricRegistry { metrics.registry }

  /// All metrics in Prometheus' text format.
  package func metricsText() async -> String {
    // Without a name nothing is refused.
    let collections = (try? await store.describe(CollectionDescribeRequest(name: nil))) ?? .init(collections: [])
    metrics.show(
      collections, await store.memories(), await links(), memoryMax: configuration.memoryMax)
    return registry.text()
  }

  /// The traffic of the links that are open, by kind of peer.
  func links() async -> [LinkTraffic] {
    guard let snapshot = await server.withLock({ $0 })?.snapshot() else { return [] }
    var byPeer: [String: Traffic] = [:]
    for link in snapshot.links {
      byPeer[link.peerRole == .coordinator ? "coordinator" : "clients", default: Traffic()] += link.traffic
    }
    return byPeer.sorted { $0.key < $1.key }.map { LinkTraffic($0.key, $0.value) }
  }
}
