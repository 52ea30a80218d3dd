import Placement
import Retrieval
import Vocabulary
import Wire

/// A walk through the items of one instance in search of those that no epoch and no transfer needs.
struct Sweep: Sendable {
  let key: InstanceKey
  private let snapshot: Snapshot
  private var next = RowAddress.first

  /// The rows of one step.
  private static let rowsMax = 16_384

  /// A walk through an instance that has items in other slots than those that are needed; `nil`: none has.
  init?(through instances: [InstanceKey: CollectionInstance], needed: SlotSet) {
    let key = instances.filter { !$0.value.occupied.isSubset(of: needed) }.keys.min()
    guard let key, let instance = instances[key] else { return nil }
    (self.key, snapshot) = (key, instance.table.snapshot())
  }

  /// Takes a step.
  ///
  /// - Returns: The items that are not needed, and the walk behind them; `nil`: it is at its end.
  func step(needed: SlotSet) -> (found: ForgetRecord, rest: Sweep?) {
    var ids: [UInt64] = []
    let next = snapshot.walk(from: next, rowsMax: Self.rowsMax) { _, id in
      guard ids.count < ForgetRecord.idsMax else { return false }
      if !needed.contains(slot(of: id)) { ids.append(id.rawValue) }
      return true
    }
    let rest = next.map { next in
      var rest = self
      rest.next = next
      return rest
    }
    return (ForgetRecord(of: key, ids: ids), rest)
  }
}
