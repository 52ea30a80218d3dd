import Telemetry
import Transport
import Vocabulary
import Wire

/// Makes generations of collections on every shard, and removes those that have had their time.
struct InstanceKeeper: Sendable {
  let fleet: ShardFleet
  let administration: Administration

  private var registry: CollectionRegistry { fleet.registry }
  private var surroundings: Coordinator.Surroundings { fleet.surroundings }
  private var configuration: Coordinator.Configuration { fleet.configuration }

  // MARK: On every shard, or on none

  /// Makes an empty instance of a new generation on every shard.
  ///
  /// - Parameter enter: Puts the instance into the catalogue. Until then the shards are to drop it.
  /// - Returns: its number, and for each shard the incarnation that has it now.
  func make(
    _ name: String, _ schema: CollectionSchema, by deadline: Instant,
    enter: (inout CollectionCatalogue, CollectionCatalogue.Record) -> Void
  ) async throws(WireError) -> CollectionCatalogue.Record {
    let generation = try await registry.update { (catalogue) throws(WireError) in try catalogue.takeGeneration() }
    let key = InstanceKey(name: name, generation: generation)
    let request = CollectionCreateRequest(generation: generation, name: name, schema: schema)
    let end = fleet.gatherEnd(fleet.bounded(deadline))
    let peers = fleet.peers
    let results = await fleet.tryEach(peers) { (peer) async throws(WireError) in
      try await peer.turn.run(by: end) { () async throws(WireError) in
        try await fleet.greet(peer, by: end)
        // The drop is noted before the instance may exist: it undoes a creation that is not finished, for any reason.
        try await registry.update { $0.noteDrop(of: key, on: peer.id) }
        return try await fleet.tell(peer, request, by: end)
      }
    }
    var complete: [ShardID: Bytes16] = [:]
    var failure: WireError?
    for (peer, result) in zip(peers, results) {
      switch result {
      case .success(let answer): complete[peer.id] = answer.incarnation
      case .failure(let error): failure = failure ?? error
      }
    }
    guard let failure else {
      let record = CollectionCatalogue.Record(generation: generation, schema: schema, complete: complete)
      let peers = fleet.peers
      try await registry.update { catalogue in
        enter(&catalogue, record)
        for peer in peers { catalogue.forgetDrop(of: key, on: peer.id) }
      }
      return record
    }
    // Undone until a repeat succeeds: by shards that answer now, by the others when they are greeted again.
    fleet.mustGreet(peers.filter { complete[$0.id] == nil })
    let last = fleet.bounded(deadline)
    _ = await fleet.withEach(peers.filter { complete[$0.id] != nil }) { peer in
      await fleet.dropInTurn(peer, key, by: last)
    }
    throw failure
  }

  /// Tells every shard to drop instances that the catalogue has forgotten.
  ///
  /// - Returns: items removed.
  @discardableResult
  func drop(_ keys: [InstanceKey], by deadline: Instant) async -> UInt64 {
    registry.forgetUse { keys.contains($0) }
    var removed: UInt64 = 0
    for key in keys {
      let end = fleet.gatherEnd(fleet.bounded(deadline))
      let counts = await fleet.withEach(fleet.peers) { peer in await fleet.dropInTurn(peer, key, by: end) }
      removed = counts.reduce(removed, &+)
    }
    registry.pruneModels()
    return removed
  }

  /// Takes a staged or a previous generation out of the catalogue, then from the shards once no query uses it.
  ///
  /// - Throws: OVERLOADED if a query used it to the end; the housekeeping removes it then.
  func remove(_ key: InstanceKey, by deadline: Instant) async throws(WireError) {
    let (peers, now) = (fleet.peers, surroundings.wallTime)
    try await registry.update { catalogue in
      if catalogue.collections[key.name]?.staged?.generation == key.generation {
        catalogue.collections[key.name]?.staged = nil
      }
      if catalogue.collections[key.name]?.previous?.generation == key.generation {
        catalogue.collections[key.name]?.previous = nil
      }
      catalogue.endExperiment(without: key, at: now)
      for peer in peers { catalogue.noteDrop(of: key, on: peer.id) }
    }
    registry.forgetUse { $0 == key }
    let end = fleet.bounded(deadline)
    while registry.publication.isInUse(key) {
      guard surroundings.clock.now() < end else {
        throw WireError(.overloaded, retryAfterMilliseconds: 1000, message: "a query still uses the old generation")
      }
      await surroundings.sleep(configuration.watchMicroseconds, until: end)
    }
    await drop([key], by: deadline)
    surroundings.log?(
      .info, "a generation is removed",
      ["collection": LogValue(key.name), "generation": LogValue(UInt64(key.generation.rawValue))])
  }

  // MARK: Housekeeping

  /// Collects unused generations at intervals, until the task is cancelled.
  func run() async {
    while !Task.isCancelled {
      await surroundings.sleep(configuration.tidyMicroseconds)
      do throws(WireError) {
        try await tidy(by: surroundings.later(configuration.greetingMicrosecondsMax))
      } catch {
        surroundings.log?.limited(
          by: "tidy", .warning, "an old generation could not be removed", ["error": LogValue(error.code.name)])
      }
    }
  }

  /// Removes staged generations that nothing was sent to for long, and previous ones that were kept for long; tells
  /// shards the drops that had to wait for a query.
  func tidy(by deadline: Instant) async throws(WireError) {
    try await administration.run(by: deadline) { () async throws(WireError) in
      // All generations go with the slots; none may go away meanwhile.
      guard surroundings.administers, !administration.isMoving, !fleet.confirmations.isDisplaced else { return }
      let now = surroundings.clock.now()
      for (name, collection) in registry.catalogue.collections.sorted(by: { $0.key < $1.key }) {
        for (record, patience, kind) in [
          (collection.staged, configuration.stagedMicrosecondsMax, ClusterEvent.Kind.stageGivenUp),
          (collection.previous, configuration.previousMicrosecondsMax, .generationRemoved),
        ] {
          guard let record else { continue }
          let key = InstanceKey(name: name, generation: record.generation)
          if kind == .generationRemoved, collection.experiment?.needs(key.generation) == true { continue }
          let since = registry.unusedSince(key, or: now)
          guard since.microseconds(until: now) >= patience, !registry.publication.isInUse(key) else { continue }
          registry.events.note(
            kind, of: name, "generation \(key.generation.rawValue): unused for \(patience / 1_000_000) s")
          try await remove(key, by: deadline)
        }
      }
      // A generation that went while something was sent to it has left its mark.
      let known = Set(registry.catalogue.instances.map(\.key))
      registry.forgetUse { !known.contains($0) }
      let pending = Set(registry.catalogue.pendingDrops.values.joined())
      for key in pending.sorted() where !registry.publication.isInUse(key) {
        let reachable = fleet.reachable()
        _ = await fleet.withEach(fleet.peers.filter { reachable[$0.id] != nil }) { peer in
          guard registry.catalogue.pendingDrops[peer.id]?.contains(key) == true else { return }
          await fleet.dropInTurn(peer, key, by: deadline)
        }
      }
    }
  }
}
