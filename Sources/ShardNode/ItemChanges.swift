/// Which items of a collection instance have changed since the last checkpoint.
enum ItemChanges: Equatable {
  /// Changes are not noted, because the shard keeps items in memory only.
  case untracked
  /// These were stored or removed.
  case ids(Set<UInt64>)
  /// More than `idsMax`: all items count as changed.
  case all

  /// The limit of ids that are noted one by one.
  static let idsMax = 1 << 20

  /// Nothing has changed yet.
  static let none = ItemChanges.ids([])

  mutating func note(_ id: UInt64) {
    guard case .ids(var ids) = self else { return }
    // Out of the enum first, so that the set is changed in place.
    self = .all
    ids.insert(id)
    if ids.count <= Self.idsMax { self = .ids(ids) }
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
