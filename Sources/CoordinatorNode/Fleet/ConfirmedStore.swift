package import Storage
import Vocabulary
import Wire

/// What shards have confirmed, in the data directory: it is written at most every second while shards take writes.
package final class ConfirmedStore: Sendable {
  private static let byteCountMax = 64 << 10

  private struct State {
    var current: ConfirmedShards
    var written: ConfirmedShards?
  }

  /// One write at a time, while others read what is in memory.
  private struct Writer: Sendable {
    let file: Lock<TwoGenerationFile>
  }

  private let writer: Writer
  /// What is in memory, and what the file has.
  private let state: Lock<State>
  /// The path of a generation that was not whole at the start: worth a line in the log.
  package let damagedPath: String?

  /// Opens the store. A directory of an earlier version has none yet.
  ///
  /// - Throws: `StorageError`; bytes that are whole but are none of this are `.damaged`.
  package init(_ directory: DataDirectory) throws(StorageError) {
    let file = directory.twoGenerationFile("confirmed", limit: Self.byteCountMax)
    writer = Writer(file: Lock(file))
    let contents = try file.read()
    damagedPath = contents?.damagedPath
    do throws(WireError) {
      let confirmed = try contents.map { (contents) throws(WireError) in try ConfirmedShards(bytes: contents.bytes) }
      state = Lock(State(current: confirmed ?? ConfirmedShards(), written: confirmed))
    } catch {
      throw .damaged(
        path: directory.file("confirmed"), hint: "it is whole but not of this version; was it written by a later one?")
    }
  }

  /// As it is in memory.
  package var current: ConfirmedShards { state.withLock { $0.current } }

  /// Changes it in memory.
  package func update<Value>(_ change: (inout ConfirmedShards) -> Value) -> Value {
    state.withLock { change(&$0.current) }
  }

  /// Writes it if the file has another one. Blocks while the disk writes.
  package func write() throws(StorageError) {
    try writer.file.withLock { (file) throws(StorageError) in
      let state = state.withLock { $0 }
      guard state.current != state.written else { return }
      _ = try file.write(state.current.bytes)
      self.state.withLock { $0.written = state.current }
    }
  }
}
