import Metadata
import Placement
import Ranking
import Storage
import Telemetry
import Text
import Transport
import Vocabulary
import Wire

/// Says how the coordinator and its cluster do: STATUS, METRICS, SHARD_MAP, readiness.
final class StatusService: Sendable {
  private struct State {
    /// The server that clients connect to, once it is up: its traffic is shown.
    var server: Server?
    /// Whether the node takes no new requests any more.
    var isDraining = false
  }

  /// How long the shards may take to say that they are there.
  private static let readinessMicrosecondsMax: UInt64 = 2_000_000

  let fleet: ShardFleet
  private let metrics: MetricRegistry
  private let start: Instant
  private let state = Lock(State())

  var registry: CollectionRegistry { fleet.registry }

  init(_ fleet: ShardFleet, _ metrics: MetricRegistry) {
    self.fleet = fleet
    self.metrics = metrics
    start = fleet.surroundings.clock.now()
    metrics.gauge("winnow_shard_map_epoch", help: "The epoch of the shard map.") {
      [publication = fleet.registry.publication] in
      Double(publication.map.epoch.rawValue)
    }
  }

  /// Whether the node takes no new requests any more.
  var isDraining: Bool { state.withLock { $0.isDraining } }

  /// The refusal of most requests while the node drains; `nil`: it does not drain.
  var refusal: WireError? {
    guard isDraining else { return nil }
    return WireError(
      .shuttingDown, retryAfterMilliseconds: 1000, message: "the coordinator drains: ask again when it is back")
  }

  /// The coordinator begins to drain.
  func drain() { state.withLock { $0.isDraining = true } }

  /// The server is up.
  func show(_ server: Server) { state.withLock { $0.server = server } }

  /// Microseconds since the start.
  var uptime: UInt64 { start.microseconds(until: fleet.surroundings.clock.now()) }

  // MARK: Requests

  /// Answers STATUS.
  func status(_ request: StatusRequest, _ inbound: InboundRequest) async -> StatusResponse {
    var status = await status(by: inbound.deadline)
    status.collections.removeAll { !inbound.principal.scope.sees($0.name) }
    return status
  }

  /// The state of the node, its collections, shards and links.
  func status(by deadline: Instant) async -> StatusResponse {
    let serving = registry.serving
    async let states = fleet.states(serving, by: deadline)
    let held = await fleet.holdings(serving, by: deadline)
    let identity = fleet.identity
    var status = StatusResponse(
      role: .coordinator, isDraining: isDraining, shard: nil, epoch: serving.map.epoch,
      uptimeMicroseconds: uptime, cluster: identity.clusterID, incarnation: identity.incarnation,
      build: identity.program)
    let instances = Array(serving.collections.values) + serving.others.values
    status.collections = instances.sorted { $0.key < $1.key }.map { collection in
      let parts = held.compactMap { $0?.first { $0.key == collection.key } }
      return .init(
        name: collection.name, generation: collection.generation, items: parts.reduce(0) { $0 &+ $1.items },
        memoryBytes: parts.reduce(0) { $0 &+ $1.memoryBytes }, model: collection.model?.model.id ?? 0)
    }
    status.shards = zip(zip(serving.peers, held), await states).map { shard, state in
      let (peer, held) = shard
      let identity = fleet.identity(of: peer)
      return .init(
        id: peer.id, slots: UInt16(clamping: peer.slots), state: Self.state(peer.caller.presence, state),
        missing: missing(peer, serving, answered: held != nil),
        items: (held ?? []).reduce(0) { $0 &+ $1.items }, incarnation: identity?.incarnation ?? .zero,
        address: peer.shard.address)
    }
    status.links = await links().map(StatusResponse.Link.init)
    status.members = serving.peers.flatMap { peer in
      (peer.members?.standings ?? []).map { standing in
        var member = StatusResponse.Member()
        (member.shard, member.address, member.lag) = (peer.id, standing.address, standing.lag)
        (member.isPrimary, member.isInSync) = (standing.isPrimary, standing.isInSync)
        (member.isConnected, member.term) = (standing.isConnected, standing.term)
        return member
      }
    }
    return status
  }

  /// Answers SHARD_MAP.
  func shardMap(_ request: ShardMapRequest, _ inbound: InboundRequest) throws(WireError) -> ShardMapResponse {
    guard case .read = request.step else {
      throw WireError(.unknownOpcode, fieldOffset: 0, message: "a coordinator's shard map is read, not installed")
    }
    return ShardMapResponse(map: registry.publication.map)
  }

  /// Answers METRICS.
  func metrics(_ request: MetricsRequest, _ inbound: InboundRequest) async -> MetricsResponse {
    MetricsResponse(text: await metricsText())
  }

  // MARK: Readiness

  /// What keeps the coordinator from answering queries in full, in words for people; nothing: it is ready.
  ///
  /// Ready means: it takes requests, every collection has a model that is loaded, and every shard of the map has
  /// answered just now and holds all items of its slots.
  func obstacles() async -> [String] {
    var obstacles: [String] = []
    if isDraining { obstacles.append("draining: it takes no new requests") }
    if let displacement = fleet.confirmations.displacement { obstacles.append(displacement.message) }
    if let words = fleet.confirmations.unknownWords { obstacles.append(words) }
    if let council = fleet.surroundings.council {
      if let refusal = council.refusal { obstacles.append(refusal.message) }
      if let wentBack = council.wentBack {
        obstacles.append("the metadata store went back: \(wentBack)")
      } else if let fault = council.fault {
        obstacles.append("the metadata store does not answer: \(fault.text)")
      }
    }
    let directory = fleet.surroundings.directory
    if !directory.isInPlace { obstacles.append(StorageError.gone(path: directory.path).text) }
    let serving = registry.serving
    if serving.collections.isEmpty { obstacles.append("there is no collection") }
    for collection in serving.collections.values.sorted(by: { $0.name < $1.name }) where collection.model == nil {
      let damage = registry.damage(collection).map { ": " + $0 } ?? ""
      obstacles.append("collection \(collection.name) has no model\(damage)")
    }
    let held = await fleet.holdings(serving, by: fleet.surroundings.later(Self.readinessMicrosecondsMax))
    for (peer, held) in zip(serving.peers, held) {
      guard let cause = missing(peer, serving, answered: held != nil) else { continue }
      let words = fleet.stranger(at: peer.id) ?? words(peer, cause)
      obstacles.append("shard \(peer.id.rawValue) at \(peer.shard.address): \(words)")
    }
    return obstacles
  }

  /// Why queries miss a shard, as closely as it is known.
  private func words(_ peer: Peer, _ cause: MissingCause) -> String {
    let unanswered = fleet.unanswered(peer)
    return switch peer.caller.presence {
    case .connecting: "connecting"
    case let presence where presence.isForeign:
      "it belongs to another cluster: give the coordinator the directory of that cluster, or other shards"
    case .up where cause == .timedOut && unanswered >= ShardFleet.unansweredMax:
      "up, does not answer: \(unanswered) requests in a row"
    default: cause.words
    }
  }

  // MARK: Metrics

  /// The traffic of each link, ascending by peer; that of the clients together.
  private func links() async -> [LinkTraffic] {
    var all: [LinkTraffic] = []
    for peer in fleet.peers { all.append(LinkTraffic(peer.shard.address, await peer.caller.traffic)) }
    let clients = await state.withLock { $0.server }?.snapshot().traffic
    all.append(LinkTraffic("clients", clients ?? Traffic()))
    return all.sorted { $0.peer < $1.peer }
  }

  /// All metrics in Prometheus' text format, with those that are not counted as they happen.
  func metricsText() async -> String {
    let links = await links()
    metrics.show(
      "winnow_link_bytes_total",
      help: "Payload bytes over a link, raw before compression and as they travelled (wire).",
      isCounter: true, links.flatMap(\.byteReadings))
    metrics.show(
      "winnow_link_compression_seconds_total", help: "Time that compression (out) and decompression (in) took.",
      isCounter: true, links.flatMap(\.compressionReadings))
    let serving = registry.serving
    // Shown as they stand: what was counted of a shard that has left the map would be told for ever.
    metrics.show(
      "winnow_shard_up", help: "Whether a shard can be asked.",
      serving.peers.map { (labels: $0.labels, value: $0.caller.presence.identity == nil ? 0 : 1) })
    let members = serving.peers.flatMap { peer in (peer.members?.standings ?? []).map { (peer, $0) } }
    metrics.show(
      "winnow_replica_in_sync",
      help: "Whether a member of a shard that can be asked holds all that was acknowledged.",
      members.map { (labels: $0.labels + [("address", $1.address)], value: $1.isInSync && $1.isConnected ? 1 : 0) })
    metrics.show(
      "winnow_replica_primary", help: "Whether a member of a shard orders its writes.",
      members.map { (labels: $0.labels + [("address", $1.address)], value: $1.isPrimary ? 1 : 0) })
    metrics.show(
      "winnow_replica_lag_records", help: "Records that a member of a shard lacks of the primary's.",
      members.map { (labels: $0.labels + [("address", $1.address)], value: Double($1.lag)) })
    metrics.show(
      "winnow_group_term", help: "How often a shard of several members has got a primary.",
      serving.peers.compactMap { peer in
        peer.members?.group.map { (labels: peer.labels, value: Double($0.term)) }
      })
    metrics.show(
      "winnow_shard_complete", help: "Whether a shard that can be asked holds all items of its slots.",
      serving.peers.filter { $0.caller.presence.identity != nil }.map {
        (labels: $0.labels, value: missing($0, serving, answered: true) == nil ? 1 : 0)
      })
    metrics.show(
      "winnow_shard_older", help: "Whether a shard's data is older than it was, and no feed has completed it.",
      serving.peers.map { peer in
        let isOlder = fleet.confirmations.isOlder(peer) && missing(peer, serving, answered: true) == .older
        return (labels: peer.labels, value: isOlder ? 1 : 0)
      })
    metrics.show(
      "winnow_coordinator_displaced", help: "Whether another coordinator has taken over the shards.",
      [(labels: [], value: fleet.confirmations.isDisplaced ? 1 : 0)])
    metrics.show(
      "winnow_catalogue_unknown_generations", help: "Generations that shards hold and the catalogue lacks.",
      [(labels: [], value: Double(fleet.confirmations.unknown.count))])
    metrics.show(
      "winnow_catalogue_older", help: "Whether shards know of a later catalogue than the coordinator's directory has.",
      [(labels: [], value: fleet.confirmations.isCatalogueOlder ? 1 : 0)])
    let collections = serving.collections.values
    metrics.show(
      "winnow_model_info", help: "1 for the model that serves a collection.",
      collections.map { collection in
        let model = collection.model.map { String($0.model.id, radix: 16) } ?? "none"
        return (labels: [("collection", collection.name), ("model", model)], value: 1)
      })
    metrics.show(
      "winnow_lexicon_bytes", help: "Bytes in memory of the lexicon by which a collection's queries are analysed.",
      collections.compactMap { collection in
        collection.model?.model.words.map {
          (labels: [("collection", collection.name)], value: Double($0.lexicon.memoryBytes))
        }
      })
    metrics.show(
      "winnow_generation", help: "The generation that serves a collection.",
      collections.map { (labels: [("collection", $0.name)], value: Double($0.generation.rawValue)) })
    metrics.show(
      "winnow_shard_unanswered", help: "Requests in a row to which a connected shard gave no answer.",
      fleet.peers.map { (labels: [("shard", "\($0.id.rawValue)")], value: Double(fleet.unanswered($0))) })
    let staged = registry.staged()
    metrics.show(
      "winnow_staged_seconds", help: "For how long a generation has been staged.",
      staged.map { (labels: [("collection", $0.key.name)], value: Double($0.age) / 1e6) })
    metrics.show(
      "winnow_staged_silent_seconds", help: "For how long nothing has been sent to a staged generation.",
      staged.map { (labels: [("collection", $0.key.name)], value: Double($0.silence) / 1e6) })
    return metrics.text()
  }

  private static func state(
    _ presence: ShardPresence, _ said: StatusResponse.State?
  ) -> StatusResponse.Shard.State {
    switch presence {
    case .up: .init(ofConnected: said)
    case .connecting: .connecting
    case .down: .down
    }
  }

  /// Why queries would miss a shard's slots now.
  func missing(_ peer: Peer, _ serving: Serving, answered: Bool) -> MissingCause? {
    guard let identity = fleet.identity(of: peer) else {
      return peer.caller.presence.isForeign ? .refused : .unreachable
    }
    guard fleet.stranger(at: peer.id) == nil else { return .otherShard }
    guard answered else { return .timedOut }
    let incomplete = serving.collections.values.first {
      !fleet.confirmations.isComplete($0, peer, incarnation: identity.incarnation)
    }
    return incomplete.map { fleet.confirmations.lack(of: peer, $0) }
  }
}

extension Peer {
  /// The labels of what is measured of the shard.
  fileprivate var labels: [MetricRegistry.Label] { [("shard", "\(id.rawValue)")] }
}
