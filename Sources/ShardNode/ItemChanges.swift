/// Which items of a collection instance have changed since the last checkpoint, or since a copy was made of it.
enum ItemChanges: Equatable {
  /// Changes are not noted, because the shard keeps items in memory only.
  case untracked
  /// These were stored or removed.
  case ids(Set<UInt64>)
  /// More than are noted one by one: all items count as changed.
  case all

  /// The limit of ids that are noted one by one for a checkpoint.
  static let idsMax = 1 << 20

  /// Nothing has changed yet.
  static let none = ItemChanges.ids([])

  /// How many are noted one by one.
  var count: Int { if case .ids(let ids) = self { ids.count } else { 0 } }

  /// Notes an item.
  mutating func note(_ id: UInt64, idsMax: Int = Self.idsMax) {
    guard case .ids(var ids) = self else { return }
    // Out of the enum first, so that the set is changed in place.
    self = .all
    ids.insert(id)
    if ids.count <= idsMax { self = .ids(ids) }
  }

  /// Takes out the next one that is noted, in no promised order.
  mutating func takeNext() -> UInt64? {
    guard case .ids(var ids) = self else { return nil }
    self = .all
    defer { self = .ids(ids) }
    return ids.popFirst()
  }

  /// Takes over what changed before these.
  mutating func add(_ earlier: ItemChanges) {
    switch (self, earlier) {
    case (.ids(let mine), .ids(let theirs)):
      let ids = mine.union(theirs)
      self = ids.count <= Self.idsMax ? .ids(ids) : .all
    case (.untracked, _), (.all, _): break
    case (.ids, _): self = .all
    }
  }
}
