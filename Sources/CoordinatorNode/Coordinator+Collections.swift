import Placement
import Ranking
import Transport
import Vocabulary
import Wire

extension Coordinator {
  /// Answers COLLECTION_CREATE: on every shard, then in the catalogue.
  func create(
    _ request: CollectionCreateRequest, by deadline: Instant
  ) async throws(WireError) -> CollectionCreateResponse {
    try await administration.run(by: deadline) { () async throws(WireError) in
      if let record = catalogue.current.collections[request.name]?.active {
        guard request.generation.rawValue == 0 || request.generation == record.generation else {
          throw .generationNotGiven
        }
        guard record.schema == request.schema else {
          throw WireError(.conflict, message: "the collection stands already, with another schema")
        }
        return CollectionCreateResponse(generation: record.generation, isCreated: false)
      }
      guard request.generation.rawValue == 0 else { throw .generationNotGiven }
      try checkNoMoves()
      let record = try await makeInstance(of: request.name, request.schema, by: deadline)
      let key = InstanceKey(name: request.name, generation: record.generation)
      try catalogue.update { catalogue in
        catalogue.collections[request.name] = Catalogue.Collection(active: record)
        for peer in peers { catalogue.forgetDrop(of: key, on: peer.shard.id) }
      }
      publish()
      return CollectionCreateResponse(generation: record.generation, isCreated: true)
    }
  }

  /// Answers COLLECTION_DROP: forgets the collection, then tells the shards.
  func drop(
    _ request: CollectionDropRequest, by deadline: Instant
  ) async throws(WireError) -> CollectionDropResponse {
    try await administration.run(by: deadline) { () async throws(WireError) in
      try checkNoMoves()
      let keys = try catalogue.update { (catalogue) throws(WireError) in
        guard let collection = catalogue.collections[request.name] else { throw WireError(.unknownCollection) }
        guard request.generation.rawValue == 0 || request.generation == collection.active.generation else {
          throw WireError(.unknownGeneration)
        }
        let keys = collection.records.map { InstanceKey(name: request.name, generation: $0.generation) }
        catalogue.collections[request.name] = nil
        for key in keys { for peer in peers { catalogue.noteDrop(of: key, on: peer.shard.id) } }
        return keys
      }
      publish()
      unusedSince.withLock { unused in for key in keys { unused[key] = nil } }
      try await state.withFeeds { $0.drop(request.name) }
      var removed: UInt64 = 0
      for key in keys { removed &+= await dropInstance(key, by: deadline) }
      pruneModels()
      return CollectionDropResponse(itemsRemoved: removed)
    }
  }

  /// Answers COLLECTION_DESCRIBE.
  func describe(
    _ request: CollectionDescribeRequest, by deadline: Instant
  ) async throws(WireError) -> CollectionDescribeResponse {
    let serving = serving.withLock { $0 }
    if let name = request.name, serving.collections[name] == nil { throw WireError(.unknownCollection) }
    let held = await holdings(serving, by: deadline)
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
          shardCount: UInt16(clamping: serving.peers.count))
      })
  }

  /// Each shard's part of each collection, in the order of the map; `nil` for a shard that does not answer in time.
  func holdings(
    _ serving: Serving, by deadline: Instant
  ) async -> [[CollectionDescribeResponse.Description]?] {
    let split = DeadlineSplit(now: surroundings.clock.now(), deadline: bounded(deadline), reranks: false)
    let (request, epoch) = (CollectionDescribeRequest(name: nil), serving.map.epoch)
    return await withEach(serving.peers) { peer in
      try? await self.ask(peer, request, epoch: epoch, by: split.gatherEnd).reply.collections
    }
  }
}

extension WireError {
  /// A client names a generation of a collection that is to be made.
  fileprivate static var generationNotGiven: WireError {
    WireError(.unknownGeneration, message: "the coordinator gives a new collection its generation: name 0")
  }
}
