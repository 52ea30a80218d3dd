import Placement
import Retrieval
import Vocabulary

/// Withholds rows of slots that the shard does not own under an epoch.
struct OwnedSlotsMask: RowMask {
  let owned: SlotSet

  func restrict(_ rows: inout RowBits, block: UInt64, ids: Span<UInt64>) {
    rows.keep { owned.contains(slot(of: ItemID(ids[$0]))) }
  }
}
