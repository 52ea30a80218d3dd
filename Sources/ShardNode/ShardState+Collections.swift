import Retrieval
import Vocabulary
package import Wire

extension ShardState {
  /// Makes a collection; one that stands already with the same schema is left as it is.
  package mutating func create(
    _ request: CollectionCreateRequest, log: Log = {}
  ) throws(WireError) -> CollectionCreateResponse {
    guard request.generation.rawValue > 0 else {
      throw WireError(.unknownGeneration, message: "a shard is told the generation of a new collection: 1 or more")
    }
    let key = InstanceKey(name: request.name, generation: request.generation)
    if let instance = instances[key] {
      guard instance.schema == request.schema else {
        throw WireError(.conflict, message: "the collection stands already, with another schema")
      }
      return CollectionCreateResponse(generation: request.generation, isCreated: false)
    }
    guard instances.count < Limits.collectionsMax else {
      throw WireError(
        .limitExceeded, message: "at most \(Limits.collectionsMax) generations of all collections live at once")
    }
    try log()
    instances[key] = CollectionInstance(schema: request.schema, changes: keepsChanges ? .all : .untracked)
    noteCreated(key)
    return CollectionCreateResponse(generation: request.generation, isCreated: true)
  }

  /// Removes a collection, in one generation or in all.
  package mutating func drop(
    _ request: CollectionDropRequest, log: Log = {}
  ) throws(WireError) -> CollectionDropResponse {
    let keys = instances.keys.filter {
      $0.name == request.name && (request.generation.rawValue == 0 || $0.generation == request.generation)
    }
    guard !keys.isEmpty else { throw WireError(.unknownCollection) }
    try log()
    var removed = 0
    for key in keys {
      removed += instances.removeValue(forKey: key)?.table.count ?? 0
      shelf.drop(key)
      copy?.drop(key)
    }
    return CollectionDropResponse(itemsRemoved: UInt64(removed))
  }

  /// What the shard holds of one collection, or of all.
  package func describe(_ request: CollectionDescribeRequest) throws(WireError) -> CollectionDescribeResponse {
    let keys = instances.keys.filter { request.name == nil || $0.name == request.name }.sorted()
    guard request.name == nil || !keys.isEmpty else { throw WireError(.unknownCollection) }
    return CollectionDescribeResponse(
      collections: keys.compactMap { key in
        instances[key].map { instance in
          .init(
            name: key.name, generation: key.generation, schema: instance.schema,
            items: UInt64(instance.count(in: owned)), memoryBytes: UInt64(instance.table.memory.totalBytes), model: 0,
            shardsAnswered: 1, shardCount: 1)
        }
      })
  }

  /// The memory of each collection's items.
  func memories() -> [(key: InstanceKey, memory: TableMemory)] {
    instances.keys.sorted().compactMap { key in instances[key].map { (key, $0.table.memory) } }
  }

  func key(_ name: String, _ generation: Generation) throws(WireError) -> InstanceKey {
    let key = InstanceKey(name: name, generation: generation)
    guard instances[key] == nil else { return key }
    throw WireError(instances.keys.contains { $0.name == name } ? .unknownGeneration : .unknownCollection)
  }
}
