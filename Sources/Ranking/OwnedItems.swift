/// What a shopper has had: items ascending by id, with how often, when last, and how strongly.
package struct OwnedItems: Hashable, Sendable {
  /// One item of them.
  package struct Item: Hashable, Sendable {
    /// Events of the shopper on the item.
    package let count: Float
    /// The day of the last of them, since 1970.
    package let day: Float
    /// The binary logarithm of their number at that day, where an event counts half after each half-life.
    package let level: Float

    package init(count: Float, day: Float, level: Float) {
      (self.count, self.day, self.level) = (count, day, level)
    }
  }

  /// Strictly ascending.
  package let ids: [UInt64]
  /// `[ids]`.
  private let items: ArraySlice<Item>

  /// Nothing.
  package init() { (ids, items) = ([], []) }

  /// - Parameter ids: Strictly ascending.
  package init(ids: [UInt64], items: ArraySlice<Item>) {
    precondition(ids.count == items.count, "an item for each id")
    (self.ids, self.items) = (ids, items)
  }

  package var isEmpty: Bool { ids.isEmpty }

  /// What the shopper had of an item; `nil` if nothing.
  ///
  /// - Complexity: O(log n).
  package subscript(id: UInt64) -> Item? {
    var (low, high) = (0, ids.count)
    while low < high {
      let middle = (low + high) / 2
      if ids[middle] < id { low = middle + 1 } else { high = middle }
    }
    return low < ids.count && ids[low] == id ? items[items.startIndex + low] : nil
  }
}
