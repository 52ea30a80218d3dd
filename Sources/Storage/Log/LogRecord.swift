import Bytes

/// One record of a log file: a payload with its number, chained to the record before it.
struct LogRecord: Hashable {
  /// Bytes of a record besides its payload, without the padding to 8.
  static let overhead = 36
  /// Largest payload.
  static let payloadMax = 32 << 20

  let sequence: UInt64
  /// The number of the last record that was durable when this one was written.
  let durable: UInt64
  /// The checksum of the record before.
  let chain: UInt32
  let payload: [UInt8]
  /// Its own checksum.
  let checksum: UInt32
  /// Bytes on disk, padding included.
  let size: Int

  /// Bytes on disk of a record whose payload is stored in `count` bytes.
  static func size(stored count: Int) -> Int { (overhead + count + 7) & ~7 }

  /// Writes a record.
  ///
  /// - Parameter rawCount: Bytes of the payload if `stored` is an LZ4 block of it, else 0.
  /// - Returns: Its checksum.
  static func write(
    stored: [UInt8], rawCount: Int, sequence: UInt64, durable: UInt64, chain: UInt32, salt: UInt64,
    to writer: inout ByteWriter
  ) -> UInt32 {
    let start = writer.count
    writer.write(tag(salt))
    writer.write(UInt32(stored.count))
    writer.write(UInt32(rawCount))
    writer.write(chain)
    writer.write(sequence)
    writer.write(durable)
    writer.write(bytes: stored)
    let checksum = checksum(writer.bytes[start...], salt: salt)
    writer.write(checksum)
    writer.pad(to: 8)
    return checksum
  }

  /// Reads the record at an offset of a file.
  ///
  /// - Returns: `nil` if there is none that is whole: not there, torn, or damaged.
  init?(_ file: [UInt8], at offset: Int, salt: UInt64) {
    guard offset <= file.count - Self.overhead else { return nil }
    var reader = ByteReader(file[offset...])
    do throws(ByteError) {
      guard try reader.read(UInt32.self) == Self.tag(salt) else { return nil }
      let storedCount = try reader.read(UInt32.self)
      let rawCount = try reader.read(UInt32.self)
      chain = try reader.read()
      sequence = try reader.read()
      durable = try reader.read()
      guard storedCount <= Self.payloadMax, rawCount <= Self.payloadMax else { return nil }
      let stored = try reader.readBytes(Int(storedCount))
      checksum = try reader.read()
      guard checksum == Self.checksum(file[offset..<offset + Self.overhead - 4 + stored.count], salt: salt) else {
        return nil
      }
      size = Self.size(stored: stored.count)
      if rawCount == 0 {
        payload = Array(stored)
      } else {
        // The checksum held, so a block that does not open is a fault of the writer, not of the disk.
        guard let raw = try? LZ4Block.decompress(stored, rawCount: Int(rawCount)) else { return nil }
        payload = raw
      }
    } catch {
      return nil
    }
  }

  /// The first bytes of each record of a file, by which a search for records finds its candidates.
  static func tag(_ salt: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: salt >> 32) | 1 }

  private static func checksum(_ bytes: ArraySlice<UInt8>, salt: UInt64) -> UInt32 {
    var seed = ByteWriter(reservingCapacity: 8)
    seed.write(salt)
    var crc = CRC32C()
    crc.update(seed.bytes)
    crc.update(bytes)
    return crc.value
  }
}
