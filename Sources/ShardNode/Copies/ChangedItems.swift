/// Which items of an instance have changed since a copy of it was made.
struct ChangedItems {
  private(set) var ids: Set<UInt64> = []
  /// There were too many to note.
  private(set) var isOverfull = false
  private let idsMax: Int

  /// The limit of noted ids.
  static let idsMaxDefault = 4 << 20

  init(idsMax: Int) { self.idsMax = idsMax }

  /// Notes an item.
  mutating func note(_ id: UInt64) {
    guard !isOverfull else { return }
    ids.insert(id)
    guard ids.count > idsMax else { return }
    isOverfull = true
    ids = []
  }

  /// Takes the next one, in no promised order.
  mutating func takeNext() -> UInt64? { ids.popFirst() }
}
