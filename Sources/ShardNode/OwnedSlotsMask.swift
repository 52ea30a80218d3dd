import Placement
import Retrieval
import Vocabulary

/// Withholds rows of slots that the shard does not own under an epoch, and remembers which they are: a block's ids never
/// change, so that only the first search asks for the slot of each.
final class OwnedSlotsMask: RowMask {
  /// Which of the first `count` rows of a block are owned.
  private struct Kept: Sendable {
    var rows: RowBits
    var count: Int
  }

  /// The limit of blocks remembered. Rewritten blocks leave theirs behind, so at the limit the memory is emptied.
  private static let blocksMax = 32_768

  let owned: SlotSet
  private let blocks = Lock<[UInt64: Kept]>([:])

  init(owned: SlotSet) { self.owned = owned }

  func restrict(_ rows: inout RowBits, block: UInt64, ids: Span<UInt64>) {
    var kept = blocks.withLock { $0[block] } ?? Kept(rows: RowBits(capacity: rows.words.count * 64), count: 0)
    if kept.count < ids.count {
      for row in kept.count..<ids.count where owned.contains(slot(of: ItemID(ids[row]))) { kept.rows[row] = true }
      kept.count = ids.count
      // A search that saw fewer rows of the block must not undo what another search has found.
      blocks.withLock { [kept] blocks in
        if blocks.count >= Self.blocksMax { blocks = [:] }
        if blocks[block].map({ $0.count < kept.count }) ?? true { blocks[block] = kept }
      }
    }
    rows.formIntersection(kept.rows)
  }
}

/// The masks that searches of a collection needed last: one for each of the two epochs that are asked for during a move.
struct OwnedSlotsMasks: Sendable {
  private static let countMax = 2
  private var masks: [OwnedSlotsMask] = []

  /// The mask for some slots, with what it remembers.
  mutating func mask(owned: SlotSet) -> OwnedSlotsMask {
    if let mask = masks.first(where: { $0.owned == owned }) { return mask }
    let mask = OwnedSlotsMask(owned: owned)
    masks = masks.suffix(Self.countMax - 1) + [mask]
    return mask
  }
}
