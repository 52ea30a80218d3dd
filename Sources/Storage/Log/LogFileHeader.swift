import Bytes

/// The first bytes of a log file: whose it is, and where in the log it begins.
struct LogFileHeader: Hashable {
  static let magic = Array("WNWLOG01".utf8)
  /// Bytes on disk.
  static let size = 48  // a multiple of 8, as the records behind it begin at one

  /// Random, so that no record of another file passes for one of this file.
  let salt: UInt64
  /// The log's owner; a file of another is refused.
  let owner: UInt64
  /// Ascending by one from file to file.
  let number: UInt64
  /// The sequence number of the file's first record.
  let firstSequence: UInt64
  /// The checksum of the record before it, 0 for the very first.
  let chain: UInt32

  init(salt: UInt64, owner: UInt64, number: UInt64, firstSequence: UInt64, chain: UInt32) {
    (self.salt, self.owner, self.number) = (salt, owner, number)
    (self.firstSequence, self.chain) = (firstSequence, chain)
  }

  init?(_ file: [UInt8]) {
    guard file.count >= Self.size else { return nil }
    var reader = ByteReader(file[..<Self.size])
    do throws(ByteError) {
      guard Array(try reader.readBytes(Self.magic.count)) == Self.magic else { return nil }
      salt = try reader.read()
      owner = try reader.read()
      number = try reader.read()
      firstSequence = try reader.read()
      chain = try reader.read()
      guard try reader.read(UInt32.self) == CRC32C.checksum(file[..<(Self.size - 4)]) else { return nil }
    } catch {
      return nil
    }
  }

  var bytes: [UInt8] {
    var writer = ByteWriter(reservingCapacity: Self.size)
    writer.write(bytes: Self.magic)
    writer.write(salt)
    writer.write(owner)
    writer.write(number)
    writer.write(firstSequence)
    writer.write(chain)
    writer.write(CRC32C.checksum(writer.bytes))
    return writer.bytes
  }
}
