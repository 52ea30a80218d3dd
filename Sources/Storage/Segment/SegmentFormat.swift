import Bytes

/// The bytes of a segment file around its blocks; proto-spec/08-files/segment.md.
enum SegmentFormat {
  static let magic = Array("WNWSEG01".utf8)
  static let headerSize = 32
  static let blockHeaderSize = 12
  /// Stands where a block has its size.
  static let footerMark = UInt32.max
  /// Mark, blocks, rows, hash, checksum.
  static let footerSize = 4 + 8 + 8 + ContentHash.byteCount + 4
  /// Largest payload of a block.
  static let blockMax = 32 << 20

  /// The header, which is also what every checksum of the file begins with, so that no block of another file fits.
  static func header(owner: UInt64, number: UInt64) -> [UInt8] {
    var writer = ByteWriter(reservingCapacity: headerSize)
    writer.write(bytes: magic)
    writer.write(owner)
    writer.write(number)
    writer.write(UInt32(0))
    writer.write(CRC32C.checksum(writer.bytes))
    return writer.bytes
  }

  /// The checksum of a block, or of the footer, which counts as the block behind the last.
  static func checksum(
    _ header: [UInt8], block index: UInt64, _ sizes: some Collection<UInt8>, _ stored: some Collection<UInt8>
  ) -> UInt32 {
    var place = ByteWriter(reservingCapacity: 8)
    place.write(index)
    var crc = CRC32C()
    crc.update(header)
    crc.update(place.bytes)
    crc.update(sizes)
    crc.update(stored)
    return crc.value
  }

  /// Bytes up to the next multiple of 8.
  static func padding(_ count: Int) -> Int { -count & 7 }
}

/// The digest of a whole segment's content.
package struct SegmentDigest: Hashable, Sendable {
  package let blocks: UInt64
  /// The rows that the writer counted.
  package let rows: UInt64
  /// SHA-256 of the SHA-256 of each block's payload.
  package let hash: [UInt8]

  package init(blocks: UInt64, rows: UInt64, hash: [UInt8]) {
    (self.blocks, self.rows, self.hash) = (blocks, rows, hash)
  }
}
