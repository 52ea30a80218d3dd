import Placement
import Ranking
import Transport
import Vocabulary
import Wire

/// Answers COLLECTION_CREATE, COLLECTION_DESCRIBE and COLLECTION_DROP.
struct CollectionService: Sendable {
  let fleet: ShardFleet
  let administration: Administration
  let keeper: InstanceKeeper
  let feeds: FeedService

  private var registry: CollectionRegistry { fleet.registry }

  /// Answers COLLECTION_CREATE: on every shard, then in the catalogue.
  func create(
    _ request: CollectionCreateRequest, _ inbound: InboundRequest
  ) async throws(WireError) -> CollectionCreateResponse {
    try await administration.run(by: inbound.deadline) { () async throws(WireError) in
      if let record = registry.catalogue.collections[request.name]?.active {
        guard request.generation.rawValue == 0 || request.generation == record.generation else {
          throw .generationNotGiven
        }
        guard record.schema == request.schema else {
          throw WireError(.conflict, message: "the collection stands already, with another schema")
        }
        return CollectionCreateResponse(generation: record.generation, isCreated: false)
      }
      guard request.generation.rawValue == 0 else { throw .generationNotGiven }
      try request.schema.checkAnalysis(at: request.textPlace)
      try administration.checkNoMoves()
      if fleet.confirmations.isBehind(request.name), let words = fleet.confirmations.unknownWords {
        throw WireError(.conflict, message: words)
      }
      let record = try await keeper.make(request.name, request.schema, by: inbound.deadline) { catalogue, record in
        catalogue.collections[request.name] = CollectionCatalogue.Collection(active: record)
      }
      return CollectionCreateResponse(generation: record.generation, isCreated: true)
    }
  }

  /// Answers COLLECTION_DROP: forgets the collection, then tells the shards.
  func drop(
    _ request: CollectionDropRequest, _ inbound: InboundRequest
  ) async throws(WireError) -> CollectionDropResponse {
    try await administration.run(by: inbound.deadline) { () async throws(WireError) in
      try administration.checkNoMoves()
      let peers = fleet.peers
      let keys = try await registry.update { (catalogue) throws(WireError) in
        guard let collection = catalogue.collections[request.name] else { throw WireError(.unknownCollection) }
        guard request.generation.rawValue == 0 || request.generation == collection.active.generation else {
          throw WireError(.unknownGeneration)
        }
        let keys = collection.records.map { InstanceKey(name: request.name, generation: $0.generation) }
        catalogue.collections[request.name] = nil
        for key in keys { for peer in peers { catalogue.noteDrop(of: key, on: peer.id) } }
        return keys
      }
      feeds.drop(request.name)
      return CollectionDropResponse(itemsRemoved: await keeper.drop(keys, by: inbound.deadline))
    }
  }

  /// Answers COLLECTION_DESCRIBE.
  func describe(
    _ request: CollectionDescribeRequest, _ inbound: InboundRequest
  ) async throws(WireError) -> CollectionDescribeResponse {
    let serving = registry.serving
    if let name = request.name, serving.collections[name] == nil { throw WireError(.unknownCollection) }
    let held = await fleet.holdings(serving, by: inbound.deadline)
    let wanted = serving.collections.values.filter { collection in
      (request.name == nil || collection.name == request.name) && inbound.principal.scope.sees(collection.name)
    }
    return CollectionDescribeResponse(
      collections: wanted.sorted { $0.name < $1.name }.map { collection in
        let parts = held.compactMap { $0?.first { $0.key == collection.key } }
        return .init(
          name: collection.name, generation: collection.generation, schema: collection.schema,
          items: parts.reduce(0) { $0 &+ $1.items }, memoryBytes: parts.reduce(0) { $0 &+ $1.memoryBytes },
          model: collection.model?.model.id ?? 0, shardsAnswered: UInt16(clamping: parts.count),
          shardCount: UInt16(clamping: serving.peers.count))
      })
  }
}

extension CollectionDescribeResponse.Description {
  /// Which instance it describes.
  var key: InstanceKey { InstanceKey(name: name, generation: generation) }
}

extension WireError {
  /// A client names a generation of a collection that is to be made.
  fileprivate static var generationNotGiven: WireError {
    WireError(.unknownGeneration, message: "the coordinator gives a new collection its generation: name 0")
  }
}
