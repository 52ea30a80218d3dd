package import Vocabulary

/// Ids that a search must not return.
///
/// A hash table by chains whose links are places of the ids, made in one pass over them. The hash has a factor that
/// differs in every process, so that no choice of ids makes it slow.
package struct ExcludeSet: Sendable {
  private let ids: [ItemID]
  /// The last id of each chain, counted from 1.
  private var heads: [UInt32] = []
  /// The id before each in its chain, counted from 1.
  private var links: [UInt32] = []
  private let factor: UInt64
  private let shift: UInt64

  /// Takes ids in any order; repeats do no harm.
  package init(_ ids: [ItemID] = []) {
    self.ids = ids
    let bits = max(Int.bitWidth - ids.count.leadingZeroBitCount, 1)
    factor = UInt64(truncatingIfNeeded: Hasher().finalize()) | 1
    shift = UInt64(64 - bits)
    guard !ids.isEmpty else { return }
    heads = [UInt32](repeating: 0, count: 1 << bits)
    links.reserveCapacity(ids.count)
    for (place, id) in ids.enumerated() {
      let chain = chain(of: id)
      links.append(heads[chain])
      heads[chain] = UInt32(place + 1)
    }
  }

  /// Whether no id is excluded.
  var isEmpty: Bool { ids.isEmpty }

  /// Whether an id is excluded.
  package func contains(_ id: ItemID) -> Bool {
    guard !ids.isEmpty else { return false }
    var place = Int(heads[chain(of: id)])
    while place > 0 {
      if ids[place - 1] == id { return true }
      place = Int(links[place - 1])
    }
    return false
  }

  private func chain(of id: ItemID) -> Int { Int((id.rawValue &* factor) >> shift) }
}
