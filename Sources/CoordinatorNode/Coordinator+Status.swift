import Placement
import Ranking
import Telemetry
import Transport
import Vocabulary
import Wire

extension Coordinator {
  /// Answers STATUS.
  func status(by deadline: Instant) async -> StatusResponse {
    let serving = serving.withLock { $0 }
    let held = await holdings(serving, by: deadline)
    var status = StatusResponse(
      role: .coordinator, isDraining: isDraining.withLock { $0 }, shard: nil, epoch: serving.map.epoch,
      uptimeMicroseconds: start.microseconds(until: surroundings.clock.now()), cluster: identity.clusterID,
      incarnation: incarnation, build: configuration.program)
    let instances = Array(serving.collections.values) + serving.others.values
    status.collections = instances.sorted { $0.key < $1.key }.map { collection in
      let parts = held.compactMap {
        $0?.first { $0.name == collection.name && $0.generation == collection.generation }
      }
      return .init(
        name: collection.name, generation: collection.generation, items: parts.reduce(0) { $0 &+ $1.items },
        memoryBytes: parts.reduce(0) { $0 &+ $1.memoryBytes }, model: collection.model?.model.id ?? 0)
    }
    status.shards = zip(serving.peers, held).map { peer, held in
      let identity = peer.caller.presence.identity
      return .init(
        id: peer.shard.id, slots: UInt16(clamping: peer.slots), state: Self.state(peer.caller.presence),
        missing: Self.missing(peer, serving, answered: held != nil),
        items: (held ?? []).reduce(0) { $0 &+ $1.items }, incarnation: identity?.incarnation ?? .zero,
        address: peer.shard.address)
    }
    status.links = await links().map(StatusResponse.Link.init)
    return status
  }

  /// The traffic of each link, ascending by peer; that of the clients together.
  private func links() async -> [LinkTraffic] {
    var all: [LinkTraffic] = []
    for peer in peers { all.append(LinkTraffic(peer.shard.address, await peer.caller.traffic)) }
    let clients = await server.withLock { $0 }?.snapshot().traffic
    all.append(LinkTraffic("clients", clients ?? Traffic()))
    return all.sorted { $0.peer < $1.peer }
  }

  /// All metrics in Prometheus' text format.
  package func metricsText() async -> String {
    await readLinks()
    return registry.text()
  }

  /// Takes the readings that are not counted as they happen.
  private func readLinks() async {
    let links = await links()
    registry.show(
      "winnow_link_bytes_total",
      help: "Payload bytes over a link, raw before compression and as they travelled (wire).",
      isCounter: true, links.flatMap(\.byteReadings))
    registry.show(
      "winnow_link_compression_seconds_total", help: "Time that compression (out) and decompression (in) took.",
      isCounter: true, links.flatMap(\.compressionReadings))
    let collections = serving.withLock { $0 }.collections.values
    registry.show(
      "winnow_model_info", help: "1 for the model that serves a collection.",
      collections.map { collection in
        let model = collection.model.map { String($0.model.id, radix: 16) } ?? "none"
        return (labels: [("collection", collection.name), ("model", model)], value: 1)
      })
    registry.show(
      "winnow_generation", help: "The generation that serves a collection.",
      collections.map { (labels: [("collection", $0.name)], value: Double($0.generation.rawValue)) })
  }

  private static func state(_ presence: ShardPresence) -> StatusResponse.Shard.State {
    switch presence {
    case .up: .up
    case .connecting: .connecting
    case .down: .down
    }
  }

  /// Why queries would miss a shard's slots now.
  static func missing(_ peer: Peer, _ serving: Serving, answered: Bool) -> MissingCause? {
    guard let identity = peer.caller.presence.identity else { return .unreachable }
    guard answered else { return .timedOut }
    let isComplete = serving.collections.values.allSatisfy {
      $0.isComplete(peer.shard.id, incarnation: identity.incarnation)
    }
    return isComplete ? nil : .restartedEmpty
  }

  /// Gauges whose readings are taken when metrics are asked for.
  func registerGauges() {
    for peer in peers { registerGauge(of: peer) }
    registerMoveGauges()
    registry.gauge("winnow_queries_in_work", help: "Queries that are being worked on.") { [queries] in
      Double(queries.load.inWork)
    }
    registry.gauge("winnow_queries_waiting", help: "Queries that wait to be worked on.") { [queries] in
      Double(queries.load.waiting)
    }
    registry.gauge("winnow_queries_in_work_limit", help: "Queries that may be in work now.") { [queries] in
      Double(queries.inWorkLimit)
    }
    registry.gauge(
      "winnow_overloaded", help: "Whether queries are refused because those that wait, wait too long."
    ) { [queries] in queries.isOverloaded ? 1 : 0 }
    registry.gauge(
      "winnow_query_depth_share", help: "The share of the depth asked for that queries get which allow less."
    ) { [queries] in queries.depthShare }
    registry.gauge("winnow_shard_map_epoch", help: "The epoch of the shard map.") { [serving] in
      Double(serving.withLock { $0.map.epoch.rawValue })
    }
  }

  /// How far the present move of slots is, or the last one.
  func registerMoveGauges() {
    registry.gauge("winnow_move_plan_slots", help: "Slots of the present plan of moves, or the last one; 0: none yet.")
    {
      [progress] in Double(progress.withLock { $0.slots })
    }
    registry.gauge("winnow_move_plan_slots_moved", help: "Those of them that belong to their new shard.") {
      [progress] in Double(progress.withLock { $0.slotsMoved })
    }
    registry.gauge("winnow_move_stopped", help: "1 if moves have failed too often and wait for an operator.") {
      [progress] in progress.withLock { $0.isStopped } ? 1 : 0
    }
  }

  /// Whether a shard can be asked; 0 once it is not of the map any more.
  func registerGauge(of peer: Peer) {
    registry.gauge(
      "winnow_shard_up", help: "Whether a shard can be asked.", labels: [("shard", "\(peer.shard.id.rawValue)")]
    ) { [serving, id = peer.shard.id] in
      // Not `peer`: its connections must go with it.
      serving.withLock { $0.peers }.contains { $0.shard.id == id && $0.caller.presence.identity != nil } ? 1 : 0
    }
  }
}
