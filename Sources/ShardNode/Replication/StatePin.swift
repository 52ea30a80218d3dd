import Bytes
import Placement
import Retrieval
import Vocabulary
import Wire

/// What a shard holds at one position of its history, pinned, so that members can compare it without holding up writes.
struct StatePin: Sendable {
  /// Records that were applied.
  let position: UInt64
  /// Ascending by key.
  let instances: [Instance]
  /// Ascending by the name of the collection.
  let histories: [(name: String, table: HistoryTable)]

  struct Instance: Sendable {
    let key: InstanceKey
    let snapshot: Snapshot
    let slotVersions: [UInt64]
  }

  private static let itemsBetweenYields = 256

  /// The sum of all items with their versions, of the last versions of slots, and of histories; `nil`: it was stopped.
  func digest(while isWanted: () -> Bool) async -> ItemDigest? {
    var whole = ItemDigest()
    var parts = ByteWriter()
    for instance in instances {
      var rows: [RowAddress] = []
      instance.snapshot.forEachItem { row, _ in
        rows.append(row)
        return true
      }
      var (items, versions) = (ItemDigest(), 0 as UInt64)
      for (count, row) in rows.enumerated() {
        let item = instance.snapshot.item(at: row)
        items.add(item)
        versions &+= (item.id.rawValue | 1) &* instance.snapshot.version(at: row)
        guard (count + 1) % Self.itemsBetweenYields == 0 else { continue }
        guard isWanted() else { return nil }
        await Task.yield()
      }
      whole.add(items)
      parts.write(bytes: Array(instance.key.name.utf8))
      parts.write(instance.key.generation.rawValue)
      parts.write(bytes: items.bytes)
      parts.write(versions)
      parts.write(array: instance.slotVersions)
    }
    for (name, table) in histories {
      guard isWanted() else { return nil }
      parts.write(bytes: Array(name.utf8))
      parts.write(bytes: table.digest(of: .all).bytes)
      await Task.yield()
    }
    return ItemDigest(itemCount: whole.itemCount, bytes: ContentHash.sha256(parts.bytes))
  }
}
