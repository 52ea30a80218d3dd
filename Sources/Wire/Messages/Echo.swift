/// ECHO: bytes that come back as they are, request and reply alike (`proto-spec/03-messages/echo.md`).
package struct Echo: RequestMessage, Equatable {
  package typealias Reply = Echo
  package static let opcode = Opcode.echo
  /// Most bytes of a request.
  package static let bytesMax = 65_536

  package var bytes: [UInt8] = []

  package init() {}

  package init(bytes: [UInt8]) { self.bytes = bytes }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.field(
      "data", &bytes,
      read: { (reader) throws(WireError) in
        guard reader.remaining <= Self.bytesMax else {
          throw WireError(.limitExceeded, fieldOffset: 0, message: "an echo has at most \(Self.bytesMax) bytes")
        }
        return Array(try reader.raw(reader.remaining))
      }, write: { $1.write(bytes: $0) }, show: { $1.put("data", .bytes($0)) })
  }
}
