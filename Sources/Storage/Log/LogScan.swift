/// The records of a log file, read from the first on.
struct LogScan {
  /// The last whole record's number and checksum; those of the header if there is none.
  private(set) var lastSequence: UInt64
  private(set) var chain: UInt32
  /// Where the records end.
  private(set) var end = LogFileHeader.size
  /// Where the records begin that may be in memory only: the last record names those before it that were durable.
  private(set) var doubtful = 0
  /// Whether a record behind the end proves that the one at the end was durable, so that it was damaged since, not
  /// torn when the power went.
  private(set) var isDamaged = false

  /// Reads all records of a file in order, as far as they are whole.
  init(
    _ file: [UInt8], _ header: LogFileHeader, onRecord: (LogRecord) throws(StorageError) -> Void
  ) throws(StorageError) {
    lastSequence = header.firstSequence - 1
    var starts: [Int] = []
    var durable = lastSequence
    chain = header.chain
    while let record = LogRecord(file, at: end, salt: header.salt), record.sequence == lastSequence + 1,
      record.chain == chain
    {
      try onRecord(record)
      lastSequence = record.sequence
      starts.append(end)
      durable = record.durable
      chain = record.checksum
      end += record.size
    }
    if durable >= header.firstSequence, durable < lastSequence {
      doubtful = starts[Int(durable + 1 - header.firstSequence)]
    }
    isDamaged = Self.isDurable(lastSequence + 1, file, from: end, salt: header.salt)
  }

  /// Whether a whole record from an offset on was written when `sequence` was durable.
  private static func isDurable(_ sequence: UInt64, _ file: [UInt8], from start: Int, salt: UInt64) -> Bool {
    let tag = LogRecord.tag(salt)
    let bytes = (0..<4).map { UInt8(truncatingIfNeeded: tag >> (8 * UInt32($0))) }
    // Records begin at multiples of 8, and end with a checksum: none is in the zeros at the end of the file but for its
    // own last bytes.
    let end = min(file.count, file.contentEnd + LogRecord.overhead)
    for offset in stride(from: start, to: end - LogRecord.overhead + 1, by: 8)
    where file[offset] == bytes[0] && file[offset + 1] == bytes[1] && file[offset + 2] == bytes[2]
      && file[offset + 3] == bytes[3]
    {
      if let record = LogRecord(file, at: offset, salt: salt), record.durable >= sequence { return true }
    }
    return false
  }
}
