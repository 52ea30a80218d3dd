import Bytes
import Vocabulary

/// Records of a log that wait for the next commit, and the room for more.
final class LogQueue: Sendable {
  /// A payload on its way to the disk.
  struct Entry {
    let stored: [UInt8]
    /// 0 if it is not compressed.
    let rawCount: Int
    /// Whether it did not fit into the file of the one before it.
    let beginsFile: Bool
  }

  private struct State {
    var entries: [Entry] = []
    var lastSequence: UInt64
    /// Bytes left in the file that the last entry goes to.
    var room: Int
    /// Whether a spare file is there that no entry needs yet.
    var hasSpare = false
    /// Whether an entry is on its way to the spare file.
    var takesSpare = false
    var failure: StorageError?
  }

  private let state: Lock<State>
  private let options: WriteAheadLog.Options

  /// An empty queue before a new file, or before none.
  init(after lastSequence: UInt64, _ options: WriteAheadLog.Options, hasFile: Bool) {
    self.options = options
    state = Lock(State(lastSequence: lastSequence, room: hasFile ? options.fileSize - LogFileHeader.size : 0))
  }

  /// Queues a record.
  ///
  /// - Returns: Its number, or `nil` if there is no room for it now.
  /// - Throws: What a commit failed with before.
  func append(_ payload: [UInt8], mayUseReserve: Bool) throws(StorageError) -> UInt64? {
    let block = payload.count >= 512 ? LZ4Block.compress(payload) : nil
    let (stored, rawCount) = block.map { ($0, payload.count) } ?? (payload, 0)
    return try state.withLock { (state) throws(StorageError) in
      if let failure = state.failure { throw failure }
      let size = LogRecord.size(stored: stored.count)
      let fits = size <= state.room
      guard fits || state.hasSpare else { return nil }
      let room = (fits ? state.room : options.fileSize - LogFileHeader.size) - size
      guard mayUseReserve || state.hasSpare && fits || room >= options.reserve else { return nil }
      state.room = room
      if !fits { (state.hasSpare, state.takesSpare) = (false, true) }
      state.entries.append(Entry(stored: stored, rawCount: rawCount, beginsFile: !fits))
      state.lastSequence += 1
      return state.lastSequence
    }
  }

  /// Queues a mark, if there is room for it.
  func mark() {
    state.withLock { state in
      let size = LogRecord.size(stored: 0)
      guard state.failure == nil, size <= state.room else { return }
      state.room -= size
      state.entries.append(Entry(stored: [], rawCount: 0, beginsFile: false))
      state.lastSequence += 1
    }
  }

  /// Queues a mark that begins the next file, if that file is there.
  ///
  /// - Returns: Its number.
  func turn() throws(StorageError) -> UInt64? {
    try state.withLock { (state) throws(StorageError) in
      if let failure = state.failure { throw failure }
      guard state.hasSpare else { return nil }
      state.room = options.fileSize - LogFileHeader.size - LogRecord.size(stored: 0)
      (state.hasSpare, state.takesSpare) = (false, true)
      state.entries.append(Entry(stored: [], rawCount: 0, beginsFile: true))
      state.lastSequence += 1
      return state.lastSequence
    }
  }

  /// Takes out all that waits.
  ///
  /// - Throws: What a commit failed with before.
  func takeAll() throws(StorageError) -> [Entry] {
    try state.withLock { (state) throws(StorageError) in
      if let failure = state.failure { throw failure }
      defer { state.entries = [] }
      return state.entries
    }
  }

  /// Takes nothing more: what the disk holds is unknown.
  func fail(_ error: StorageError) { state.withLock { $0.failure = error } }

  /// Whether the next file is still to be made, and can be.
  var needsSpare: Bool { state.withLock { $0.failure == nil && !$0.hasSpare && !$0.takesSpare } }

  /// Notes that the next file is there.
  func addSpare() { state.withLock { $0.hasSpare = true } }

  /// Notes that the spare file is the one that is written to.
  func takeSpare() { state.withLock { $0.takesSpare = false } }
}
