import Placement
import Telemetry
import Transport
import Vocabulary
import Wire

extension ShardFleet {
  /// How long the coordinator waits for shards to take a map before it serves; a slower shard gets the map with its
  /// next request.
  private static let tellingMicrosecondsMax: UInt64 = 500_000

  func knowledge(of peer: Peer) -> Knowledge? { state.withLock { $0.knowledge[peer.id] } }

  /// Shards may have missed something, or lost it: their watches greet them.
  func mustGreet(_ peers: [Peer]) {
    state.withLock { state in for peer in peers { state.knowledge[peer.id] = nil } }
  }

  // MARK: Greeting

  /// - Returns: Whether the shard is as well as it can be: told everything, or away.
  func greetIfNeeded(_ peer: Peer) async -> Bool {
    guard let identity = identity(of: peer), !confirmations.isDisplaced else { return true }
    let (known, epoch) = (knowledge(of: peer), home.map.epoch)
    guard known.map({ $0.incarnation != identity.incarnation || $0.epoch < epoch }) ?? true else { return true }
    do throws(WireError) {
      try await greetInTurn(peer, by: surroundings.later(configuration.greetingMicrosecondsMax))
      return true
    } catch {
      surroundings.log?.limited(
        by: "greet \(peer.id.rawValue)", .warning, "a shard does not take the shard map or the collections",
        [
          "shard": LogValue(UInt64(peer.id.rawValue)), "error": LogValue(error.code.name),
          "reason": .text(error.message),
        ])
      return false
    }
  }

  func greetInTurn(_ peer: Peer, by deadline: Instant) async throws(WireError) {
    try await peer.turn.run(by: deadline) { () async throws(WireError) in try await greet(peer, by: deadline) }
  }

  /// Tells a shard the map, the drops that it missed and the collections; call it in the shard's turn.
  ///
  /// - Throws: WRONG_CLUSTER, what the shard refuses with, NO_REPLICA if it cannot be asked.
  func greet(_ peer: Peer, by deadline: Instant) async throws(WireError) {
    let id = peer.id
    await awaitFirstConnection(peer, by: deadline)
    guard let identity = identity(of: peer) else { throw .unasked(peer) }
    if let displacement = confirmations.displacement { throw displacement }
    if identity.clusterID == self.identity.clusterID, identity.epoch > home.map.epoch {
      try await takeMap(of: peer, by: deadline)
    }
    let map = home.map
    guard let index = map.index(of: id) else { return }
    if let known = knowledge(of: peer), known.incarnation == identity.incarnation {
      guard known.epoch < map.epoch else { return }
      guard await tellMap(peer, by: deadline) else { throw .unasked(peer) }
      return
    }
    guard identity.clusterID == .zero || identity.clusterID == self.identity.clusterID else {
      throw WireError(
        .wrongCluster, errorClass: [.notExecuted], shard: UInt32(id.rawValue),
        message: "shard \(id.rawValue) belongs to another cluster")
    }
    // Before anything is done that an older copy of the directory would do.
    await notePosition(of: peer)
    var incarnations = [try await tellPlace(peer, map, by: deadline)]
    // Of several coordinators only the chair says what a shard has to hold and to end.
    guard surroundings.council?.holdsChair ?? true else {
      guard incarnations == [identity.incarnation] else { throw .unasked(peer) }
      state.withLock { $0.knowledge[id] = Knowledge(incarnation: identity.incarnation, epoch: map.epoch) }
      return
    }
    try await FollowedShards(fleet: self).dropNames(of: peer, identity.incarnation)
    try await tellEnds(peer, by: deadline)
    try await compareCatalogue(of: peer, by: deadline)
    try await tellDrops(peer, by: deadline)
    for (key, record) in registry.catalogue.instances {
      // A staged generation on a shard that lost it cannot serve: a write to it has to fail.
      if registry.catalogue.collections[key.name]?.staged?.generation == key.generation { continue }
      let request = CollectionCreateRequest(generation: key.generation, name: key.name, schema: record.schema)
      let answer = try await tell(peer, request, by: deadline)
      incarnations.append(answer.incarnation)
      if answer.reply.isCreated, record.complete[id] == answer.incarnation {
        // It says that its data is the same, but the collection was gone.
        try await registry.update { $0.collections[key.name]?.update(key.generation) { $0.complete[id] = nil } }
      }
    }
    // If it restarted meanwhile, another greeting follows.
    guard incarnations.allSatisfy({ $0 == identity.incarnation }) else { throw .unasked(peer) }
    if map.slotCounts[index] == 0 {
      // All of nothing: slots come to it item by item.
      try await registry.noteComplete(id, identity.incarnation)
    }
    state.withLock { $0.knowledge[id] = Knowledge(incarnation: identity.incarnation, epoch: map.epoch) }
    await notePosition(of: peer)
    surroundings.log?(
      .info, "a shard is up", ["shard": LogValue(UInt64(id.rawValue)), "address": LogValue(peer.shard.address)])
  }

  /// Tells a shard the map and its place in it. A shard whose data is another's refuses that, and says whose it is.
  private func tellPlace(_ peer: Peer, _ map: ShardMap, by deadline: Instant) async throws(WireError) -> Bytes16 {
    let (id, before) = (peer.id, peer.caller.presence.identity)
    do throws(WireError) {
      let incarnation = try await tell(peer, ShardMapRequest(.install(map, as: id)), by: deadline).incarnation
      state.withLock { $0.strangers[id] = nil }
      noteMap(map.epoch, of: peer, since: before)
      return incarnation
    } catch {
      if error.code == .conflict { state.withLock { $0.strangers[id] = error.message } }
      throw error
    }
  }

  // MARK: The map

  /// Makes the map of a shard the cluster's: it is newer than the coordinator's, whose directory is an older copy.
  private func takeMap(of peer: Peer, by deadline: Instant) async throws(WireError) {
    if let council = surroundings.council { return try await FollowedShards(fleet: self).takeMap(of: peer, council) }
    let added = try await mapTurn.run(by: deadline) { () async throws(WireError) -> [Peer] in
      let own = home.map
      guard let map = try await tell(peer, ShardMapRequest(.read), by: deadline).reply.map,
        map.clusterID == own.clusterID, map.epoch > own.epoch
      else { return [] }
      try await home.commit(map)
      let (known, peers) = (Set(peers.map(\.id)), peers(of: map))
      await show(map, peers)
      surroundings.log?(
        .warning, "a shard has a newer shard map than the coordinator's directory: it counts from now on",
        [
          "shard": LogValue(peer.id.rawValue), "epoch": LogValue(map.epoch.rawValue),
          "own": LogValue(own.epoch.rawValue),
        ])
      return peers.filter { !known.contains($0.id) }
    }
    for peer in added {
      await peer.caller.start()
      add(peer)
    }
  }

  /// Gives the shards that know all else the newest map, as far as there is time.
  ///
  /// - Parameter first: These before the others, one after the other.
  func tellMap(to peers: [Peer], first: [ShardID]) async {
    let end = surroundings.later(Self.tellingMicrosecondsMax)
    let known = state.withLock { $0.knowledge }
    for id in first { for peer in peers where peer.id == id { await tellMap(peer, by: end) } }
    let others = peers.filter { known[$0.id] != nil && !first.contains($0.id) }
    _ = await withEach(others) { await self.tellMap($0, by: end) }
  }

  /// Gives a shard that knows all else the newest map.
  ///
  /// - Returns: Whether it has it now.
  @discardableResult
  func tellMap(_ peer: Peer, by deadline: Instant) async -> Bool {
    let map = home.map
    guard map.index(of: peer.id) != nil else { return false }
    let before = peer.caller.presence.identity
    do throws(CallError) {
      let request = ShardMapRequest(.install(map, as: peer.id))
      let answer = try await askOnce(peer, request, epoch: map.epoch, by: deadline)
      noteMap(map.epoch, of: peer, since: before)
      return state.withLock { state in
        guard let known = state.knowledge[peer.id], known.incarnation == answer.incarnation else { return false }
        state.knowledge[peer.id]?.epoch = max(known.epoch, map.epoch)
        return true
      }
    } catch {
      return false
    }
  }

  /// A shard has a map for good.
  private func noteMap(_ epoch: Epoch, of peer: Peer, since before: NodeIdentity?) {
    guard let before else { return }
    confirmations.confirm(peer, since: before, epoch: epoch)
  }

  // MARK: Drops

  /// Tells a shard the drops that it missed, but for generations that a query uses.
  private func tellDrops(_ peer: Peer, by deadline: Instant) async throws(WireError) {
    let drops = registry.catalogue.pendingDrops[peer.id] ?? []
    for key in drops.sorted() where !registry.publication.isInUse(key) {
      try await tellDrop(peer, key, by: deadline)
    }
  }

  /// Tells a shard to drop an instance, and notes that it has.
  ///
  /// - Returns: items removed.
  @discardableResult
  private func tellDrop(_ peer: Peer, _ key: InstanceKey, by deadline: Instant) async throws(WireError) -> UInt64 {
    var removed: UInt64 = 0
    do throws(WireError) {
      let request = CollectionDropRequest(generation: key.generation, name: key.name)
      removed = try await tell(peer, request, by: deadline).reply.itemsRemoved
    } catch {
      guard error.code == .unknownCollection else { throw error }
    }
    try await registry.update { $0.forgetDrop(of: key, on: peer.id) }
    return removed
  }

  /// Tells a shard to drop an instance; if it cannot be told, its next greeting does it.
  ///
  /// - Returns: items removed.
  @discardableResult
  func dropInTurn(_ peer: Peer, _ key: InstanceKey, by deadline: Instant) async -> UInt64 {
    do throws(WireError) {
      return try await peer.turn.run(by: deadline) { () async throws(WireError) in
        try await tellDrop(peer, key, by: deadline)
      }
    } catch {
      mustGreet([peer])
      return 0
    }
  }

  // MARK: Transfers

  /// Ends a transfer at a shard; one that cannot be told now is told when it is greeted.
  func end(_ transfer: UInt64, at peer: Peer) async {
    state.withLock { _ = $0.openEnds[peer.id, default: [0]].insert(transfer) }
    let end = surroundings.later(configuration.greetingMicrosecondsMax)
    do throws(WireError) { try await tellEnds(peer, by: end) } catch { mustGreet([peer]) }
  }

  /// Tells a shard which transfers are over: at the first time all, since an earlier coordinator may have left one.
  private func tellEnds(_ peer: Peer, by deadline: Instant) async throws(WireError) {
    let id = peer.id
    let ends = state.withLock { $0.openEnds[id] ?? [0] }
    for transfer in ends.sorted() {
      do throws(CallError) {
        _ = try await askOnce(
          peer, TransferRequest(transfer: transfer, step: .end), epoch: home.map.epoch, by: deadline)
      } catch {
        throw .unasked(peer)
      }
      state.withLock { _ = $0.openEnds[id, default: ends].remove(transfer) }
    }
  }
}
