package import Vocabulary

/// Ids that a search must not return.
package struct ExcludeSet: Sendable {
  private let ids: [ItemID]

  /// Sorts the ids unless they ascend already; repeats do no harm.
  package init(_ ids: [ItemID] = []) {
    let ascend = zip(ids, ids.dropFirst()).allSatisfy { $0 <= $1 }
    self.ids = ascend ? ids : ids.sorted()
  }

  /// Whether an id is excluded, in steps of the logarithm: no choice of ids makes it slow.
  package func contains(_ id: ItemID) -> Bool {
    var low = 0
    var high = ids.count
    while low < high {
      let middle = (low + high) / 2
      if ids[middle] < id { low = middle + 1 } else { high = middle }
    }
    return low < ids.count && ids[low] == id
  }
}
