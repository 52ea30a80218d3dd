/// A message of the protocol, and how its body is read.
package struct MessageKind: Sendable {
  package let opcode: Opcode
  package let isReply: Bool
  /// The versions of its body.
  package let versions: [UInt16]
  /// Reads a whole body of a version.
  package let read: @Sendable (_ body: ArraySlice<UInt8>, _ version: UInt16) throws(WireError) -> any FieldGroup

  /// A frame of the connection.
  static func ofConnection<Body: ConnectionBody>(_ opcode: Opcode, _: Body.Type) -> MessageKind {
    MessageKind(opcode: opcode, isReply: false, versions: opcode.bodyVersions) { (body, _) throws(WireError) in
      try Body(from: body)
    }
  }

  /// Request and reply.
  static func ofCall<Request: RequestMessage>(_: Request.Type) -> [MessageKind] {
    [
      of(Request.self, Request.opcode, isReply: false), of(Request.Reply.self, Request.opcode, isReply: true),
    ]
  }

  private static func of<Body: Message & FieldGroup>(_: Body.Type, _ opcode: Opcode, isReply: Bool) -> MessageKind {
    MessageKind(opcode: opcode, isReply: isReply, versions: opcode.bodyVersions) { (body, version) throws(WireError) in
      try Body(body: body, version: version)
    }
  }
}
