/// A message body with its page in `proto-spec/03-messages`.
package protocol Message: Sendable {
  /// Reads the fields; does not look at what stands behind them.
  init(from reader: inout BodyReader) throws(WireError)
  /// Writes the fields.
  func write(to writer: inout BodyWriter)
}

extension Message {
  /// Decodes a whole body: every byte belongs to it.
  package init(body: ArraySlice<UInt8>) throws(WireError) {
    var reader = BodyReader(body)
    try self.init(from: &reader)
    try reader.finish()
  }

  /// Decodes a whole body.
  package init(body: [UInt8]) throws(WireError) { try self.init(body: body[...]) }

  /// The body, cut into sections.
  package var body: MessageBody {
    var writer = BodyWriter()
    write(to: &writer)
    return writer.body
  }
}

/// A message that asks; its opcode is the request's and the reply's.
package protocol RequestMessage: Message {
  associatedtype Reply: Message
  static var opcode: Opcode { get }
}
