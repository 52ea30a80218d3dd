import Bytes

/// The files of a log in their directory: `log-N` with its records, `log-spare` of zeros for the next one, and `log.a`,
/// `log.b` with the newest number, so that a newest file that is gone is missed.
struct LogFileNames: Sendable {
  let directory: DataDirectory
  private let newest: TwoGenerationFile

  init(_ directory: DataDirectory) {
    self.directory = directory
    newest = directory.twoGenerationFile("log", limit: 8)
  }

  var spare: String { directory.file("log-spare") }
  func file(_ number: UInt64) -> String { directory.file("log-\(number)") }

  /// The numbers of the log's files, ascending.
  func numbers() throws(DiskError) -> [UInt64] {
    try directory.disk.list(directory.path).compactMap { name in
      guard name.hasPrefix("log-"), let number = UInt64(name.dropFirst(4)), file(number) == directory.file(name) else {
        return nil
      }
      return number
    }.sorted()
  }

  /// The number of the newest file, as far as it was noted; 0 if there never was one.
  func newestNumber() throws(StorageError) -> UInt64 {
    guard let bytes = try newest.read()?.bytes else { return 0 }
    var reader = ByteReader(bytes)
    do throws(ByteError) {
      let number = try reader.read(UInt64.self)
      try reader.finish()
      return number
    } catch {
      throw .damaged(path: directory.file("log"), hint: "it holds no number")
    }
  }

  func noteNewest(_ number: UInt64) throws(StorageError) {
    var writer = ByteWriter()
    writer.write(number)
    _ = try newest.write(writer.bytes)
  }

  /// Turns the spare file into the one of a header, durably.
  func begin(_ header: LogFileHeader) throws(StorageError) -> any SizedFile {
    do throws(DiskError) {
      let file = try directory.disk.openSized(spare)
      try file.write(header.bytes, at: 0)
      try file.sync()
      try directory.disk.rename(spare, to: self.file(header.number))
    } catch { throw .disk(error) }
    try noteNewest(header.number)
    return try reopened(header.number)
  }

  private func reopened(_ number: UInt64) throws(StorageError) -> any SizedFile {
    do throws(DiskError) { return try directory.disk.openSized(file(number)) } catch { throw .disk(error) }
  }

  /// Makes the spare file, of `size` zeros.
  func makeSpare(size: Int) throws(DiskError) { try directory.disk.makeZeroed(spare, size: size) }

  /// Makes the spare file unless one is there that a process has left unused: one may have a header in it.
  func makeSpareIfNeeded(size: Int) throws(DiskError) {
    do throws(DiskError) {
      if let bytes = try directory.disk.read(spare, limit: size), bytes.count == size, bytes.contentEnd == 0 { return }
    } catch { guard error.isTooLarge else { throw error } }
    try makeSpare(size: size)
  }
}
