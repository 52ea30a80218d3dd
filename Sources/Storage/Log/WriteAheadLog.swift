import Bytes
package import Vocabulary

/// The log that a write reaches before it is acknowledged: numbered records in files of fixed size, made durable in groups.
///
/// `append` only queues; `commit` makes all that is queued durable, with one sync for each file that it touches. The
/// format is proto-spec/08-files/log.md. A log that failed once stays failed: what the disk holds is unknown then.
package final class WriteAheadLog: Sendable {
  /// How a log is laid out.
  package struct Options: Sendable {
    /// Bytes of each file, a multiple of 8.
    package var fileSize = 64 << 20
    /// Bytes that only records with the right to it may take, deletes, when there is no room for another file.
    package var reserve = 16 << 20

    package init() {}
  }

  /// The results of the commits so far.
  private struct Tail {
    /// `nil`: the disk had no room for one at the start; the next record brings one.
    var file: (any SizedFile)?
    var header: LogFileHeader
    var end = LogFileHeader.size
    var durable: UInt64
    var chain: UInt32
    /// Older files with the number of their last record, oldest first.
    var older: [(number: UInt64, last: UInt64)]
  }

  private let names: LogFileNames
  private let options: Options
  private let random: any RandomSource
  private let queue: LogQueue
  private let tail: Lock<Tail>

  /// Opens the log of a directory, or makes it, and goes on in a new file.
  ///
  /// - Parameters:
  ///   - owner: Files of another are refused.
  ///   - checkpoint: The last record that is kept elsewhere too; those after it are replayed, in order.
  ///   - random: For a salt for each file.
  ///   - admit: Called when all is replayed, before anything is written.
  /// - Throws: `.damaged` if records that were durable are missing or not whole, `.foreign`, `.disk`, or what `replay`
  ///   throws.
  package init(
    in directory: DataDirectory, owner: UInt64, after checkpoint: UInt64, options: Options = Options(),
    random: any RandomSource,
    admit: () throws(StorageError) -> Void = {},
    replay: (_ sequence: UInt64, _ payload: [UInt8]) throws(StorageError) -> Void
  ) throws(StorageError) {
    precondition(options.fileSize % 8 == 0 && options.fileSize > LogFileHeader.size, "a size of files")
    names = LogFileNames(directory)
    self.options = options
    self.random = random
    let found = try LogRecovery(
      names, owner: owner, checkpoint: checkpoint, fileSize: options.fileSize, replay: replay)
    try admit()
    var hasSpare = true
    do throws(DiskError) { try names.makeSpareIfNeeded(size: options.fileSize) } catch {
      // What is there can be read without room for more; a new log is of no use.
      guard error.isFull, !found.files.isEmpty else { throw .disk(error) }
      hasSpare = false
    }
    let header = LogFileHeader(
      salt: random.next(), owner: owner, number: found.nextNumber - (hasSpare ? 0 : 1),
      firstSequence: found.lastSequence + 1, chain: found.chain)
    var older = found.files
    var file: (any SizedFile)?
    if hasSpare {
      file = try names.begin(header)
      do throws(DiskError) {
        for number in found.empty { try directory.disk.remove(names.file(number)) }
      } catch { throw .disk(error) }
    } else {
      older = (older + found.empty.map { ($0, found.lastSequence) }).sorted { $0.number < $1.number }
    }
    tail = Lock(Tail(file: file, header: header, durable: found.lastSequence, chain: found.chain, older: older))
    queue = LogQueue(after: found.lastSequence, options, hasFile: hasSpare)
  }

  /// The last record that is durable.
  package var durable: UInt64 { tail.withLock { $0.durable } }

  // MARK: Writing

  /// Queues a record; it is durable after the next `commit`.
  ///
  /// - Parameters:
  ///   - payload: Not empty, at most `payloadMax` bytes.
  ///   - mayUseReserve: Whether it may take the last room, which is kept for what frees room.
  /// - Returns: Its number, or `nil` if there is no room for it now.
  /// - Throws: What a commit failed with before.
  package func append(_ payload: [UInt8], mayUseReserve: Bool = false) throws(StorageError) -> UInt64? {
    precondition(!payload.isEmpty && payload.count <= payloadMax, "a payload that fits")
    return try queue.append(payload, mayUseReserve: mayUseReserve)
  }

  /// Bytes that a payload may have.
  package var payloadMax: Int {
    min(LogRecord.payloadMax, options.fileSize - LogFileHeader.size - LogRecord.overhead - 7)
  }

  /// Makes everything queued before the call durable.
  ///
  /// - Returns: The number of the last durable record.
  /// - Throws: `.disk`; nothing more can be written then.
  package func commit() throws(StorageError) -> UInt64 {
    try tail.withLock { (tail) throws(StorageError) in
      do throws(StorageError) { try write(queue.takeAll(), &tail) } catch {
        let error = names.directory.isInPlace ? error : .gone(path: names.directory.path)
        queue.fail(error)
        throw error
      }
      return tail.durable
    }
  }

  /// Makes sure that the file that is written to is where a start would look for it; if not, nothing more can be written.
  ///
  /// - Throws: `.gone`.
  package func requireInPlace() throws(StorageError) {
    try tail.withLock { (tail) throws(StorageError) in
      do throws(StorageError) {
        try names.directory.requireInPlace()
        guard tail.file?.isInPlace ?? true else { throw .gone(path: names.file(tail.header.number)) }
      } catch {
        queue.fail(error)
        throw error
      }
    }
  }

  /// Notes on disk that what is durable is durable, so that damage to the last records is told from a torn end. A
  /// commit writes it; done at times of rest and before a log is closed.
  package func mark() { queue.mark() }

  /// Goes on in the next file, if it is there, so that those before it can be removed whole.
  ///
  /// - Returns: The number of the mark with which that file begins, or `nil`.
  package func turn() throws(StorageError) -> UInt64? { try queue.turn() }

  private func write(_ entries: [LogQueue.Entry], _ tail: inout Tail) throws(StorageError) {
    var writer = ByteWriter()
    var sequence = tail.durable
    for entry in entries {
      if entry.beginsFile {
        try flush(&writer, through: sequence, &tail)
        try beginFile(&tail)
      }
      sequence += 1
      tail.chain = LogRecord.write(
        stored: entry.stored, rawCount: entry.rawCount, sequence: sequence, durable: tail.durable, chain: tail.chain,
        salt: tail.header.salt, to: &writer)
    }
    try flush(&writer, through: sequence, &tail)
  }

  private func flush(_ writer: inout ByteWriter, through sequence: UInt64, _ tail: inout Tail) throws(StorageError) {
    guard writer.count > 0, let file = tail.file else { return }
    do throws(DiskError) {
      try file.write(writer.bytes, at: tail.end)
      try file.sync()
    } catch {
      throw .disk(error)
    }
    // The sync of a file without a name succeeds too.
    guard file.isInPlace else { throw .gone(path: names.file(tail.header.number)) }
    tail.end += writer.count
    tail.durable = sequence
    writer = ByteWriter()
  }

  // MARK: Files

  /// How many files it has, the one that is written to included.
  package var fileCount: Int { tail.withLock { $0.older.count + ($0.file == nil ? 0 : 1) } }

  private func beginFile(_ tail: inout Tail) throws(StorageError) {
    let header = LogFileHeader(
      salt: random.next(), owner: tail.header.owner, number: tail.header.number + 1, firstSequence: tail.durable + 1,
      chain: tail.chain)
    if tail.file != nil { tail.older.append((tail.header.number, tail.durable)) }
    tail.file = try names.begin(header)
    tail.header = header
    tail.end = LogFileHeader.size
    queue.takeSpare()
  }

  /// Whether there is a file that takes records.
  package var hasFile: Bool { tail.withLock { $0.file != nil } || !queue.needsSpare }

  /// Whether the next file is still to be made, and can be.
  package var needsSpare: Bool { queue.needsSpare }

  /// Makes the next file, so that no write waits for it; one caller at a time, while others append and commit.
  ///
  /// - Throws: `DiskError`, such as that the disk is full: nothing is lost, and it can be tried again.
  package func makeSpare() throws(DiskError) {
    guard needsSpare else { return }
    try names.makeSpare(size: options.fileSize)
    queue.addSpare()
  }

  /// Removes files whose records are all kept elsewhere, those up to a checkpoint.
  package func release(through checkpoint: UInt64) throws(DiskError) {
    let numbers = tail.withLock { tail in
      // The newest file stays: a start would miss it.
      let most = tail.older.count - (tail.file == nil ? 1 : 0)
      let count = tail.older.prefix(most).prefix { $0.last <= checkpoint }.count
      defer { tail.older.removeFirst(count) }
      return tail.older.prefix(count).map(\.number)
    }
    for number in numbers { try names.directory.disk.remove(names.file(number)) }
  }
}
