/// A message body with its page in `proto-spec/03-messages`, or a record that is kept in the same form.
package protocol Message: Sendable {
  /// Reads the fields; does not look at what stands behind them.
  init(from reader: inout BodyReader) throws(WireError)
  /// Writes the fields.
  func write(to writer: inout BodyWriter)
  /// The newest version of the body; the fields of older ones are read and written too.
  static var bodyVersion: UInt16 { get }
  /// The version that a sender writes: the newest, or an older one that has all that this message says.
  var sentVersion: UInt16 { get }
}

extension Message {
  package static var bodyVersion: UInt16 { 1 }
  package var sentVersion: UInt16 { Self.bodyVersion }

  /// Decodes a whole body: every byte belongs to it.
  ///
  /// - Parameter version: Of the body; `nil`: the newest.
  package init(body: ArraySlice<UInt8>, version: UInt16? = nil) throws(WireError) {
    var reader = BodyReader(body, version: version ?? Self.bodyVersion)
    try self.init(from: &reader)
    try reader.finish()
  }

  /// Decodes a whole body.
  package init(body: [UInt8], version: UInt16? = nil) throws(WireError) {
    try self.init(body: body[...], version: version)
  }

  /// The body in the version that senders write, cut into sections.
  package var body: MessageBody { body(version: sentVersion) }

  /// The body in a version, cut into sections.
  package func body(version: UInt16) -> MessageBody {
    var writer = BodyWriter(version: version)
    write(to: &writer)
    return writer.body
  }
}

/// A message that asks; its opcode is the request's and the reply's.
package protocol RequestMessage: Message, FieldGroup {
  associatedtype Reply: Message & FieldGroup
  static var opcode: Opcode { get }
}

extension RequestMessage {
  package static var bodyVersion: UInt16 { opcode.newestBodyVersion }
}
