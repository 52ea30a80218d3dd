import Bytes
package import Storage
package import Vocabulary

/// Writes an answer log: files that are only appended to, the oldest of which make room for the newest.
package struct AnswerWriter {
  /// What a write has come to.
  package struct Outcome: Sendable {
    package var written = 0
    /// Records whose inputs were too long to be kept.
    package var withoutInputs = 0
    /// Why the rest could not be written.
    package var failure: DiskError?
  }

  /// What a log may take of the disk.
  package struct Limits: Sendable {
    /// Bytes of all files.
    package let bytesMax: Int
    /// A file that is longer or older is followed by the next.
    package let fileBytesMax: Int
    package let fileMicrosecondsMax: Int64

    /// Files of an eighth of the whole, at most 64 MiB, and of a day.
    package init(bytesMax: Int, fileMicrosecondsMax: Int64 = 86_400_000_000) {
      self.bytesMax = bytesMax
      fileBytesMax = min(bytesMax / 8, 64 << 20)
      self.fileMicrosecondsMax = fileMicrosecondsMax
    }
  }

  private struct Finished {
    let path: String
    let size: Int
  }

  private let directory: String
  private let disk: any Disk
  private let limits: Limits
  private let random: any RandomSource
  private var nextNumber: UInt64
  /// Ascending by number; the one that is written to is not among them.
  private var older: [Finished] = []
  private var file: (any AppendableFile)?
  private var header: [UInt8] = []
  private var path = ""
  private var begun: Int64 = 0

  /// Opens a directory, which is made if it is not there; what stands in it counts for the limit.
  package init(
    _ directory: String, on disk: any Disk, _ limits: Limits, random: any RandomSource
  ) throws(DiskError) {
    (self.directory, self.disk, self.limits, self.random) = (directory, disk, limits, random)
    try disk.makeDirectory(directory)
    let numbers = try disk.list(directory).compactMap(AnswerFile.number).sorted()
    nextNumber = (numbers.last ?? 0) + 1
    for number in numbers {
      let path = "\(directory)/\(AnswerFile.name(number))"
      older.append(Finished(path: path, size: try disk.openForReading(path).size))
    }
    try makeRoom(for: 0)
  }

  /// Bytes of all files.
  package var byteCount: Int { older.reduce(file?.count ?? 0) { $0 + $1.size } }

  /// Appends answers, as one block or several. They are in the file afterwards, and durable once the file is finished: a
  /// loss of power may take the last ones.
  package mutating func write(_ answers: [LoggedAnswer], now: Int64) -> Outcome {
    var outcome = Outcome()
    var records = AnswerRecords()
    for (place, answer) in answers.enumerated() {
      if !records.add(answer) { outcome.withoutInputs += 1 }
      guard records.payload.count >= AnswerFile.blockWanted || place == answers.count - 1 else { continue }
      do throws(DiskError) {
        try append(records, now: now)
        outcome.written += records.count
        records = AnswerRecords()
      } catch {
        outcome.failure = error
        break
      }
    }
    return outcome
  }

  private mutating func append(_ records: AnswerRecords, now: Int64) throws(DiskError) {
    if let file, file.count >= limits.fileBytesMax || now - begun >= limits.fileMicrosecondsMax { try finish() }
    do throws(DiskError) {
      if file == nil { try begin(now) }
      let block = AnswerFile.block(records, header: header)
      try makeRoom(for: block.count)
      try file?.append(block)
    } catch {
      // A file that has failed once fails for ever: the next write begins another one.
      abandon()
      throw error
    }
  }

  private mutating func begin(_ now: Int64) throws(DiskError) {
    path = "\(directory)/\(AnswerFile.name(nextNumber))"
    header = AnswerFile.header(salt: random.next(), number: nextNumber)
    begun = now
    let file = try disk.openForAppending(path)
    self.file = file
    nextNumber += 1
    try file.append(header)
  }

  /// Makes the file that is written to durable; the next write begins another one.
  package mutating func finish() throws(DiskError) {
    guard let file else { return }
    defer { abandon() }
    try file.sync()
  }

  private mutating func abandon() {
    if let file { older.append(Finished(path: path, size: file.count)) }
    file = nil
  }

  /// Removes the oldest files until more bytes have room.
  private mutating func makeRoom(for size: Int) throws(DiskError) {
    while let oldest = older.first, byteCount + size > limits.bytesMax {
      try disk.remove(oldest.path)
      older.removeFirst()
    }
  }

  // MARK: Forgetting

  /// Writes the files again that hold answers which must go.
  ///
  /// - Returns: how many answers went.
  package mutating func remove(_ mustGo: (LoggedAnswer) -> Bool) throws(DiskError) -> Int {
    try finish()
    var count = 0
    for (place, finished) in older.enumerated() {
      var blocks = try AnswerBlocks(finished.path, on: disk)
      var bytes = blocks.header
      var removed = 0
      while let records = blocks.next() {
        // What is no answer says of no shopper that it is about one: it goes too.
        var kept = AnswerRecords()
        for record in records where (try? LoggedAnswer(record)).map({ !mustGo($0) }) ?? false { kept.add(record) }
        removed += records.count - kept.count
        if kept.count > 0 { bytes += AnswerFile.block(kept, header: blocks.header) }
      }
      // A part that cannot be read could be about the shopper.
      guard removed > 0 || blocks.fault != nil else { continue }
      try disk.replace(finished.path, with: bytes)
      older[place] = Finished(path: finished.path, size: bytes.count)
      count += removed
    }
    return count
  }
}
