package import Wire

/// Settings of a server: its grants and its limits for a client.
package struct ServerConfiguration: Sendable {
  /// Limits for connections from clients, also before a peer has said what it is.
  package var client = TransportLimits.client
  /// Limits for connections from other nodes.
  package var peer = TransportLimits.peer
  /// The compression to use, if the peer knows it too.
  package var compression = Compression.all
  /// Who may do what; `nil`: every peer may do everything.
  package var access: (any AccessRule)?
  /// Connections at one time; further ones are accepted and closed.
  package var connectionsMax = 4096
  /// Where descriptors are short, a client that has asked for nothing for so long gives its own to a newcomer.
  package var idleMicrosecondsMin: UInt64 = 10_000_000
  /// Bytes of requests of all connections together: half for those in work, half for messages that have not come whole.
  package var requestBytesMax = 1 << 30

  /// The defaults of the spec.
  package init() {}

  /// The limits for a connection from a role.
  package func limits(for role: NodeRole) -> TransportLimits { role == .client ? client : peer }
}
