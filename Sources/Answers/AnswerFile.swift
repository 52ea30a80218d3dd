import Bytes

/// The bytes of a file of the answer log; `proto-spec/08-files/answers.md`.
enum AnswerFile {
  static let magic = Array("WNWANS01".utf8)
  static let headerSize = 32
  static let blockHeaderSize = 12
  /// Largest payload of a block, raw or stored.
  static let blockMax = 32 << 20
  /// Bytes of records that make a block.
  static let blockWanted = 1 << 20
  /// A record with its inputs that is longer than this is written without them.
  static let recordMax = 16 << 20

  static func name(_ number: UInt64) -> String { "answers-\(number)" }

  static func number(ofName name: String) -> UInt64? {
    guard name.hasPrefix("answers-"), let number = UInt64(name.dropFirst(8)), Self.name(number) == name else {
      return nil
    }
    return number
  }

  /// The header, which is also what the checksum of each block begins with, so that no block of another file fits.
  static func header(salt: UInt64, number: UInt64) -> [UInt8] {
    var writer = ByteWriter(reservingCapacity: headerSize)
    writer.write(bytes: magic)
    writer.write(salt)
    writer.write(number)
    writer.write(UInt32(0))
    writer.write(CRC32C.checksum(writer.bytes))
    return writer.bytes
  }

  /// Whether bytes begin with a whole header.
  static func isHeader(_ bytes: [UInt8]) -> Bool {
    guard bytes.count >= headerSize, bytes.starts(with: magic) else { return false }
    var reader = ByteReader(bytes[(headerSize - 4)..<headerSize])
    return (try? reader.read(UInt32.self)) == CRC32C.checksum(bytes[..<(headerSize - 4)])
  }

  /// A block of records.
  static func block(_ records: AnswerRecords, header: [UInt8]) -> [UInt8] {
    let payload = records.payload
    let packed = LZ4Block.compress(payload.bytes)
    let stored = packed ?? payload.bytes
    var writer = ByteWriter(reservingCapacity: blockHeaderSize + stored.count + 4)
    writer.write(UInt32(stored.count))
    writer.write(UInt32(packed == nil ? 0 : payload.count))
    writer.write(UInt32(records.count))
    writer.write(bytes: stored)
    writer.write(checksum(header, writer.bytes[...]))
    return writer.bytes
  }

  static func checksum(_ header: [UInt8], _ block: ArraySlice<UInt8>) -> UInt32 {
    var crc = CRC32C()
    crc.update(header)
    crc.update(block)
    return crc.value
  }
}
