import Placement
import Ranking
import Telemetry
import Transport
import Vocabulary
import Wire

extension Coordinator {
  /// Answers GENERATION.
  func step(_ request: GenerationRequest, by deadline: Instant) async throws(WireError) -> GenerationResponse {
    let name = request.collection
    switch request.step {
    case .list: break
    case .measure(let generation):
      let collection = try serving.withLock { $0 }.collection(name, generation)
      let measured = try await measure(
        InstanceKey(name: name, generation: generation), collection.complete, by: deadline)
      let all = try await generations(of: name, by: deadline)
      return GenerationResponse(generations: all.filter { $0.generation == generation }.map { $0.holding(measured) })
    case .stage(let schema):
      try await administration.run(by: deadline) { () async throws(WireError) in
        try checkNoMoves()
        try await stage(name, schema, by: deadline)
      }
    case .activate(let generation, let wanted):
      try await administration.run(by: deadline) { () async throws(WireError) in
        try await activate(InstanceKey(name: name, generation: generation), wanted, by: deadline)
      }
    case .discard(let generation):
      try await administration.run(by: deadline) { () async throws(WireError) in
        let collection = try collection(name)
        guard generation != collection.active.generation else {
          throw WireError(.conflict, message: "this generation serves")
        }
        guard collection.records.contains(where: { $0.generation == generation }) else {
          throw WireError(.unknownGeneration)
        }
        try checkNoMoves()
        try await remove(InstanceKey(name: name, generation: generation), by: deadline)
      }
    }
    return GenerationResponse(generations: try await generations(of: name, by: deadline))
  }

  private func collection(_ name: String) throws(WireError) -> Catalogue.Collection {
    guard let collection = catalogue.current.collections[name] else { throw WireError(.unknownCollection) }
    return collection
  }

  private func stage(
    _ name: String, _ schema: CollectionSchema, by deadline: Instant
  ) async throws(WireError) {
    let collection = try collection(name)
    if let staged = collection.staged {
      throw WireError(.conflict, message: "generation \(staged.generation.rawValue) is staged already")
    }
    if let previous = collection.previous {
      // Two generations at most, so that a shard's memory has to hold no more.
      try await remove(InstanceKey(name: name, generation: previous.generation), by: deadline)
    }
    let record = try await makeInstance(of: name, schema, by: deadline)
    let key = InstanceKey(name: name, generation: record.generation)
    try catalogue.update { catalogue in
      catalogue.collections[name]?.staged = record
      for peer in peers { catalogue.forgetDrop(of: key, on: peer.shard.id) }
    }
    touch(key)
    publish()
  }

  private func activate(_ key: InstanceKey, _ wanted: ItemDigest, by deadline: Instant) async throws(WireError) {
    let collection = try collection(key.name)
    switch key.generation {
    case collection.active.generation: return
    case collection.previous?.generation:
      guard let previous = collection.previous else { return }
      let reachable = reachable()
      for peer in peers where previous.complete[peer.shard.id] != reachable[peer.shard.id] {
        throw .incomplete(peer, key.generation)
      }
    case collection.staged?.generation:
      guard let staged = collection.staged else { return }
      let found = try await measure(key, staged.complete, by: deadline)
      guard found.itemCount == wanted.itemCount else {
        throw WireError(
          .conflict,
          message: "generation \(key.generation.rawValue) holds \(found.itemCount) items, not \(wanted.itemCount)")
      }
      guard found == wanted else {
        throw WireError(.conflict, message: "generation \(key.generation.rawValue) holds other items than were sent")
      }
    default: throw WireError(.unknownGeneration)
    }
    try checkNoMoves()
    try catalogue.update { catalogue in
      guard var collection = catalogue.collections[key.name] else { return }
      guard let next = collection.records.first(where: { $0.generation == key.generation }) else { return }
      collection = Catalogue.Collection(active: next, previous: collection.active)
      catalogue.collections[key.name] = collection
    }
    publish()
    touch(InstanceKey(name: key.name, generation: collection.active.generation))
    // What was sent for the old generation would change the new one.
    try await state.withFeeds { $0.drop(key.name) }
    for upload in try await state.withUploads({ $0.drop(key.name) }) { discard(upload) }
    surroundings.log?(
      .info, "a generation serves",
      ["collection": LogValue(key.name), "generation": LogValue(UInt64(key.generation.rawValue))])
  }

  /// What all shards hold of a generation.
  ///
  /// - Parameter complete: The incarnations whose content counts.
  /// - Throws: NO_REPLICA for a shard that does not answer, CONFLICT for one that lost its data.
  private func measure(
    _ key: InstanceKey, _ complete: [ShardID: Bytes16], by deadline: Instant
  ) async throws(WireError) -> ItemDigest {
    let split = DeadlineSplit(now: surroundings.clock.now(), deadline: deadline, reranks: false)
    let request = GenerationRequest(collection: key.name, step: .measure(key.generation))
    let peers = peers
    let answers = await withEach(peers) { peer -> Result<Answer<GenerationResponse>, WireError> in
      do throws(WireError) { return .success(try await self.tell(peer, request, by: split.gatherEnd)) } catch {
        return .failure(error)
      }
    }
    var sum = ItemDigest()
    for (peer, answer) in zip(peers, answers) {
      let answer = try answer.get()
      guard complete[peer.shard.id] == answer.incarnation, let part = answer.reply.generations.first else {
        throw .incomplete(peer, key.generation)
      }
      sum.add(part.content)
    }
    return sum
  }

  /// All generations of a collection, with what the shards say that they hold now.
  private func generations(
    of name: String, by deadline: Instant
  ) async throws(WireError) -> [GenerationResponse.Description] {
    let collection = try collection(name)
    let serving = serving.withLock { $0 }
    let (peers, held) = (serving.peers, await holdings(serving, by: deadline))
    let reachable = reachable()
    return collection.records.map { record in
      let parts = held.compactMap { $0?.first { $0.name == name && $0.generation == record.generation } }
      let complete = peers.count { peer in
        reachable[peer.shard.id].map { record.complete[peer.shard.id] == $0 } ?? false
      }
      let state: GenerationResponse.State =
        switch record.generation {
        case collection.active.generation: .active
        case collection.staged?.generation: .staged
        default: .previous
        }
      return .init(
        generation: record.generation, state: state, memoryBytes: parts.reduce(0) { $0 &+ $1.memoryBytes },
        content: ItemDigest(itemCount: parts.reduce(0) { $0 &+ $1.items }),
        model: record.modelHash.flatMap { hash in loadedModels.withLock { $0[hash]?.model.id } } ?? 0,
        completeShards: UInt16(clamping: complete), shardCount: UInt16(clamping: peers.count))
    }
  }
}

extension GenerationResponse.Description {
  /// With the content that was measured.
  fileprivate func holding(_ content: ItemDigest) -> Self {
    var description = self
    description.content = content
    return description
  }
}

extension WireError {
  /// A shard does not hold its part of a generation.
  fileprivate static func incomplete(_ peer: Coordinator.Peer, _ generation: Generation) -> WireError {
    WireError(
      .conflict, shard: UInt32(peer.shard.id.rawValue),
      message: "shard \(peer.shard.id.rawValue) does not hold its part of generation \(generation.rawValue)")
  }
}
