internal import Bytes

extension ByteReader {
  /// A reader of a file's content: what lies between a magic text and the checksum of all before it.
  init(checked bytes: [UInt8], magic: String) throws(ByteError) {
    self.init(bytes.dropLast(4))
    var trailer = ByteReader(bytes.suffix(4))
    let checksum = try trailer.read(UInt32.self)
    guard try readBytes(magic.utf8.count).elementsEqual(magic.utf8) else {
      throw .outOfRange(offset: 0, field: "magic")
    }
    guard checksum == CRC32C.checksum(bytes.dropLast(4)) else { throw .outOfRange(offset: offset, field: "checksum") }
  }
}
