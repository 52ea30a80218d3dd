package import Bytes

/// The body of CREDIT: the number of further requests that may be in flight, for good.
package struct Credit: Hashable, Sendable {
  package var count: UInt32

  /// Grants credits, at least 1.
  package init(count: UInt32) { self.count = count }

  /// Reads a body; every byte is consumed.
  package init(from bytes: ArraySlice<UInt8>) throws(ByteError) {
    var reader = ByteReader(bytes)
    count = try reader.read()
    guard count >= 1 else { throw .outOfRange(offset: 0, field: "at least one credit is granted") }
    try reader.finish()
  }

  /// The body as it travels.
  package var body: [UInt8] {
    var writer = ByteWriter(reservingCapacity: 4)
    writer.write(count)
    return writer.bytes
  }
}
