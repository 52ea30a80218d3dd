package import Placement
package import Vocabulary
package import Wire

/// The state of a shard: a machine without I/O, whose calls its shell makes one at a time.
package struct ShardState: ~Copyable {
  /// Says that a change that has been checked is about to be made; it is not made if this throws.
  ///
  /// A shard that keeps a log appends the change to it here. A request that changes nothing is not announced.
  package typealias Log = () throws(WireError) -> Void

  private(set) var map: ShardMap?
  private(set) var shard: ShardID?
  private(set) var owned = SlotSet()
  /// The epochs before the map's whose searches are still answered.
  private(set) var epochs: ServedEpochs
  var transfers = OpenTransfers()
  /// The reading of an open transfer, if this is its source and has not restarted since it began.
  var copy: SourceCopy?
  /// A snapshot that is being read.
  var snapshot: OpenSnapshot?
  /// The search for rows that no epoch and no transfer needs.
  var sweep: Sweep?
  /// The limit of changed items of one instance that are noted for a transfer.
  let changedItemsMax: Int
  var instances: [InstanceKey: CollectionInstance] = [:]
  var shelf = SnapshotShelf()
  /// Whether changes of items are noted for checkpoints.
  let keepsChanges: Bool

  /// A shard without a map, without collections.
  ///
  /// - Parameters:
  ///   - keepsChanges: Whether changes of items are noted, for checkpoints that write only those.
  ///   - epochMicroseconds: How long searches of an epoch are answered after the next one was installed.
  ///   - changedItemsMax: The limit of changed items of one instance that are noted for a transfer.
  package init(
    keepsChanges: Bool = false, epochMicroseconds: UInt64 = ServedEpochs.lifetimeMicrosecondsDefault,
    changedItemsMax: Int = ChangedItems.idsMaxDefault
  ) {
    self.keepsChanges = keepsChanges
    self.changedItemsMax = changedItemsMax
    epochs = ServedEpochs(lifetimeMicroseconds: epochMicroseconds)
  }

  /// The shard map, if a coordinator has given one.
  package var shardMap: ShardMap? { map }

  /// The shard's own place in the map.
  package var shardID: ShardID? { shard }

  /// The epoch of the map, or 0.
  package var epoch: Epoch { map?.epoch ?? Epoch(0) }

  // MARK: The map

  /// Takes a shard map: a newer one, or the same again.
  ///
  /// - Parameter now: The time, if searches of the epoch before are answered a while longer; `nil` if none can come.
  package mutating func install(
    _ new: ShardMap, as id: ShardID, now: Instant? = nil, log: Log = {}
  ) throws(WireError) {
    guard new.shards.contains(where: { $0.id == id }) else {
      throw WireError(.conflict, message: "the map has no shard of that id")
    }
    if let map {
      guard map.clusterID == new.clusterID else {
        throw WireError(
          .wrongCluster, errorClass: [.notExecuted], message: "this shard belongs to another cluster than the map")
      }
      guard shard == id else { throw WireError(.conflict, message: "this is another shard of the cluster") }
      guard new.epoch > map.epoch || new == map else {
        throw WireError(
          .staleEpoch, epoch: map.epoch.rawValue, message: "the shard has a newer map, or another one of this epoch")
      }
    }
    guard new != map else { return }
    try log()
    if let map, let now { epochs.end(map.epoch, owned: owned, now: now) }
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

  /// The slots that a search or a GET of an epoch sees.
  ///
  /// - Throws: STALE_EPOCH for one that is not answered, or not any more.
  func slots(in epoch: Epoch, now: Instant) throws(WireError) -> SlotSet {
    if let map, map.epoch == epoch { return owned }
    if let earlier = epochs.owned(in: epoch, now: now) { return earlier }
    throw WireError(.staleEpoch, shard: shard.map { UInt32($0.rawValue) }, epoch: self.epoch.rawValue)
  }

  func check(_ ids: [UInt64], in slots: SlotSet) throws(WireError) {
    guard ids.allSatisfy({ slots.contains(slot(of: ItemID($0))) }) else {
      throw WireError(.notOwner, shard: shard.map { UInt32($0.rawValue) }, epoch: epoch.rawValue)
    }
  }

  /// Refuses to write items of foreign slots, or of slots that are about to go.
  func check(writable ids: [UInt64]) throws(WireError) {
    try check(ids, in: owned)
    guard !ids.contains(where: { transfers.isFrozen(slot(of: ItemID($0))) }) else {
      throw WireError(
        .slotFrozen, shard: shard.map { UInt32($0.rawValue) }, epoch: epoch.rawValue,
        retryAfterMilliseconds: TransferRequest.retryAfterMilliseconds)
    }
  }
}
