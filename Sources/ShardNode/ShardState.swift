package import Placement
package import Vocabulary
package import Wire

/// What a shard is and holds: a machine without I/O, whose calls its shell makes one at a time.
package struct ShardState: ~Copyable {
  /// Says that a change that has been checked is about to be made; it is not made if this throws.
  ///
  /// Whoever keeps a log appends the change to it here. Nothing that changes nothing is said.
  package typealias Log = () throws(WireError) -> Void

  private(set) var map: ShardMap?
  private(set) var shard: ShardID?
  private(set) var owned = SlotSet()
  var instances: [InstanceKey: CollectionInstance] = [:]
  var shelf = SnapshotShelf()
  /// Whether changes of items are noted for checkpoints.
  let keepsChanges: Bool

  /// A shard without a map, without collections.
  ///
  /// - Parameter keepsChanges: Whether changes of items are noted, for checkpoints that write only those.
  package init(keepsChanges: Bool = false) { self.keepsChanges = keepsChanges }

  /// The shard map, if a coordinator has given one.
  package var shardMap: ShardMap? { map }

  /// The shard's own place in the map.
  package var shardID: ShardID? { shard }

  /// The epoch of the map, or 0.
  package var epoch: Epoch { map?.epoch ?? Epoch(0) }

  // MARK: The map

  /// Takes a shard map: a newer one, or the same again.
  package mutating func install(_ new: ShardMap, as id: ShardID, log: Log = {}) throws(WireError) {
    guard new.shards.contains(where: { $0.id == id }) else {
      throw WireError(.conflict, message: "the map has no shard of that id")
    }
    if let map {
      guard map.clusterID == new.clusterID else { throw WireError(.wrongCluster, errorClass: [.notExecuted]) }
      guard shard == id else { throw WireError(.conflict, message: "this is another shard of the cluster") }
      guard new.epoch > map.epoch || new == map else { throw WireError(.staleEpoch, epoch: map.epoch.rawValue) }
    }
    guard new != map else { return }
    try log()
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

  func check(owned ids: [UInt64]) throws(WireError) {
    guard ids.allSatisfy({ owned.contains(slot(of: ItemID($0))) }) else {
      throw WireError(.notOwner, shard: shard.map { UInt32($0.rawValue) }, epoch: epoch.rawValue)
    }
  }
}
