import Telemetry
import Vocabulary

/// Counts snapshots that a client has read whole.
final class SnapshotTally: Sendable {
  private struct Open: Sendable {
    var snapshot: UInt64 = 0
    /// Shards that are not read to their end.
    var unread: Set<ShardID> = []
  }

  private let open = Lock(Open())
  private let whole: Counter

  init(_ registry: MetricRegistry) {
    whole = registry.counter("winnow_snapshots_total", help: "Snapshots that were read whole.")
  }

  /// A snapshot of these shards begins; the one before it is over.
  func begin(_ snapshot: UInt64, of shards: [ShardID]) {
    open.withLock { $0 = Open(snapshot: snapshot, unread: Set(shards)) }
  }

  /// A shard is read to its end: its last part may be read again, and counts once.
  func read(_ snapshot: UInt64, to shard: ShardID) {
    let isWhole = open.withLock { open in
      open.snapshot == snapshot && open.unread.remove(shard) != nil && open.unread.isEmpty
    }
    if isWhole { whole.add() }
  }
}
