package import Security
package import Wire

/// Settings of a client: its identity and its limits for a server.
package struct ClientConfiguration: Sendable {
  /// Our role, cluster and program.
  package var identity: NodeIdentity
  package var limits: TransportLimits
  /// The compression to use, if the server knows it too.
  package var compression = Compression.all
  /// The key that is proved to a server that asks for one; asked for each connection.
  package var key: @Sendable () -> ClientKey? = { nil }
  /// Features that are asked for, beside a random one that means nothing.
  package var features: [UInt16] = [Features.echo]

  /// The defaults of the spec for a role.
  package init(identity: NodeIdentity) {
    self.identity = identity
    limits = .defaults(for: identity.role)
  }
}
