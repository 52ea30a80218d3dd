import Bytes

extension IDDictionary {
  /// The content of the file, in the form that `DictionaryFile` describes; equal dictionaries give equal bytes.
  package var bytes: [UInt8] {
    var writer = ByteWriter(reservingCapacity: 48 + count * 24)
    writer.write(bytes: DictionaryFile.magic)
    writer.write(UInt32(isPseudonymous ? 2 : 1))
    writer.write(UInt32(0))
    writer.write(keyCheck ?? 0)
    writer.write(nextGiven)
    writer.write(UInt64(count))
    for position in 0..<count {
      writer.write(ids[position])
      if isPseudonymous {
        writer.write(checks[position])
      } else {
        writer.write(UInt16(names[position].utf8.count))
        writer.write(bytes: names[position].utf8)
      }
    }
    writer.write(CRC32C.checksum(writer.bytes))
    return writer.bytes
  }

  /// Reads a file.
  ///
  /// - Throws: `dictionary` if the bytes are not what was written.
  package init(_ path: String, bytes: [UInt8]) throws(NameError) {
    try self.init(try DictionaryFile(path, bytes: bytes))
  }

  /// Makes the tables of a file.
  ///
  /// - Throws: `dictionary` if an entry does not fit those before it.
  package init(_ file: DictionaryFile) throws(NameError) {
    self.init(file.path, keyCheck: file.keyCheck)
    restore(nextGiven: file.nextGiven)
    var isWhole = true
    try file.forEach { id, entry in
      switch entry {
      case .name(let name): isWhole = restore(id, name: name) && isWhole
      case .pseudonym(let check): isWhole = restore(id, check: check) && isWhole
      }
    }
    guard isWhole else { throw file.damage }
  }
}
