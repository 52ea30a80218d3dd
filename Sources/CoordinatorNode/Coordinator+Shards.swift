import Metadata
import Placement
import Telemetry
import Transport
import Vocabulary
import Wire

extension Coordinator {
  /// Connects to the shards and watches them until the task is cancelled: a shard that comes, or comes back, gets the
  /// map and the collections.
  package func run() async {
    let peers = peers
    _ = await withEach(peers) { await $0.caller.start() }
    await withDiscardingTaskGroup { group in
      for peer in peers { group.addTask { await self.watch(peer) } }
      group.addTask { await self.keepTidy() }
      group.addTask { await self.driveMoves() }
      for await peer in addedShards.stream { group.addTask { await self.watch(peer) } }
    }
  }

  /// Tells every shard that can be asked what it does not know yet.
  ///
  /// - Returns: how many shards know everything now.
  @discardableResult
  package func greetAll() async -> Int {
    _ = await withEach(peers) { await self.greetIfNeeded($0) }
    return reachable().count
  }

  /// Watches over a shard as long as the map has it, then ends its connections.
  private func watch(_ peer: Peer) async {
    let timers = surroundings.timers
    var pause = configuration.watchMicroseconds
    while !Task.isCancelled, peers.contains(where: { $0.shard.id == peer.shard.id }) {
      let isWell = await greetIfNeeded(peer)
      // A shard that refuses is asked again, less and less often, with jitter.
      let slower = min(pause * 2, 2_000_000)
      pause = isWell ? configuration.watchMicroseconds : slower + surroundings.random.next() % (slower / 4 + 1)
      await timers.sleep(until: timers.clock.now().advanced(microseconds: pause))
    }
    await peer.caller.stop()
  }

  /// - Returns: Whether the shard is as well as it can be: told everything, or away.
  private func greetIfNeeded(_ peer: Peer) async -> Bool {
    guard let identity = peer.caller.presence.identity else { return true }
    let (known, epoch) = (knowledge.withLock { $0[peer.shard.id] }, stored.withLock { $0.map.epoch })
    guard known.map({ $0.incarnation != identity.incarnation || $0.epoch < epoch }) ?? true else { return true }
    let deadline = surroundings.clock.now().advanced(microseconds: configuration.greetingMicrosecondsMax)
    do throws(WireError) {
      try await peer.turn.run(by: deadline) { () async throws(WireError) in
        try await greet(peer, by: deadline)
      }
      return true
    } catch {
      surroundings.log?.limited(
        by: "greet \(peer.shard.id.rawValue)", .warning, "a shard does not take the shard map or the collections",
        ["shard": LogValue(UInt64(peer.shard.id.rawValue)), "error": LogValue(error.code.name)])
      return false
    }
  }

  /// Tells a shard the map, the drops that it missed and the collections; call it in the shard's turn.
  ///
  /// - Throws: WRONG_CLUSTER, what the shard refuses with, NO_REPLICA if it cannot be asked.
  func greet(_ peer: Peer, by deadline: Instant) async throws(WireError) {
    let id = peer.shard.id
    guard let identity = peer.caller.presence.identity else { throw .unasked(peer) }
    let map = stored.withLock { $0.map }
    guard let index = map.index(of: id) else { return }
    if let known = knowledge.withLock({ $0[id] }), known.incarnation == identity.incarnation {
      guard known.epoch < map.epoch else { return }
      guard await tellMap(peer, by: deadline) else { throw .unasked(peer) }
      return
    }
    guard identity.clusterID == .zero || identity.clusterID == self.identity.clusterID else {
      throw WireError(
        .wrongCluster, errorClass: [.notExecuted], shard: UInt32(id.rawValue),
        message: "shard \(id.rawValue) belongs to another cluster")
    }
    var incarnations = [try await tell(peer, ShardMapRequest(.install(map, as: id)), by: deadline).incarnation]
    try await tellEnds(peer, by: deadline)
    try await tellDrops(peer, by: deadline)
    for (key, record) in catalogue.current.instances {
      // A staged generation on a shard that lost it cannot serve: a write to it has to fail.
      if catalogue.current.collections[key.name]?.staged?.generation == key.generation { continue }
      let request = CollectionCreateRequest(generation: key.generation, name: key.name, schema: record.schema)
      let answer = try await tell(peer, request, by: deadline)
      incarnations.append(answer.incarnation)
      if answer.reply.isCreated, record.complete[id] == answer.incarnation {
        // It says that its data is the same, but the collection was gone.
        try catalogue.update { $0.collections[key.name]?.update(key.generation) { $0.complete[id] = nil } }
        publish()
      }
    }
    // If it restarted meanwhile, another greeting follows.
    guard incarnations.allSatisfy({ $0 == identity.incarnation }) else { throw .unasked(peer) }
    if map.slotCounts[index] == 0 {
      // All of nothing: slots come to it item by item.
      try noteComplete(id, identity.incarnation)
    }
    knowledge.withLock { $0[id] = ShardKnowledge(incarnation: identity.incarnation, epoch: map.epoch) }
    surroundings.log?(
      .info, "a shard is up", ["shard": LogValue(UInt64(id.rawValue)), "address": LogValue(peer.shard.address)])
  }

  /// Tells a shard the drops that it missed, but for generations that a query uses.
  private func tellDrops(_ peer: Peer, by deadline: Instant) async throws(WireError) {
    for key in (catalogue.current.pendingDrops[peer.shard.id] ?? []).sorted() where !isInUse(key) {
      try await tellDrop(peer, key, by: deadline)
    }
  }

  /// Tells a shard to drop an instance, and notes that it has.
  ///
  /// - Returns: items removed.
  @discardableResult
  func tellDrop(_ peer: Peer, _ key: InstanceKey, by deadline: Instant) async throws(WireError) -> UInt64 {
    var removed: UInt64 = 0
    do throws(WireError) {
      let request = CollectionDropRequest(generation: key.generation, name: key.name)
      removed = try await tell(peer, request, by: deadline).reply.itemsRemoved
    } catch {
      guard error.code == .unknownCollection else { throw error }
    }
    try catalogue.update { $0.forgetDrop(of: key, on: peer.shard.id) }
    return removed
  }

  /// Asks a shard for something that it has to do.
  ///
  /// - Throws: what it refuses with; NO_REPLICA if it does not answer.
  func tell<Request: RequestMessage>(
    _ peer: Peer, _ request: Request, by deadline: Instant
  ) async throws(WireError) -> Answer<Request.Reply> {
    let epoch = serving.withLock { $0.map.epoch }
    do throws(CallError) { return try await askOnce(peer, request, epoch: epoch, by: deadline) } catch {
      guard case .refused(let refusal) = error, !refusal.errorClass.contains(.retriable) else { throw .unasked(peer) }
      throw refusal
    }
  }

  /// Makes what the catalogue says, and the models that are loaded, visible to requests in one step.
  func publish() {
    publication.withLock { _ in
      let catalogue = catalogue.current
      let models = loadedModels.withLock { $0 }
      var collections: [String: ServingCollection] = [:]
      var others: [InstanceKey: ServingCollection] = [:]
      for (name, collection) in catalogue.collections {
        for record in collection.records {
          let instance = ServingCollection(
            name: name, generation: record.generation, schema: record.schema,
            model: record.modelHash.flatMap { models[$0] }, complete: record.complete,
            staged: collection.staged?.generation)
          if record.generation == collection.active.generation {
            collections[name] = instance
          } else {
            others[InstanceKey(name: name, generation: record.generation)] = instance
          }
        }
      }
      serving.withLock { serving in
        serving.collections = collections
        serving.others = others
      }
    }
  }
}

extension WireError {
  /// A shard that has to be asked cannot be.
  static func unasked(_ peer: Coordinator.Peer) -> WireError {
    WireError(
      .noReplica, shard: UInt32(peer.shard.id.rawValue), retryAfterMilliseconds: 200,
      message: "shard \(peer.shard.id.rawValue) cannot be asked")
  }
}
