import Storage
import Vocabulary

/// The checkpoints of a shard, of which one is written at a time.
final class Checkpoints: Sendable {
  private let writer: Lock<CheckpointWriter>

  /// - Parameter writer: Goes on from the last checkpoint.
  init(_ writer: CheckpointWriter) { self.writer = Lock(writer) }

  /// Writes a cut, and frees what only older ones needed.
  ///
  /// - Returns: Whether it counts now; if not, there was no room.
  func write(_ cut: ShardCut, releasing log: WriteAheadLog) throws(StorageError) -> Bool {
    try writer.withLock { (writer) throws(StorageError) in try writer.write(cut, releasing: log) }
  }
}
