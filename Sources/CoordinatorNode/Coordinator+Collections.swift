import Placement
import Ranking
import Transport
import Vocabulary
import Wire

extension Coordinator {
  /// What a collection's first and only instance is called until generations are pushed beside one another.
  private static let firstGeneration = Generation(1)

  /// Answers COLLECTION_CREATE: on every shard, then in the catalogue.
  func create(
    _ request: CollectionCreateRequest, by deadline: Instant
  ) async throws(WireError) -> CollectionCreateResponse {
    try await administration.run(by: deadline) { () async throws(WireError) in
      guard request.generation.rawValue == 0 || request.generation == Self.firstGeneration else {
        throw WireError(.unknownGeneration)
      }
      let current = catalogue.current
      if let record = current.collections[request.name] {
        guard record.schema == request.schema else { throw WireError(.conflict) }
        return CollectionCreateResponse(generation: record.generation, isCreated: false)
      }
      guard current.collections.count < Limits.collectionsMax else { throw WireError(.limitExceeded) }
      var asked = request
      asked.generation = Self.firstGeneration
      let complete = try await createOnAll(asked, by: deadline)
      try catalogue.update { catalogue in
        catalogue.collections[request.name] = Catalogue.Record(
          generation: Self.firstGeneration, schema: request.schema, complete: complete)
        for peer in peers { catalogue.forgetDrop(of: request.name, on: peer.shard.id) }
      }
      publish()
      return CollectionCreateResponse(generation: Self.firstGeneration, isCreated: true)
    }
  }

  /// - Returns: for each shard the incarnation that has the collection now.
  private func createOnAll(
    _ request: CollectionCreateRequest, by deadline: Instant
  ) async throws(WireError) -> [ShardID: Bytes16] {
    let split = DeadlineSplit(now: surroundings.clock.now(), deadline: bounded(deadline), reranks: false)
    let results = await withEach(peers) { peer -> Result<Answer<CollectionCreateResponse>, WireError> in
      do throws(WireError) {
        let answer = try await peer.turn.run(by: split.gatherEnd) { () async throws(WireError) in
          try await self.greet(peer, by: split.gatherEnd)
          // An old collection of this name goes first, so that nothing of it is taken for the new one.
          try await self.tellDrops(peer, by: split.gatherEnd)
          // Noted before it may exist: if the creation is not finished, whatever the reason, this is what undoes it.
          try self.catalogue.update { $0.noteDrop(of: request.name, on: peer.shard.id) }
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
    guard let failure else { return complete }
    // Undone until a repeat succeeds: by shards that answer now, by the others when they are greeted again.
    let made = peers.filter { complete[$0.shard.id] != nil }
    greeted.withLock { greeted in
      for peer in peers where complete[peer.shard.id] == nil { greeted[peer.shard.id] = nil }
    }
    let end = bounded(deadline)
    _ = await withEach(made) { peer in await self.dropInTurn(peer, request.name, by: end) }
    throw failure
  }

  /// Answers COLLECTION_DROP: forgets the collection, then tells the shards.
  func drop(
    _ request: CollectionDropRequest, by deadline: Instant
  ) async throws(WireError) -> CollectionDropResponse {
    try await administration.run(by: deadline) { () async throws(WireError) in
      try catalogue.update { (catalogue) throws(WireError) in
        guard let record = catalogue.collections.removeValue(forKey: request.name) else {
          throw WireError(.unknownCollection)
        }
        guard request.generation.rawValue == 0 || request.generation == record.generation else {
          throw WireError(.unknownGeneration)
        }
        for peer in peers { catalogue.noteDrop(of: request.name, on: peer.shard.id) }
      }
      publish()
      try await state.withFeeds { $0.drop(request.name) }
      let split = DeadlineSplit(now: surroundings.clock.now(), deadline: bounded(deadline), reranks: false)
      let removed = await withEach(peers) { await self.dropInTurn($0, request.name, by: split.gatherEnd) }
      pruneModels()
      return CollectionDropResponse(itemsRemoved: removed.reduce(0, &+))
    }
  }

  /// Tells a shard to drop a collection; if it cannot be told, its next greeting does it.
  ///
  /// - Returns: items removed.
  private func dropInTurn(_ peer: Peer, _ name: String, by deadline: Instant) async -> UInt64 {
    do throws(WireError) {
      return try await peer.turn.run(by: deadline) { () async throws(WireError) in
        try await self.tellDrop(peer, name, by: deadline)
      }
    } catch {
      greeted.withLock { $0[peer.shard.id] = nil }
      return 0
    }
  }

  /// Answers COLLECTION_DESCRIBE.
  func describe(
    _ request: CollectionDescribeRequest, by deadline: Instant
  ) async throws(WireError) -> CollectionDescribeResponse {
    let serving = serving.withLock { $0 }
    if let name = request.name, serving.collections[name] == nil { throw WireError(.unknownCollection) }
    let held = await holdings(by: deadline)
    let wanted = serving.collections.values.filter { request.name == nil || $0.name == request.name }
    return CollectionDescribeResponse(
      collections: wanted.sorted { $0.name < $1.name }.map { collection in
        let parts = held.compactMap {
          $0?.first { $0.name == collection.name && $0.generation == collection.generation }
        }
        return .init(
          name: collection.name, generation: collection.generation, schema: collection.schema,
          items: parts.reduce(0) { $0 &+ $1.items }, memoryBytes: parts.reduce(0) { $0 &+ $1.memoryBytes },
          model: collection.model?.model.id ?? 0, shardsAnswered: UInt16(clamping: parts.count),
          shardCount: UInt16(clamping: peers.count))
      })
  }

  /// What each shard holds of each collection, in the order of the map; `nil` for one that does not say in time.
  func holdings(by deadline: Instant) async -> [[CollectionDescribeResponse.Description]?] {
    let split = DeadlineSplit(now: surroundings.clock.now(), deadline: bounded(deadline), reranks: false)
    return await withEach(peers) { peer in
      try? await self.ask(peer, CollectionDescribeRequest(name: nil), by: split.gatherEnd).reply.collections
    }
  }
}
