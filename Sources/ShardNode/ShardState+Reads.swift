import Placement
import Retrieval
import Vocabulary
import Wire

/// What requests ask of a state that they leave as it is.
extension ShardState {
  /// A collection in one generation.
  ///
  /// - Throws: UNKNOWN_COLLECTION, UNKNOWN_GENERATION.
  func instance(_ key: InstanceKey) throws(WireError) -> CollectionInstance {
    if let instance = instances[key] { return instance }
    throw WireError(instances.keys.contains { $0.name == key.name } ? .unknownGeneration : .unknownCollection)
  }

  /// Refuses what is about a collection that the shard does not have in any generation.
  func check(collection name: String) throws(WireError) {
    guard instances.keys.contains(where: { $0.name == name }) else { throw WireError(.unknownCollection) }
  }

  // MARK: Epochs and slots

  /// Refuses a request that was routed by another epoch than the shard's.
  func check(_ epoch: Epoch) throws(WireError) {
    guard map?.epoch == epoch else { throw error(.staleEpoch) }
  }

  /// The slots that a search or a GET of an epoch sees.
  ///
  /// - Throws: STALE_EPOCH for one that is not answered, or not any more.
  func slots(in epoch: Epoch, now: Instant) throws(WireError) -> SlotSet {
    if map?.epoch == epoch { return owned }
    guard let earlier = epochs.owned(in: epoch, now: now) else { throw error(.staleEpoch) }
    return earlier
  }

  func check(_ ids: [UInt64], in slots: SlotSet) throws(WireError) {
    guard ids.allSatisfy({ slots.contains(slot(of: ItemID($0))) }) else { throw error(.notOwner) }
  }

  /// Refuses to write items of foreign slots, or of slots that are about to go.
  func check(writable ids: [UInt64]) throws(WireError) {
    try check(ids, in: owned)
    guard !ids.contains(where: { transfers.isFrozen(slot(of: ItemID($0))) }) else {
      throw error(.slotFrozen, retryAfterMilliseconds: TransferRequest.retryAfterMilliseconds)
    }
  }

  /// An error with the shard's place and epoch.
  private func error(_ code: ErrorCode, retryAfterMilliseconds: UInt32 = 0) -> WireError {
    WireError(
      code, shard: shard.map { UInt32($0.rawValue) }, epoch: epoch.rawValue,
      retryAfterMilliseconds: retryAfterMilliseconds)
  }

  // MARK: Items

  /// The present state of a collection and where some items lie in it.
  func locate(_ request: GetRequest, epoch: Epoch, now: Instant) throws(WireError) -> LocatedItems {
    let slots = try slots(in: epoch, now: now)
    let instance = try instance(InstanceKey(name: request.collection, generation: request.generation))
    try check(request.ids, in: slots)
    let rows = Set(request.ids).sorted().compactMap { instance.table.lookup(ItemID($0))?.row }
    return LocatedItems(snapshot: instance.table.snapshot(), rows: rows)
  }

  /// What the shard holds of one collection, or of all.
  func describe(_ request: CollectionDescribeRequest) throws(WireError) -> CollectionDescribeResponse {
    let found = instances.filter { request.name == nil || $0.key.name == request.name }
    guard request.name == nil || !found.isEmpty else { throw WireError(.unknownCollection) }
    return CollectionDescribeResponse(
      collections: found.sorted { $0.key < $1.key }.map { key, instance in
        .init(
          name: key.name, generation: key.generation, schema: instance.schema,
          items: UInt64(instance.count(in: owned)), memoryBytes: UInt64(instance.table.memory.totalBytes), model: 0,
          shardsAnswered: 1, shardCount: 1)
      })
  }

  /// The memory of all histories.
  var historyBytes: Int { histories.values.reduce(0) { $0 + $1.memoryBytes } }

  /// The memory of each collection's items.
  func memories() -> [(key: InstanceKey, memory: TableMemory)] {
    instances.sorted { $0.key < $1.key }.map { ($0.key, $0.value.table.memory) }
  }
}

/// Items of a GET where they lie.
struct LocatedItems: Sendable {
  let snapshot: Snapshot
  /// Ascending by id.
  let rows: [RowAddress]
}

/// The state that a search runs on.
struct SearchTarget: Sendable {
  let snapshot: Snapshot
  let id: UInt64
  let mask: OwnedSlotsMask?
}
