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

  /// The histories of a collection.
  struct Histories: Sendable {
    let name: String
    let table: HistoryTable
    /// Since the cut before.
    let changes: ItemChanges
  }

  /// The last record of the log whose change is in it.
  let sequence: UInt64
  let map: ShardMap?
  let shard: ShardID?
  let claim: UInt64
  let history: ShardHistory
  let transfers: SlotTransfers
  /// Ascending by key.
  let instances: [Instance]
  /// Ascending by name.
  let histories: [Histories]
  /// What was forgotten before the log went on in its present file.
  let forgotten: UInt64
}
