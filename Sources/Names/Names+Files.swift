package import Storage

extension DictionaryFile {
  /// Reads a file of a disk.
  ///
  /// - Returns: `nil` if there is none.
  package static func readIfThere(_ path: String, on disk: some Disk) throws(NameError) -> DictionaryFile? {
    let bytes: [UInt8]?
    do throws(DiskError) { bytes = try disk.read(path, limit: bytesMax) } catch {
      throw NameError(path, .unreadable, error.text)
    }
    guard let bytes else { return nil }
    return try DictionaryFile(path, bytes: bytes)
  }
}

extension IDDictionary {
  /// Reads a file of a disk, which has to be there.
  package static func read(_ path: String, on disk: some Disk) throws(NameError) -> IDDictionary {
    guard let file = try DictionaryFile.readIfThere(path, on: disk) else {
      throw NameError(path, .unreadable, "there is no such file", advice: "'winnow import' writes it")
    }
    return try IDDictionary(file)
  }
}

extension Pseudonyms {
  /// Reads a key file: 16 to 1,024 bytes, which only its owner may read or write.
  package init(keyFile path: String) throws(NameError) {
    var bytes: [UInt8] = []
    let mode: UInt32
    do throws(DiskError) {
      let file = try ReadableFile(path)
      mode = try file.permissions()
      while bytes.count < Self.fileBytesMax {
        let next = try file.next(4096)
        if next.isEmpty { break }
        bytes += next
      }
    } catch {
      throw NameError(path, .unreadable, error.text, advice: Self.advice(path))
    }
    try self.init(keyFile: path, bytes: bytes, mode: mode)
  }
}
