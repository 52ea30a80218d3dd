import Placement
import Retrieval
package import Vocabulary
package import Wire

extension ShardState {
  /// Writes whole items of owned slots.
  package mutating func upsert(_ request: UpsertRequest, log: Log = {}) throws(WireError) -> WriteResponse {
    let key = try key(request.collection, request.generation)
    try check(writable: request.ids)
    return try write(to: key) { (instance) throws(WireError) in try instance.upsert(request, log: log) }
  }

  /// Changes attributes of items of owned slots.
  package mutating func update(_ request: UpdateRequest, log: Log = {}) throws(WireError) -> WriteResponse {
    let key = try key(request.collection, request.generation)
    try check(writable: request.ids)
    return try write(to: key) { (instance) throws(WireError) in try instance.update(request, log: log) }
  }

  /// Removes items of owned slots.
  package mutating func delete(_ request: DeleteRequest, log: Log = {}) throws(WireError) -> WriteResponse {
    let key = try key(request.collection, request.generation)
    try check(writable: request.ids)
    return try write(to: key) { (instance) throws(WireError) in try instance.delete(request, log: log) }
  }

  /// Changes an instance in place, not a copy of its arrays.
  mutating func write(
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
  package func locate(_ request: GetRequest, epoch: Epoch, now: Instant) throws(WireError) -> LocatedItems {
    let slots = try slots(in: epoch, now: now)
    let key = try key(request.collection, request.generation)
    try check(request.ids, in: slots)
    guard let instance = instances[key] else { throw WireError(.unknownCollection) }
    let rows = Set(request.ids).sorted().compactMap { instance.table.lookup(ItemID($0))?.row }
    return LocatedItems(snapshot: instance.table.snapshot(), rows: rows)
  }

  /// The present state of a whole instance, and the memory that it takes.
  func contents(_ key: InstanceKey) throws(WireError) -> (snapshot: Snapshot, owned: SlotSet, memoryBytes: Int) {
    guard let instance = instances[try self.key(key.name, key.generation)] else { throw WireError(.unknownCollection) }
    return (instance.table.snapshot(), owned, instance.table.memory.totalBytes)
  }

  /// The state that a search of an epoch has to see: that of an earlier epoch if it is still there, else the present.
  package mutating func prepare(
    _ request: SearchRequest, epoch: Epoch, now: Instant
  ) throws(WireError) -> SearchTarget {
    let slots = try slots(in: epoch, now: now)
    let key = try key(request.collection, request.generation)
    guard let instance = instances[key] else { throw WireError(.unknownCollection) }
    if request.snapshot > 0, let earlier = shelf.find(request.snapshot, of: key, now: now) {
      return SearchTarget(
        snapshot: earlier.snapshot, id: request.snapshot, mask: mask(slots, earlier.occupied, of: key))
    }
    let snapshot = instance.table.snapshot()
    let id = shelf.keep(snapshot, occupied: instance.occupied, of: key, now: now)
    return SearchTarget(snapshot: snapshot, id: id, mask: mask(slots, instance.occupied, of: key))
  }

  /// Withholds items of other slots, if there are any.
  private mutating func mask(_ slots: SlotSet, _ occupied: SlotSet, of key: InstanceKey) -> OwnedSlotsMask? {
    occupied.isSubset(of: slots) ? nil : instances[key]?.masks.mask(owned: slots)
  }
}

/// Items of a GET where they lie.
package struct LocatedItems: Sendable {
  let snapshot: Snapshot
  /// Ascending by id.
  let rows: [RowAddress]
}

/// The state that a search runs on.
package struct SearchTarget: Sendable {
  let snapshot: Snapshot
  let id: UInt64
  let mask: OwnedSlotsMask?
}
