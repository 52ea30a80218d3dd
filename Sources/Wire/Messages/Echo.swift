/// ECHO: bytes that come back as they are, request and reply alike (`proto-spec/03-messages/echo.md`).
package struct Echo: RequestMessage, Equatable {
  package typealias Reply = Echo
  package static let opcode = Opcode.echo
  /// Most bytes of a request.
  package static let bytesMax = 65_536

  package var bytes: [UInt8]

  package init(bytes: [UInt8]) { self.bytes = bytes }

  package init(from reader: inout BodyReader) throws(WireError) {
    guard reader.remaining <= Self.bytesMax else {
      throw WireError(.limitExceeded, fieldOffset: 0, message: "an echo has at most \(Self.bytesMax) bytes")
    }
    bytes = Array(try reader.raw(reader.remaining))
  }

  package func write(to writer: inout BodyWriter) { writer.write(bytes: bytes) }
}
