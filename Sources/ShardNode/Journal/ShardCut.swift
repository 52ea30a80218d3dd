import Placement
import Retrieval
import Vocabulary

/// The state of a shard between two changes: a checkpoint writes it while changes go on.
struct ShardCut: Sendable {
  /// A collection instance.
  struct Instance: Sendable {
    let key: InstanceKey
    let snapshot: Snapshot
    let slotVersions: [UInt64]
    let ledger: WriteLedger
    /// Since the cut before.
    let changes: ItemChanges
  }

  /// The last record of the log whose change is in it.
  let sequence: UInt64
  let map: ShardMap?
  let shard: ShardID?
  let transfers: OpenTransfers
  /// Ascending by key.
  let instances: [Instance]
}

extension ShardState {
  /// The present state, and what has changed since the last one was taken.
  mutating func cut(at sequence: UInt64) -> ShardCut {
    var parts: [ShardCut.Instance] = []
    for key in instances.keys.sorted() {
      guard let instance = instances[key] else { continue }
      parts.append(
        ShardCut.Instance(
          key: key, snapshot: instance.table.snapshot(), slotVersions: instance.slotVersions, ledger: instance.ledger,
          changes: instance.changes))
      instances[key]?.changes = .none
    }
    return ShardCut(sequence: sequence, map: map, shard: shard, transfers: transfers, instances: parts)
  }

  /// Takes the changes back of a cut that could not be written.
  mutating func restore(changesOf cut: ShardCut) {
    for part in cut.instances { instances[part.key]?.changes.add(part.changes) }
  }
}
