import Bytes
import Foundation
import Security
import SocketTransport
import Transport
import WinnowClient

/// The secrets of a cluster that lives as long as a benchmark: certificates of its nodes, and a client's key.
struct BenchmarkAuthority {
  private let authority: CertificateAuthority
  private let key: ClientKey

  init() throws {
    authority = try CertificateAuthority(
      cluster: Self.random(16), days: 2, serial: Self.random(CertificateAuthority.serialByteCount),
      at: NetworkSecurity.seconds)
    key = ClientKey(id: "bench", secret: Self.random(ClientKey.secretByteCount))
  }

  private static func random(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: SystemRandom().next()) }
  }

  /// The files of a node or client of 127.0.0.1; without a place those of a client that has no certificate.
  private func files(_ place: PeerIdentity.Place?) throws -> TLSCredentials.Files {
    let own = try place.map { place in
      try authority.issue(
        .init(place: place, hosts: ["127.0.0.1"], commonName: "bench"), days: 2,
        serial: Self.random(CertificateAuthority.serialByteCount), at: NetworkSecurity.seconds)
    }
    return .init(authorities: authority.files.certificate, own: own.map { ($0.certificate, $0.key) })
  }

  func credentials(_ place: PeerIdentity.Place?, demandsClients: Bool = false) throws -> TLSCredentials {
    try TLSCredentials(try files(place), demandsClients: demandsClients, at: NetworkSecurity.seconds)
  }

  /// Writes what nodes and a client read below a folder.
  func write(to folder: URL) throws {
    for (name, place) in [("coordinator", PeerIdentity.Place.coordinator), ("shard", .shard), ("client", nil)] {
      let files = try files(place)
      let directory = folder.appendingPathComponent(name)
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
      try Self.write(files.authorities, directory, "authority.pem")
      guard let own = files.own else { continue }
      try Self.write(own.chain, directory, "certificate.pem")
      try Self.write(own.key, directory, "key.pem")
    }
    let verifier = key.verifier
    let keys = """
      {"version": 1, "keys": [{"id": "bench", "roles": ["admin"],
        "stored": "\(ContentHash.hexadecimal(verifier.stored))", "server": "\(ContentHash.hexadecimal(verifier.server))"}]}
      """
    try Self.write(Array(keys.utf8), folder, "keys.json")
    try Self.write(Array(key.text.utf8), folder, "bench.key")
  }

  private static func write(_ bytes: [UInt8], _ directory: URL, _ name: String) throws {
    let path = directory.appendingPathComponent(name).path
    guard
      FileManager.default.createFile(
        atPath: path, contents: Data(bytes), attributes: [.posixPermissions: 0o600])
    else { throw WrongResult(description: "\(path) cannot be written") }
  }

  /// The flags of a node whose secrets `write` has put there.
  static func flags(_ role: String, _ folder: URL) -> [String] {
    ["--tls-dir", folder.appendingPathComponent(role).path]
      + (role == "coordinator" ? ["--keys", folder.appendingPathComponent("keys.json").path] : [])
  }

  /// A client's options, likewise.
  static func secure(_ options: inout ClientOptions, _ folder: URL) {
    options.tlsDirectory = folder.appendingPathComponent("client").path
    options.keyFile = folder.appendingPathComponent("bench.key").path
  }
}
