import Vocabulary
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

    /// The item after one more event.
    ///
    /// - Parameters:
    ///   - before: What there was of it; `nil`: nothing.
    ///   - day: Of the event; `nil`: no day has passed since the last one.
    package init(after before: Item?, day: Double?, halfLife: Double) {
      guard let before else {
        self.init(count: 1, day: Float(day ?? 0), level: 0)
        return
      }
      let now = day ?? Double(before.day)
      // Of the logarithm that is kept, so that a log which is read again gives the same.
      let level = Double(before.level) - (now - Double(before.day)) / halfLife
      self.init(count: before.count + 1, day: Float(now), level: Float(SignedLog.log2OfOneMore(level)))
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

  /// The same with the items of a session, the oldest first, as events of a day.
  package func adding(_ session: [UInt64], day: Double?, halfLife: Double) -> OwnedItems {
    guard !session.isEmpty else { return self }
    var all = Dictionary(zip(ids, items)) { first, _ in first }
    for id in session { all[id] = Item(after: all[id], day: day, halfLife: halfLife) }
    let sorted = all.sorted { $0.key < $1.key }
    return OwnedItems(ids: sorted.map(\.key), items: sorted.map(\.value)[...])
  }

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
