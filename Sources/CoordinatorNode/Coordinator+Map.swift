import Metadata
import Placement
import Telemetry
import Transport
import Vocabulary
import Wire

extension Coordinator {
  /// The outcome of a write to the store of the map.
  private enum Commitment {
    case done(StoredShardMap)
    /// The store holds another map than ours.
    case lost
    /// The store cannot say whether the map is there.
    case unknown
  }

  /// How long the coordinator waits for shards to take a map before it serves; a slower shard gets the map with its
  /// next request.
  private static let tellingMicrosecondsMax: UInt64 = 500_000
  /// Fewer than the earlier epochs that shards still answer.
  private static let epochsKept: UInt32 = 12
  /// How long to wait before the store is asked again.
  private static let readBackMicroseconds: UInt64 = 100_000

  /// The shards of a map; those that are known are reached as before.
  func peers(of map: ShardMap, adding added: Peer? = nil) -> [Peer] {
    let known = Dictionary(
      uniqueKeysWithValues: (peers + (added.map { [$0] } ?? [])).map { ($0.shard.id, $0) })
    let identity = NodeIdentity(
      role: .coordinator, clusterID: Bytes16(map.clusterID) ?? .zero, incarnation: incarnation, epoch: map.epoch,
      program: configuration.program)
    return zip(map.shards, map.slotCounts).map { shard, slots in
      if let peer = known[shard.id] { return Peer(shard: shard, slots: slots, caller: peer.caller, turn: peer.turn) }
      return makePeer(shard, slots: slots, identity)
    }
  }

  /// A way to a shard that was not known before.
  func makePeer(_ shard: ShardMap.Shard, slots: Int, _ identity: NodeIdentity) -> Peer {
    let turn = Gate(width: 1, lineMax: configuration.requestsWaitingMax, timers: surroundings.timers)
    return Peer(shard: shard, slots: slots, caller: makeCaller(shard, identity), turn: turn)
  }

  /// Makes a map the cluster's: durable in its store first, then told to the shards, then served.
  ///
  /// A request ends with the map that it began with. Shards answer the last 12 epochs, so this waits until no request
  /// uses an older one. Once the store has the map there is no way back; as long as the store cannot say whether it has
  /// it, the coordinator asks it again and this does not return.
  /// - Throws: EXPIRED_IN_QUEUE if a request still uses an older map at the deadline; METADATA_UNAVAILABLE, CONFLICT.
  ///   In each case nothing has changed.
  ///
  /// - Parameter first: Shards that get the map before the others, one after the other: the shard that takes slots,
  ///   then the shard that gives them.
  func change(
    to map: ShardMap, tellingFirst first: [ShardID] = [], adding added: Peer? = nil, by deadline: Instant
  ) async throws(WireError) {
    try await awaitOldRequests(after: 0, by: deadline)
    let expected = stored.withLock { $0 }
    var commitment = await commit(map, over: expected)
    while case .unknown = commitment {
      surroundings.log?.limited(by: "read back", .error, "the store of the shard map does not say what it holds", [:])
      await surroundings.timers.sleep(
        until: surroundings.clock.now().advanced(microseconds: Self.readBackMicroseconds))
      commitment = await readBack(map, over: expected)
    }
    guard case .done(let new) = commitment else {
      throw WireError(.metadataUnavailable, retryAfterMilliseconds: 1000, message: "the shard map was not written")
    }
    stored.withLock { $0 = new }
    let end = surroundings.clock.now().advanced(microseconds: Self.tellingMicrosecondsMax)
    let known = knowledge.withLock { $0 }
    let next = peers(of: map, adding: added)
    for id in first { for peer in next where peer.shard.id == id { await tellMap(peer, by: end) } }
    let others = next.filter { known[$0.shard.id] != nil && !first.contains($0.shard.id) }
    _ = await withEach(others) { await self.tellMap($0, by: end) }
    publication.withLock { _ in
      serving.withLock { serving in
        serving.map = map
        serving.peers = next
      }
    }
    surroundings.log?(.info, "a shard map serves", ["epoch": LogValue(map.epoch.rawValue)])
  }

  /// Waits until every request has ended whose epoch shards will no longer answer.
  ///
  /// - Parameter changes: Further changes of the map after the next one that need not wait.
  /// - Throws: EXPIRED_IN_QUEUE.
  func awaitOldRequests(after changes: UInt32, by deadline: Instant) async throws(WireError) {
    let newest = stored.withLock { $0.map.epoch.rawValue } + changes
    let epoch = Epoch(newest > Self.epochsKept ? newest - Self.epochsKept : 0)
    while epochLeases.withLock({ $0.keys.contains { $0 < epoch } }) {
      let now = surroundings.clock.now()
      guard now < deadline else {
        throw WireError(.expiredInQueue, message: "a request still works with an older shard map")
      }
      await surroundings.timers.sleep(until: min(deadline, now.advanced(microseconds: 1000)))
    }
  }

  /// Gives a shard that knows all else the newest map.
  ///
  /// - Returns: Whether it has it now.
  @discardableResult
  func tellMap(_ peer: Peer, by deadline: Instant) async -> Bool {
    let map = stored.withLock { $0.map }
    guard map.index(of: peer.shard.id) != nil else { return false }
    do throws(CallError) {
      let request = ShardMapRequest(.install(map, as: peer.shard.id))
      let answer = try await askOnce(peer, request, epoch: map.epoch, by: deadline)
      return knowledge.withLock { knowledge in
        guard let known = knowledge[peer.shard.id], known.incarnation == answer.incarnation else { return false }
        knowledge[peer.shard.id]?.epoch = max(known.epoch, map.epoch)
        return true
      }
    } catch {
      return false
    }
  }

  /// A shard holds every item of its slots.
  func noteComplete(_ shard: ShardID, _ incarnation: Bytes16) throws(WireError) {
    try catalogue.update { catalogue in
      for (key, record) in catalogue.instances where record.complete[shard] != incarnation {
        catalogue.collections[key.name]?.update(key.generation) { $0.complete[shard] = incarnation }
      }
    }
    publish()
  }

  private func commit(_ map: ShardMap, over expected: StoredShardMap) async -> Commitment {
    do throws(ShardMapStoreError) {
      return .done(try await surroundings.mapStore.compareAndSet(map, expected: expected.revision))
    } catch {
      // Even a conflict may be with our own write, whose answer was lost.
      return await readBack(map, over: expected)
    }
  }

  private func readBack(_ map: ShardMap, over expected: StoredShardMap) async -> Commitment {
    do throws(ShardMapStoreError) {
      guard let found = try await surroundings.mapStore.get() else { return .lost }
      if found.map == map { return .done(found) }
      if found.map == expected.map { stored.withLock { $0 = found } }
      return .lost
    } catch {
      return .unknown
    }
  }
}
