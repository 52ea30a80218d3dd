package import Bytes

/// The body of CANCEL: the request whose answer the client has given up.
package struct Cancel: Hashable, Sendable {
  package var requestID: UInt64

  /// Cancels a request.
  package init(requestID: UInt64) { self.requestID = requestID }

  /// Reads a body; every byte is consumed.
  package init(from bytes: ArraySlice<UInt8>) throws(ByteError) {
    var reader = ByteReader(bytes)
    requestID = try reader.read()
    try reader.finish()
  }

  /// The body as it travels.
  package var body: [UInt8] {
    var writer = ByteWriter(reservingCapacity: 8)
    writer.write(requestID)
    return writer.bytes
  }
}
