package import Kernels
package import Vocabulary

/// The items of a catalogue in ascending order, so that equal scores rank by row.
package struct CatalogueIDs: Sendable {
  private let ids: [ItemID]

  /// - Precondition: Strictly ascending.
  package init(ascending ids: [ItemID]) {
    precondition(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 }, "each item once, ascending")
    self.ids = ids
  }

  package var count: Int { ids.count }

  package subscript(row: UInt32) -> ItemID { ids[Int(row)] }

  /// The row of an item; `nil` if the catalogue does not have it.
  ///
  /// - Complexity: O(log n).
  package func row(of item: ItemID) -> UInt32? {
    var (low, high) = (0, ids.count)
    while low < high {
      let middle = (low + high) / 2
      if ids[middle] < item { low = middle + 1 } else { high = middle }
    }
    return low < ids.count && ids[low] == item ? UInt32(low) : nil
  }

  /// The rows of those items that the catalogue has, strictly ascending.
  func rows(of items: [ItemID]) -> [UInt32] { Set(items.compactMap { row(of: $0) }).sorted() }
}

/// The buffers that a thread which ranks catalogues keeps from case to case.
package struct CatalogueRoom {
  var scan: CatalogueScan

  package init(kernels: KernelSet = KernelSet()) { scan = CatalogueScan(kernels: kernels) }
}
