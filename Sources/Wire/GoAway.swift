package import Bytes

/// The body of GOAWAY: the server takes no more requests.
package struct GoAway: Hashable, Sendable {
  /// Requests with greater ids were not executed.
  package var lastRequestID: UInt64
  package var reason: ErrorCode
  /// Until the server closes.
  package var milliseconds: UInt32

  /// Says goodbye.
  package init(lastRequestID: UInt64, reason: ErrorCode, milliseconds: UInt32) {
    self.lastRequestID = lastRequestID
    self.reason = reason
    self.milliseconds = milliseconds
  }

  /// Reads a body; every byte is consumed.
  package init(from bytes: ArraySlice<UInt8>) throws(ByteError) {
    var reader = ByteReader(bytes)
    lastRequestID = try reader.read()
    reason = ErrorCode(rawValue: try reader.read())
    milliseconds = try reader.read()
    try reader.finish()
  }

  /// The body as it travels.
  package var body: [UInt8] {
    var writer = ByteWriter(reservingCapacity: 14)
    writer.write(lastRequestID)
    writer.write(reason.rawValue)
    writer.write(milliseconds)
    return writer.bytes
  }
}
