import Placement
import Retrieval
package import Telemetry
import Transport
import Vocabulary
import Wire

/// Says how a shard does: SHARD_MAP, COLLECTION_DESCRIBE, STATUS, METRICS, health.
package struct ReportService: Sendable {
  let changes: ChangeService
  let standing: Lock<ShardStanding>
  let metrics: ShardMetrics
  let incarnation: Bytes16
  let program: String
  let memoryMax: Int?
  let clock: any MonotonicClock
  let start: Instant
  let told: ToldRevisions

  private var store: ShardStore { changes.store }

  /// As it is welcomed with.
  var identity: NodeIdentity {
    let (map, claim) = standing.withLock { ($0.map, $0.claim) }
    var identity = NodeIdentity(
      role: .shard, clusterID: map.flatMap { Bytes16($0.clusterID) } ?? .zero, incarnation: incarnation,
      epoch: map?.epoch ?? Epoch(0), program: program)
    (identity.claim, identity.position) = (claim, store.journal?.durable)
    return identity
  }

  /// Answers POSITION.
  func position(_ request: PositionRequest, _: InboundRequest) -> PositionResponse {
    let identity = identity
    return PositionResponse(
      claim: identity.claim, position: identity.position ?? 0, told.take(request.revisions))
  }

  /// Gives the shard map, and before that takes one.
  func shardMap(_ request: ShardMapRequest, _ inbound: InboundRequest) async throws(WireError) -> ShardMapResponse {
    if case .install = request.step {
      _ = try await changes.make(request, inbound)
      let (map, shard, claim) = await store.withState { ($0.map, $0.shard, $0.claim) }
      standing.withLock { ($0.map, $0.shard, $0.claim) = (map, shard, claim) }
    }
    return ShardMapResponse(map: standing.withLock { $0.map })
  }

  /// Says what the shard holds of one collection, or of all.
  func describe(
    _ request: CollectionDescribeRequest, _: InboundRequest
  ) async throws(WireError) -> CollectionDescribeResponse {
    try await store.withState { (state) throws(WireError) in try state.describe(request) }
  }

  /// Answers STATUS.
  func status(_: StatusRequest, _ inbound: InboundRequest) async throws(WireError) -> StatusResponse {
    let (identity, standing) = (identity, standing.withLock { $0 })
    let collections = try await describe(CollectionDescribeRequest(name: nil), inbound).collections
    var status = StatusResponse(
      role: .shard, isDraining: standing.isDraining, shard: standing.shard, epoch: identity.epoch,
      uptimeMicroseconds: start.microseconds(until: clock.now()), cluster: identity.clusterID,
      incarnation: incarnation, build: program)
    status.collections = collections.map {
      .init(name: $0.name, generation: $0.generation, items: $0.items, memoryBytes: $0.memoryBytes, model: 0)
    }
    if !standing.isDraining { status.state = await store.writeState() }
    status.links = await links().map(StatusResponse.Link.init)
    return status
  }

  /// Answers METRICS.
  func metrics(_: MetricsRequest, _: InboundRequest) async -> MetricsResponse {
    MetricsResponse(text: await metricsText())
  }

  /// What keeps the shard from answering searches at full speed, in words for people; nothing: it is ready.
  package func obstacles() async -> [String] {
    let standing = standing.withLock { $0 }
    var obstacles: [String] = []
    if standing.isDraining { obstacles.append("draining: it takes no new requests") }
    if await store.withState({ $0.map == nil }) { obstacles.append("no coordinator has given it the shard map") }
    obstacles += await store.refusals().map { "takes no writes: \($0)" }
    if !standing.isWarm { obstacles.append("warming up: vectors that were read are being coded") }
    return obstacles
  }

  /// The metrics that METRICS shows; the process adds its own.
  package var registry: MetricRegistry { metrics.registry }

  /// All metrics in Prometheus' text format.
  package func metricsText() async -> String {
    // Without a name nothing is refused.
    let (collections, memories) = await store.withState { state in
      ((try? state.describe(CollectionDescribeRequest(name: nil))) ?? .init(collections: []), state.memories())
    }
    metrics.show(collections, memories, await links(), memoryMax: memoryMax)
    let loose = await store.withState { state in
      state.instances.sorted { $0.key < $1.key }.map { (key: $0.key, rows: $0.value.table.looseRows) }
    }
    registry.show(
      "winnow_loose_items", help: "Items that searches look at without knowing where they point.",
      loose.map { key, rows in
        (
          labels: [("collection", key.name), ("generation", String(key.generation.rawValue))], value: Double(rows)
        )
      })
    let tables = await store.withState { state in
      state.histories.sorted { $0.key < $1.key }.map {
        (name: $0.key, count: $0.value.count, bytes: $0.value.memoryBytes)
      }
    }
    registry.show(
      "winnow_histories", help: "Shoppers with a history.",
      tables.map { (labels: [("collection", $0.name)], value: Double($0.count)) })
    registry.show(
      "winnow_history_bytes", help: "Memory of histories, about; it counts for --memory-max.",
      tables.map { (labels: [("collection", $0.name)], value: Double($0.bytes)) })
    registry.show(
      "winnow_shard_map_epoch", help: "The epoch of the shard map.",
      [(labels: [], value: Double(identity.epoch.rawValue))])
    return registry.text()
  }

  /// The traffic of the links that are open, by kind of peer.
  private func links() async -> [LinkTraffic] {
    guard let snapshot = await standing.withLock({ $0.server })?.snapshot() else { return [] }
    var byPeer: [String: Traffic] = [:]
    for link in snapshot.links {
      byPeer[link.peerRole == .coordinator ? "coordinator" : "clients", default: Traffic()] += link.traffic
    }
    return byPeer.sorted { $0.key < $1.key }.map { LinkTraffic($0.key, $0.value) }
  }
}
