import Placement
import Vocabulary

/// Which items of some slots have changed since the source of a transfer made its copy of them.
struct ChangedItems {
  let slots: SlotSet
  private(set) var ids: Set<UInt64> = []
  /// There were too many to note.
  private(set) var isOverfull = false
  private let idsMax: Int

  /// The limit of noted ids.
  static let idsMaxDefault = 4 << 20

  init(in slots: SlotSet, idsMax: Int) {
    self.slots = slots
    self.idsMax = idsMax
  }

  /// Notes an item if it is of these slots.
  mutating func note(_ id: ItemID) {
    guard slots.contains(slot(of: id)), !isOverfull else { return }
    ids.insert(id.rawValue)
    guard ids.count > idsMax else { return }
    isOverfull = true
    ids = []
  }

  /// Takes the next one, in no promised order.
  mutating func takeNext() -> UInt64? { ids.popFirst() }
}
