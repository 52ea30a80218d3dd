import Bytes

/// The file: magic `WNWDICT1` · kind u32 (1 ids, 2 pseudonyms) · 0 u32 · key check u64 · next number u64 · count u64 ·
/// entries · CRC32C u32 of all before it; little-endian. An entry is number u64 · length u16 · id in UTF-8, or
/// number u64 · check u64. Equal dictionaries give equal bytes.
extension IDDictionary {
  /// Bytes of a file at most.
  package static let fileBytesMax = 8 << 30

  private static let magic = Array("WNWDICT1".utf8)

  /// The content of the file.
  package var bytes: [UInt8] {
    var writer = ByteWriter(reservingCapacity: 48 + count * 24)
    writer.write(bytes: Self.magic)
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
  package init(_ file: String, bytes: [UInt8]) throws(DataError) {
    let damaged = DataError(
      file, .dictionary, "the dictionary is damaged",
      advice: "restore it from a copy: without it the model's numbers mean nothing")
    do throws(ByteError) {
      var reader = ByteReader(bytes.dropLast(4))
      var trailer = ByteReader(bytes.suffix(4))
      let checksum = try trailer.read(UInt32.self)
      guard Array(try reader.readBytes(8)) == Self.magic, CRC32C.checksum(bytes.dropLast(4)) == checksum else {
        throw .outOfRange(offset: 0, field: "checksum")
      }
      let kind = try reader.read(UInt32.self)
      let zero = try reader.read(UInt32.self)
      let key = try reader.read(UInt64.self)
      let next = try reader.read(UInt64.self)
      let count = try reader.read(UInt64.self)
      guard kind == 1 || kind == 2, zero == 0, next >= Self.firstGiven, count < UInt64(UInt32.max) else {
        throw .outOfRange(offset: 8, field: "header")
      }
      self.init(file, keyCheck: kind == 2 ? key : nil)
      restore(nextGiven: next)
      for _ in 0..<count {
        let id = try reader.read(UInt64.self)
        let fits: Bool
        if kind == 2 {
          fits = restore(id, check: try reader.read(UInt64.self))
        } else {
          let name = String(validating: try reader.readBytes(Int(try reader.read(UInt16.self))), as: UTF8.self)
          fits = name.map { restore(id, name: $0) } ?? false
        }
        guard fits else { throw .outOfRange(offset: reader.offset, field: "entry") }
      }
      try reader.finish()
    } catch {
      throw damaged
    }
  }
}
