import Placement
import Telemetry
import Transport
import Vocabulary
import Wire

/// The shards as the coordinator reaches them: who they are, what each of them knows, and how they are asked.
final class ShardFleet: Sendable {
  /// Makes the way to a shard.
  typealias MakeCaller = @Sendable (ShardMap.Shard, NodeIdentity) -> any ShardCaller

  /// What a shard knows: the incarnation that was given the collections, and the epoch of its map.
  struct Knowledge: Sendable {
    let incarnation: Bytes16
    var epoch: Epoch
  }

  struct State: Sendable {
    /// What each shard knows; no entry: the coordinator has to greet it.
    var knowledge: [ShardID: Knowledge] = [:]
    /// Transfers whose END a shard has not acknowledged. No entry: not greeted yet, so end all.
    var openEnds: [ShardID: Set<UInt64>] = [:]
    /// Shards whose data is another's, as they say it themselves.
    var strangers: [ShardID: String] = [:]
    /// Requests in a row to which a shard that is connected gave no answer.
    var unanswered: [ShardID: Int] = [:]
  }

  let surroundings: Coordinator.Surroundings
  let configuration: Coordinator.Configuration
  let home: MapHome
  let registry: CollectionRegistry
  let state = Lock(State())
  let confirmations: Confirmations
  let metrics: FleetMetrics
  /// Changes of the map, one at a time.
  let mapTurn: Gate
  /// Until then requests wait for shards that are just being connected to.
  let firstConnectionsEnd: Instant
  private let makeCaller: MakeCaller
  /// Shards that were added; `run` watches them.
  private let added = AsyncStream.makeStream(of: Peer.self, bufferingPolicy: .bufferingNewest(Limits.shardsMax))

  private static let firstConnectionsMicroseconds: UInt64 = 2_000_000

  /// The shards of the stored map, which serve from now on.
  init(
    _ surroundings: Coordinator.Surroundings, _ configuration: Coordinator.Configuration, _ home: MapHome,
    _ registry: CollectionRegistry, _ confirmed: ConfirmedStore, _ plans: AgreedValue<MovePlan?>,
    _ metrics: MetricRegistry,
    makeCaller: @escaping MakeCaller
  ) {
    self.surroundings = surroundings
    self.configuration = configuration
    self.home = home
    self.registry = registry
    confirmations = Confirmations(confirmed, registry, plans, surroundings)
    self.metrics = FleetMetrics(metrics)
    mapTurn = Gate(width: 1, lineMax: configuration.requestsWaitingMax, timers: surroundings.timers)
    firstConnectionsEnd = surroundings.later(Self.firstConnectionsMicroseconds)
    self.makeCaller = makeCaller
    let peers = peers(of: home.map)
    registry.publication.show(home.map, peers)
  }

  /// The shards of the map that serves now.
  var peers: [Peer] { registry.serving.peers }

  /// The coordinator's identity in handshakes and STATUS.
  var identity: NodeIdentity { identity(registry.publication.map) }

  private func identity(_ map: ShardMap) -> NodeIdentity {
    var identity = NodeIdentity(
      role: .coordinator, clusterID: Bytes16(map.clusterID) ?? .zero, incarnation: registry.incarnation,
      epoch: map.epoch, program: configuration.program)
    identity.claim = confirmations.claim
    return identity
  }

  /// The shards of a map; those that are known are reached as before.
  func peers(of map: ShardMap, adding added: Peer? = nil) -> [Peer] {
    let known = Dictionary(uniqueKeysWithValues: (peers + (added.map { [$0] } ?? [])).map { ($0.id, $0) })
    return zip(map.shards, map.slotCounts).map { shard, slots in
      if let peer = known[shard.id] { return Peer(shard: shard, slots: slots, caller: peer.caller, turn: peer.turn) }
      return makePeer(shard, slots: slots, identity(map))
    }
  }

  /// Serves a map from now on; a shard whose members are others than before is reached in another way.
  func show(_ map: ShardMap, _ peers: [Peer]) async {
    let known = Dictionary(uniqueKeysWithValues: self.peers.map { ($0.id, $0) })
    var (shown, renewed) = (peers, [Peer]())
    for (index, peer) in peers.enumerated() {
      guard let former = known[peer.id], former.shard.addresses != peer.shard.addresses else { continue }
      shown[index] = makePeer(peer.shard, slots: peer.slots, identity(map), former: former)
      await shown[index].caller.start()
      renewed.append(shown[index])
    }
    registry.publication.show(map, shown)
    for peer in renewed {
      known[peer.id]?.members?.retire()
      add(peer)
    }
  }

  /// A way to a shard.
  ///
  /// - Parameters:
  ///   - identity: What the coordinator says of itself; `nil`: what it is.
  ///   - former: How it was reached when it had other members; `nil`: it was not known before.
  func makePeer(
    _ shard: ShardMap.Shard, slots: Int = 0, _ identity: NodeIdentity? = nil, former: Peer? = nil
  ) -> Peer {
    let turn =
      former?.turn ?? Gate(width: 1, lineMax: configuration.requestsWaitingMax, timers: surroundings.timers)
    let identity = identity ?? self.identity
    guard !shard.replicas.isEmpty else {
      return Peer(shard: shard, slots: slots, caller: makeCaller(shard, identity), turn: turn)
    }
    let callers = shard.addresses.map { address in
      let others = shard.addresses.filter { $0 != address }
      return makeCaller(
        ShardMap.Shard(id: shard.id, address: address, weight: shard.weight, replicas: others), identity)
    }
    let members = ShardMembers(
      shard, surroundings, callers: callers, hedges: configuration.hedges ? metrics.hedges : nil, former: former)
    return Peer(shard: shard, slots: slots, caller: members, turn: turn)
  }

  // MARK: Watching

  /// Connects to the shards and watches them until the task is cancelled: a shard that comes, or comes back, gets the
  /// map and the collections.
  func run() async {
    let peers = peers
    _ = await withEach(peers) { await $0.caller.start() }
    await withDiscardingTaskGroup { group in
      for peer in peers { group.addTask { await self.watch(peer) } }
      for members in peers.compactMap(\.members) { group.addTask { await members.run() } }
      group.addTask { await self.keep() }
      for await peer in added.stream {
        group.addTask { await self.watch(peer) }
        if let members = peer.members { group.addTask { await members.run() } }
      }
    }
  }

  /// Watches a shard that has come into the map.
  func add(_ peer: Peer) { added.continuation.yield(peer) }

  /// Forgets a shard that has left the map.
  func remove(_ shard: ShardID) {
    state.withLock { state in
      (state.knowledge[shard], state.openEnds[shard]) = (nil, nil)
      (state.strangers[shard], state.unanswered[shard]) = (nil, nil)
    }
    confirmations.remove(shard)
  }

  /// Whose data a shard has, if that is another shard's.
  func stranger(at shard: ShardID) -> String? { state.withLock { $0.strangers[shard] } }

  /// Watches over a shard as long as the map has it, then ends its connections.
  private func watch(_ peer: Peer) async {
    var pause = configuration.watchMicroseconds
    var seen = ShardSight()
    var nextPosition = surroundings.clock.now()
    let addresses = peer.shard.addresses
    while !Task.isCancelled, peers.contains(where: { $0.id == peer.id && $0.shard.addresses == addresses }) {
      let isWell = await greetIfNeeded(peer)
      if let kind = seen.look(peer.caller.presence, isEmpty: isEmpty(peer)) {
        registry.events.note(kind, of: peer.id.subject, peer.shard.address)
      }
      if surroundings.clock.now() >= nextPosition {
        await notePosition(of: peer)
        nextPosition = surroundings.later(Self.positionMicroseconds)
      }
      // A shard that refuses is asked again, less and less often, with jitter.
      let slower = min(pause * 2, 2_000_000)
      pause = isWell ? configuration.watchMicroseconds : slower + surroundings.random.next() % (slower / 4 + 1)
      await surroundings.sleep(pause)
    }
    // With other members now: requests that have begun with these end with them.
    if peers.contains(where: { $0.id == peer.id }) {
      await surroundings.sleep(UInt64(Limits.budgetMicrosecondsMax))
    }
    await peer.caller.stop()
  }

  /// Whether a shard lacks items of its slots; `nil`: it is away, or not told everything yet.
  private func isEmpty(_ peer: Peer) -> Bool? {
    guard let incarnation = peer.caller.presence.identity?.incarnation,
      knowledge(of: peer)?.incarnation == incarnation
    else { return nil }
    return registry.serving.collections.values.contains { !$0.isComplete(peer.id, incarnation: incarnation) }
  }
}
