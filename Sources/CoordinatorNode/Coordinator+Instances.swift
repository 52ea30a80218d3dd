import Placement
import Telemetry
import Transport
package import Vocabulary
package import Wire

extension Coordinator {
  // MARK: On every shard, or on none

  /// Makes an empty instance of a new generation on every shard.
  ///
  /// - Returns: its number, and for each shard the incarnation that has it now. Until the catalogue names the instance,
  ///   the shards are to drop it.
  func makeInstance(
    of name: String, _ schema: CollectionSchema, by deadline: Instant
  ) async throws(WireError) -> Catalogue.Record {
    let generation = try catalogue.update { (catalogue) throws(WireError) in try catalogue.takeGeneration() }
    let key = InstanceKey(name: name, generation: generation)
    let request = CollectionCreateRequest(generation: generation, name: name, schema: schema)
    let split = DeadlineSplit(now: surroundings.clock.now(), deadline: bounded(deadline), reranks: false)
    let peers = peers
    let results = await withEach(peers) { peer -> Result<Answer<CollectionCreateResponse>, WireError> in
      do throws(WireError) {
        let answer = try await peer.turn.run(by: split.gatherEnd) { () async throws(WireError) in
          try await self.greet(peer, by: split.gatherEnd)
          // The drop is noted before the instance may exist: it undoes a creation that is not finished, for any reason.
          try self.catalogue.update { $0.noteDrop(of: key, on: peer.shard.id) }
          return try await self.tell(peer, request, by: split.gatherEnd)
        }
        return .success(answer)
      } catch {
        return .failure(error)
      }
    }
    var complete: [ShardID: Bytes16] = [:]
    var failure: WireError?
    for (peer, result) in zip(peers, results) {
      switch result {
      case .success(let answer): complete[peer.shard.id] = answer.incarnation
      case .failure(let error): failure = failure ?? error
      }
    }
    guard let failure else { return Catalogue.Record(generation: generation, schema: schema, complete: complete) }
    // Undone until a repeat succeeds: by shards that answer now, by the others when they are greeted again.
    let made = peers.filter { complete[$0.shard.id] != nil }
    knowledge.withLock { knowledge in
      for peer in peers where complete[peer.shard.id] == nil { knowledge[peer.shard.id] = nil }
    }
    let end = bounded(deadline)
    _ = await withEach(made) { peer in await self.dropInTurn(peer, key, by: end) }
    throw failure
  }

  /// Tells every shard to drop an instance that the catalogue has forgotten.
  ///
  /// - Returns: items removed.
  @discardableResult
  func dropInstance(_ key: InstanceKey, by deadline: Instant) async -> UInt64 {
    let split = DeadlineSplit(now: surroundings.clock.now(), deadline: bounded(deadline), reranks: false)
    return await withEach(peers) { await self.dropInTurn($0, key, by: split.gatherEnd) }.reduce(0, &+)
  }

  /// Tells a shard to drop an instance; if it cannot be told, its next greeting does it.
  ///
  /// - Returns: items removed.
  private func dropInTurn(_ peer: Peer, _ key: InstanceKey, by deadline: Instant) async -> UInt64 {
    do throws(WireError) {
      return try await peer.turn.run(by: deadline) { () async throws(WireError) in
        try await self.tellDrop(peer, key, by: deadline)
      }
    } catch {
      knowledge.withLock { $0[peer.shard.id] = nil }
      return 0
    }
  }

  // MARK: In use

  /// Works with what serves at this moment; the generation that the work is about is not removed before its end.
  func holding<Value: Sendable>(
    _ name: String, _ generation: Generation, _ work: (Serving) async throws(WireError) -> Value
  ) async throws(WireError) -> Value {
    let (serving, key) = try serving.withLock { (serving) throws(WireError) in
      let key = InstanceKey(name: name, generation: try serving.collection(name, generation).generation)
      // Within the lock, so that a change of the generations or of the map that serve sees this lease.
      generationLeases.withLock { $0[key, default: 0] += 1 }
      epochLeases.withLock { $0[serving.map.epoch, default: 0] += 1 }
      return (serving, key)
    }
    defer {
      let epoch = serving.map.epoch
      generationLeases.withLock { leases in leases[key] = leases[key].flatMap { $0 > 1 ? $0 - 1 : nil } }
      epochLeases.withLock { leases in leases[epoch] = leases[epoch].flatMap { $0 > 1 ? $0 - 1 : nil } }
    }
    return try await work(serving)
  }

  /// Whether a query works with a generation.
  func isInUse(_ key: InstanceKey) -> Bool { generationLeases.withLock { $0[key] != nil } }

  /// A generation that does not serve was changed, or has begun to wait.
  func touch(_ key: InstanceKey) {
    let now = surroundings.clock.now()
    unusedSince.withLock { $0[key] = now }
  }

  // MARK: Housekeeping

  /// Collects unused generations at intervals, until the task is cancelled.
  func keepTidy() async {
    while !Task.isCancelled {
      let now = surroundings.timers.clock.now()
      await surroundings.timers.sleep(until: now.advanced(microseconds: configuration.tidyMicroseconds))
      do throws(WireError) {
        try await tidy(by: surroundings.clock.now().advanced(microseconds: configuration.greetingMicrosecondsMax))
      } catch {
        surroundings.log?.limited(
          by: "tidy", .warning, "an old generation could not be removed", ["error": LogValue(error.code.name)])
      }
    }
  }

  /// Removes staged generations that nothing was sent to for long, and previous ones that were kept for long; tells
  /// shards the drops that had to wait for a query.
  package func tidy(by deadline: Instant) async throws(WireError) {
    try await administration.run(by: deadline) { () async throws(WireError) in
      // All generations go with the slots; none may go away meanwhile.
      guard plans.current.map(\.isPaused) ?? true else { return }
      let now = surroundings.clock.now()
      for (name, collection) in catalogue.current.collections.sorted(by: { $0.key < $1.key }) {
        for (record, patience) in [
          (collection.staged, configuration.stagedMicrosecondsMax),
          (collection.previous, configuration.previousMicrosecondsMax),
        ] {
          guard let record else { continue }
          let key = InstanceKey(name: name, generation: record.generation)
          let since = unusedSince.withLock { unused in
            unused[key] = unused[key] ?? now
            return unused[key] ?? now
          }
          guard since.microseconds(until: now) >= patience, !isInUse(key) else { continue }
          try await remove(key, by: deadline)
        }
      }
      // A generation that went while something was sent to it has left its mark.
      let known = Set(catalogue.current.instances.map(\.key))
      unusedSince.withLock { unused in unused = unused.filter { known.contains($0.key) } }
      let waiting = Set(catalogue.current.pendingDrops.values.joined()).filter { !isInUse($0) }
      for key in waiting.sorted() {
        _ = await withEach(peers.filter { reachable()[$0.shard.id] != nil }) { peer in
          guard self.catalogue.current.pendingDrops[peer.shard.id]?.contains(key) == true else { return }
          _ = await self.dropInTurn(peer, key, by: deadline)
        }
      }
    }
  }

  /// Takes a staged or a previous generation out of the catalogue, then from the shards once no query uses it.
  ///
  /// - Throws: OVERLOADED if a query used it to the end; the housekeeping removes it then.
  func remove(_ key: InstanceKey, by deadline: Instant) async throws(WireError) {
    try catalogue.update { catalogue in
      if catalogue.collections[key.name]?.staged?.generation == key.generation {
        catalogue.collections[key.name]?.staged = nil
      }
      if catalogue.collections[key.name]?.previous?.generation == key.generation {
        catalogue.collections[key.name]?.previous = nil
      }
      for peer in peers { catalogue.noteDrop(of: key, on: peer.shard.id) }
    }
    publish()
    unusedSince.withLock { $0[key] = nil }
    let end = bounded(deadline)
    while isInUse(key) {
      let now = surroundings.clock.now()
      guard now < end else {
        throw WireError(.overloaded, retryAfterMilliseconds: 1000, message: "a query still uses the old generation")
      }
      await surroundings.timers.sleep(until: min(end, now.advanced(microseconds: configuration.watchMicroseconds)))
    }
    await dropInstance(key, by: deadline)
    pruneModels()
    surroundings.log?(
      .info, "a generation is removed",
      ["collection": LogValue(key.name), "generation": LogValue(UInt64(key.generation.rawValue))])
  }
}
