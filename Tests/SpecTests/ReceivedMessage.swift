import Transport
import Vocabulary
import Wire

/// A message as its receiver sees it: the header of its first fragment and the joined raw payloads.
struct ReceivedMessage {
  var header: FrameHeader
  var body: [UInt8]

  /// The messages that bytes complete, in order; for bytes that have been accepted.
  static func all(in bytes: [UInt8]) throws -> [ReceivedMessage] {
    var assembler = FrameAssembler(payloadWireBytesMax: 4 << 20)
    var codec = FrameCodec(compression: .all)
    var open: [UInt64: ReceivedMessage] = [:]
    var whole: [ReceivedMessage] = []
    assembler.append(bytes, at: .init(nanoseconds: 0))
    while true {
      switch assembler.next(at: .init(nanoseconds: 0)) {
      case .needsBytes: return whole
      case .fault(let fault): throw fault
      case .header: break
      case .frame(let header, let payload):
        var message = ReceivedMessage(header: header, body: [])
        if header.flags.contains(.continuation) { message = open[header.requestID] ?? message }
        message.body += try codec.decodePayload(payload, of: header)
        open[header.requestID] = message
        if header.flags.contains(.fin) { whole.append(message) }
      }
    }
  }

  /// The decoded body.
  func decoded() throws(WireError) -> any FieldGroup { try Messages.read(header, body) }

  /// The body that the decoded message is written as.
  func encodedAgain() throws -> [UInt8] {
    var writer = BodyWriter(version: header.bodyVersion)
    try decoded().write(to: &writer)
    return writer.body.bytes
  }
}
