import Security

/// Two sessions that speak to each other in memory.
struct Pair {
  static let now: Int64 = 1_800_000_000
  static let cluster = [UInt8](repeating: 7, count: 16)
  static let serial = [UInt8](repeating: 1, count: 16)

  let client: TLSSession
  let server: TLSSession

  static func authority(_ cluster: [UInt8] = cluster, at now: Int64 = now) throws -> CertificateAuthority {
    try CertificateAuthority(cluster: cluster, days: 3650, serial: serial, at: now)
  }

  /// The files of a holder that an authority vouches for.
  static func files(
    _ authority: CertificateAuthority, _ place: PeerIdentity.Place, hosts: [String] = ["127.0.0.1", "node.test"],
    days: Int = 30, at now: Int64 = now
  ) throws -> TLSCredentials.Files {
    let subject = CertificateAuthority.Subject(place: place, hosts: hosts, commonName: "test")
    let issued = try authority.issue(subject, days: days, serial: serial, at: now)
    return TLSCredentials.Files(authorities: authority.files.certificate, own: (issued.certificate, issued.key))
  }

  static func credentials(
    _ authority: CertificateAuthority, _ place: PeerIdentity.Place, demandsClients: Bool = false,
    hosts: [String] = ["127.0.0.1", "node.test"]
  ) throws -> TLSCredentials {
    try TLSCredentials(try files(authority, place, hosts: hosts), demandsClients: demandsClients, at: now)
  }

  init(client: TLSCredentials, server: TLSCredentials, host: String = "127.0.0.1", at now: Int64 = now) throws {
    self.client = try TLSSession(client, .dialled, host: host, at: now)
    self.server = try TLSSession(server, .accepted, at: now)
  }

  /// Carries bytes both ways until neither side has any, or one fails.
  func shakeHands() throws {
    try client.start()
    try carry()
  }

  func carry() throws {
    while true {
      let (out, back) = (client.takeOutput(), server.takeOutput())
      if out.isEmpty, back.isEmpty { return }
      var failure: (any Error)?
      if !out.isEmpty { do { _ = try server.receive(out) } catch { failure = error } }
      // The alert of one side is what the other fails with, so the first failure is the cause.
      if !back.isEmpty { _ = try client.receive(back) }
      if let failure { throw failure }
    }
  }
}
