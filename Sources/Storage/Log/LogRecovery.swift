/// Reads the files of a log from the first record that is still needed.
struct LogRecovery {
  /// Files that hold records, oldest first, each with its last record's number.
  private(set) var files: [(number: UInt64, last: UInt64)] = []
  /// Files without a whole record.
  private(set) var empty: [UInt64] = []
  private(set) var nextNumber: UInt64
  /// The last whole record's number and checksum.
  private(set) var lastSequence: UInt64
  private(set) var chain: UInt32 = 0

  init(
    _ names: LogFileNames, owner: UInt64, checkpoint: UInt64, fileSize: Int,
    replay: (_ sequence: UInt64, _ payload: [UInt8]) throws(StorageError) -> Void
  ) throws(StorageError) {
    let newest = try names.newestNumber()
    let numbers: [UInt64]
    do throws(DiskError) { numbers = try names.numbers() } catch { throw .disk(error) }
    nextNumber = max(newest, numbers.last ?? 0) + 1
    lastSequence = checkpoint
    guard newest > 0 || !numbers.isEmpty || checkpoint > 0 else { return }
    guard let last = numbers.last, last >= newest else { throw Self.missing(names.file(newest)) }
    var isFirst = true
    for number in numbers {
      let path = names.file(number)
      let file: [UInt8]
      do throws(DiskError) {
        guard let bytes = try names.directory.disk.read(path, limit: fileSize) else { continue }
        file = bytes
      } catch {
        guard error.isTooLarge else { throw .disk(error) }
        throw .damaged(path: path, hint: "it is longer than a file of this log")
      }
      guard file.count == fileSize else { throw .damaged(path: path, hint: "it is shorter than a file of this log") }
      guard let header = LogFileHeader(file), header.number == number, header.firstSequence > 0 else {
        throw .damaged(path: path, hint: "its first \(LogFileHeader.size) bytes are not whole")
      }
      guard header.owner == owner else { throw .foreign(path: path) }
      if isFirst, header.firstSequence > checkpoint + 1 {
        throw Self.missing("\(path): records \(checkpoint + 1) to \(header.firstSequence - 1)")
      }
      guard isFirst || header.firstSequence == lastSequence + 1 && header.chain == chain else {
        throw Self.missing("\(path): records \(lastSequence + 1) to \(header.firstSequence - 1)")
      }
      isFirst = false
      let scan = try LogScan(file, header) { (record) throws(StorageError) in
        if record.sequence > checkpoint, !record.payload.isEmpty { try replay(record.sequence, record.payload) }
      }
      guard !scan.isDamaged else {
        throw .damaged(
          path: path, hint: "record \(scan.lastSequence + 1), which was durable, is not whole")
      }
      lastSequence = scan.lastSequence
      chain = scan.chain
      if number == last { try Self.makeDurable(file[scan.doubtful..<scan.end], names, number) }
      if scan.lastSequence < header.firstSequence { empty.append(number) } else { files.append((number, lastSequence)) }
    }
    guard lastSequence >= checkpoint else {
      throw Self.missing("\(names.file(last)): records \(lastSequence + 1) to \(checkpoint)")
    }
  }

  /// Writes what was read once more: if the process died before its last sync, or that sync failed, then what reads well
  /// may be in memory only, and later files would rest on it.
  private static func makeDurable(
    _ bytes: ArraySlice<UInt8>, _ names: LogFileNames, _ number: UInt64
  ) throws(StorageError) {
    do throws(DiskError) {
      let file = try names.directory.disk.openSized(names.file(number))
      try file.write(Array(bytes), at: bytes.startIndex)
      try file.sync()
    } catch { throw .disk(error) }
  }

  private static func missing(_ what: String) -> StorageError {
    .damaged(path: what, hint: "it was durable and is missing")
  }
}
