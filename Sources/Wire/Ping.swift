/// The body of PING and PONG: 8 bytes of the sender's choice.
package struct Ping: ConnectionBody {
  package var token: UInt64 = 0

  package init() {}

  /// A ping that its answer will be known by.
  package init(token: UInt64) { self.token = token }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.field(
      "payload", &token, read: { (reader) throws(WireError) in try reader.integer() }, write: { $1.write($0) },
      show: { token, sheet in sheet.put("payload", .bytes((0..<8).map { UInt8(truncatingIfNeeded: token >> (8 * $0)) }))
      })
  }
}
