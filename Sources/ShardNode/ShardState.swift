package import Placement
import Retrieval
package import Vocabulary
package import Wire

/// What a shard is and holds: a machine without I/O, whose calls its shell makes one at a time.
package struct ShardState: ~Copyable {
  private var map: ShardMap?
  private var shard: ShardID?
  private var owned = SlotSet()
  private var instances: [InstanceKey: CollectionInstance] = [:]
  private var shelf = SnapshotShelf()

  /// A shard without a map, without collections.
  package init() {}

  /// The shard map, if a coordinator has given one.
  package var shardMap: ShardMap? { map }

  /// The shard's own place in the map.
  package var shardID: ShardID? { shard }

  /// The epoch of the map, or 0.
  package var epoch: Epoch { map?.epoch ?? Epoch(0) }

  // MARK: The map

  /// Takes a shard map: a newer one, or the same again.
  package mutating func install(_ new: ShardMap, as id: ShardID) throws(WireError) {
    guard new.shards.contains(where: { $0.id == id }) else {
      throw WireError(.conflict, message: "the map has no shard of that id")
    }
    if let map {
      guard map.clusterID == new.clusterID else { throw WireError(.wrongCluster, errorClass: [.notExecuted]) }
      guard shard == id else { throw WireError(.conflict, message: "this is another shard of the cluster") }
      guard new.epoch > map.epoch || new == map else { throw WireError(.staleEpoch, epoch: map.epoch.rawValue) }
    }
    map = new
    shard = id
    owned = SlotSet(Slot.all.filter { new.owner(of: $0).id == id })
  }

  /// Refuses a request that was routed by another epoch than the shard's.
  package func check(_ epoch: Epoch) throws(WireError) {
    guard let map, map.epoch == epoch else {
      throw WireError(.staleEpoch, shard: shard.map { UInt32($0.rawValue) }, epoch: self.epoch.rawValue)
    }
  }

  private func check(owned ids: [UInt64]) throws(WireError) {
    guard ids.allSatisfy({ owned.contains(slot(of: ItemID($0))) }) else {
      throw WireError(.notOwner, shard: shard.map { UInt32($0.rawValue) }, epoch: epoch.rawValue)
    }
  }

  // MARK: Collections

  /// Makes a collection; one that stands already with the same schema is left as it is.
  package mutating func create(_ request: CollectionCreateRequest) throws(WireError) -> CollectionCreateResponse {
    guard request.generation.rawValue > 0 else { throw WireError(.unknownGeneration) }
    let key = InstanceKey(name: request.name, generation: request.generation)
    if let instance = instances[key] {
      guard instance.schema == request.schema else { throw WireError(.conflict) }
      return CollectionCreateResponse(generation: request.generation, isCreated: false)
    }
    guard instances.count < Limits.collectionsMax else { throw WireError(.limitExceeded) }
    instances[key] = CollectionInstance(schema: request.schema)
    return CollectionCreateResponse(generation: request.generation, isCreated: true)
  }

  /// Removes a collection, in one generation or in all.
  package mutating func drop(_ request: CollectionDropRequest) throws(WireError) -> CollectionDropResponse {
    let keys = instances.keys.filter {
      $0.name == request.name && (request.generation.rawValue == 0 || $0.generation == request.generation)
    }
    guard !keys.isEmpty else { throw WireError(.unknownCollection) }
    var removed = 0
    for key in keys {
      removed += instances.removeValue(forKey: key)?.table.count ?? 0
      shelf.drop(key)
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
            name: key.name, generation: key.generation, schema: instance.schema, items: UInt64(instance.table.count),
            memoryBytes: UInt64(instance.table.memory.totalBytes), model: 0, shardsAnswered: 1, shardCount: 1)
        }
      })
  }

  /// What the items of each collection occupy.
  func memories() -> [(key: InstanceKey, memory: TableMemory)] {
    instances.keys.sorted().compactMap { key in instances[key].map { (key, $0.table.memory) } }
  }

  private func key(_ name: String, _ generation: Generation) throws(WireError) -> InstanceKey {
    let key = InstanceKey(name: name, generation: generation)
    guard instances[key] == nil else { return key }
    throw WireError(instances.keys.contains { $0.name == name } ? .unknownGeneration : .unknownCollection)
  }

  // MARK: Items

  /// Writes whole items of owned slots.
  package mutating func upsert(_ request: UpsertRequest) throws(WireError) -> WriteResponse {
    let key = try key(request.collection, request.generation)
    try check(owned: request.ids)
    return try write(to: key) { (instance) throws(WireError) in try instance.upsert(request) }
  }

  /// Removes items of owned slots.
  package mutating func delete(_ request: DeleteRequest) throws(WireError) -> WriteResponse {
    let key = try key(request.collection, request.generation)
    try check(owned: request.ids)
    return try write(to: key) { (instance) throws(WireError) in try instance.delete(request) }
  }

  /// Changes an instance in place, not a copy of its arrays.
  private mutating func write(
    to key: InstanceKey, _ change: (inout CollectionInstance) throws(WireError) -> WriteResponse
  ) throws(WireError) -> WriteResponse {
    guard var instance = instances.removeValue(forKey: key) else { throw WireError(.unknownCollection) }
    defer { instances[key] = instance }
    return try change(&instance)
  }

  /// A full block of a collection whose codes are to be made, if there is one.
  func nextEncoding(_ key: InstanceKey) -> Encoding? { instances[key]?.table.nextEncoding() }

  /// Gives a block its codes, unless the collection or the block is gone.
  func attach(_ encoded: EncodedBlock, to key: InstanceKey) { instances[key]?.table.attach(encoded) }

  /// The present state of a collection and where some items lie in it.
  package func locate(_ request: GetRequest) throws(WireError) -> LocatedItems {
    let key = try key(request.collection, request.generation)
    try check(owned: request.ids)
    guard let instance = instances[key] else { throw WireError(.unknownCollection) }
    let rows = Set(request.ids).sorted().compactMap { instance.table.lookup(ItemID($0))?.row }
    return LocatedItems(snapshot: instance.table.snapshot(), rows: rows)
  }

  /// The present state of a whole instance, and the memory that it takes.
  func contents(_ key: InstanceKey) throws(WireError) -> (snapshot: Snapshot, memoryBytes: Int) {
    guard let instance = instances[try self.key(key.name, key.generation)] else { throw WireError(.unknownCollection) }
    return (instance.table.snapshot(), instance.table.memory.totalBytes)
  }

  /// The state that a search shall see: that of an earlier one if it is still there, else the present.
  package mutating func prepare(_ request: SearchRequest, now: Instant) throws(WireError) -> SearchTarget {
    let key = try key(request.collection, request.generation)
    guard let instance = instances[key] else { throw WireError(.unknownCollection) }
    let mask = instance.count(in: owned) < instance.table.count ? OwnedSlotsMask(owned: owned) : nil
    if request.snapshot > 0, let earlier = shelf.find(request.snapshot, of: key, now: now) {
      return SearchTarget(snapshot: earlier, id: request.snapshot, mask: mask)
    }
    let snapshot = instance.table.snapshot()
    return SearchTarget(snapshot: snapshot, id: shelf.keep(snapshot, of: key, now: now), mask: mask)
  }
}

/// Items of a GET where they lie.
package struct LocatedItems: Sendable {
  let snapshot: Snapshot
  /// Ascending by id.
  let rows: [RowAddress]
}

/// What a search runs on.
package struct SearchTarget: Sendable {
  let snapshot: Snapshot
  let id: UInt64
  let mask: OwnedSlotsMask?
}
