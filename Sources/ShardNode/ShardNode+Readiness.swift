package import Telemetry
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

  /// What METRICS shows, for more of the process.
  package var registry: MetricRegistry { metrics.registry }

  /// All metrics in Prometheus' text format.
  package func metricsText() async -> String {
    // Without a name nothing is refused.
    let collections = (try? await store.describe(CollectionDescribeRequest(name: nil))) ?? .init(collections: [])
    metrics.show(
      collections, await store.memories(), await links.withLock { $0 }(), memoryMax: configuration.memoryMax)
    return registry.text()
  }
}
