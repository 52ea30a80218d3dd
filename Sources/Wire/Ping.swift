package import Bytes

/// The body of PING and PONG: 8 bytes of the sender's choice.
package struct Ping: Hashable, Sendable {
  package var token: UInt64

  /// A ping that its answer will be known by.
  package init(token: UInt64) { self.token = token }

  /// Reads a body; every byte is consumed.
  package init(from bytes: ArraySlice<UInt8>) throws(ByteError) {
    var reader = ByteReader(bytes)
    token = try reader.read()
    try reader.finish()
  }

  /// The body as it travels.
  package var body: [UInt8] {
    var writer = ByteWriter(reservingCapacity: 8)
    writer.write(token)
    return writer.bytes
  }
}
