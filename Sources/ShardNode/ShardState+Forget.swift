import Placement
import Retrieval
import Vocabulary
import Wire

/// A walk through the items of one instance in search of those that no epoch and no transfer needs.
struct Sweep {
  let key: InstanceKey
  let snapshot: Snapshot
  var next: RowAddress

  /// The rows of one step.
  static let rowsMax = 16_384
}

extension ShardState {
  /// Slots whose items have to stay: owned now or in an epoch that is still answered, or arriving.
  private func needed(now: Instant) -> SlotSet {
    var slots = owned
    slots.formUnion(epochs.needed(now: now))
    slots.formUnion(transfers.arriving)
    return slots
  }

  /// Finds some items that no epoch and no transfer needs, and removes them.
  ///
  /// - Returns: Whether there is more to do.
  mutating func forgetSome(
    now: Instant, log: (ForgetRecord) throws(WireError) -> Void = { _ in }
  ) throws(WireError) -> Bool {
    expireSnapshot(now: now)
    let needed = needed(now: now)
    guard let at = sweep ?? newSweep(needed) else { return false }
    // An instance that was dropped meanwhile needs no sweep.
    guard instances[at.key] != nil else {
      sweep = nil
      return true
    }
    var ids: [UInt64] = []
    let next = at.snapshot.walk(from: at.next, rowsMax: Sweep.rowsMax) { _, id in
      guard ids.count < ForgetRecord.idsMax else { return false }
      if !needed.contains(slot(of: id)) { ids.append(id.rawValue) }
      return true
    }
    if !ids.isEmpty {
      let record = ForgetRecord(of: at.key, ids: ids)
      try log(record)
      forget(record)
    }
    sweep = next.map { Sweep(key: at.key, snapshot: at.snapshot, next: $0) }
    return true
  }

  private func newSweep(_ needed: SlotSet) -> Sweep? {
    let key = instances.keys.sorted().first { key in instances[key].map { !$0.occupied.isSubset(of: needed) } ?? false }
    return key.flatMap { key in
      instances[key].map { Sweep(key: key, snapshot: $0.table.snapshot(), next: .first) }
    }
  }

  /// Removes items that no epoch and no transfer needs.
  mutating func forget(_ record: ForgetRecord) {
    guard var instance = instances.removeValue(forKey: record.key) else { return }
    for id in record.ids { instance.remove(ItemID(id)) }
    instances[record.key] = instance
  }
}
