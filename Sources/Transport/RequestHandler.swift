package import Wire

/// The one terminal answer to a request.
package enum Outcome: Sendable {
  case reply(MessageBody)
  case failure(WireError)
}

/// A role's handling of requests.
package protocol RequestHandler: Sendable {
  /// The node's identity; read at each handshake, and for the epoch of each reply.
  var identity: NodeIdentity { get }
  /// The opcodes that reach `handle`; others are answered with UNKNOWN_OPCODE. ECHO is answered by the connection.
  var servedOpcodes: OpcodeSet { get }
  /// Answers one request. Called on the connection's event loop, many at once: work that computes for long moves to
  /// another executor. A request that is cancelled may be answered with anything.
  nonisolated(nonsending) func handle(_ request: InboundRequest) async -> Outcome
}
