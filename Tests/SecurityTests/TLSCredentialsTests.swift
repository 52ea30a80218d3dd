import Security
import Testing
import Vocabulary

/// Files that do not fit together are refused with words that say which and why.
@Suite struct TLSCredentialsTests {
  private func fault(_ files: TLSCredentials.Files, at now: Int64 = Pair.now) -> String {
    do throws(TLSFault) {
      _ = try TLSCredentials(files, demandsClients: true, at: now)
      return "taken"
    } catch { return error.text }
  }

  @Test func everyFileWrongInTurn() throws {
    let authority = try Pair.authority()
    let good = try Pair.files(authority, .shard)
    #expect(fault(good) == "taken")
    let own = try #require(good.own)
    let another = try #require(try Pair.files(authority, .shard).own)
    let other = try Pair.authority([UInt8](repeating: 8, count: 16))
    let text = Array("no PEM\n".utf8)
    #expect(fault(.init(authorities: text, own: own)).contains("authority.pem holds no certificate"))
    #expect(fault(.init(authorities: good.authorities, own: (text, own.key))).contains("certificate.pem holds no"))
    #expect(
      fault(.init(authorities: good.authorities, own: (own.chain, text))).contains("key.pem holds no private key"))
    #expect(fault(.init(authorities: good.authorities, own: (own.chain, another.key))).contains("is not the key of"))
    #expect(fault(.init(authorities: other.files.certificate, own: own)).contains("does not hold under authority.pem"))
    #expect(fault(good, at: Pair.now + 31 * 86_400).contains("has expired"))
    #expect(fault(good, at: Pair.now - 86_400).contains("not valid yet"))
  }

  @Test func rotationOfTheAuthorityKeepsWhatBothVouchFor() throws {
    let old = try Pair.authority()
    let new = try Pair.authority()
    let bundle = old.files.certificate + new.files.certificate
    let oldOwn = try #require(try Pair.files(old, .shard).own)
    let both = try TLSCredentials(.init(authorities: bundle, own: oldOwn), demandsClients: true, at: Pair.now)
    let pair = try Pair(client: both, server: try Pair.credentials(old, .coordinator, demandsClients: true))
    try pair.shakeHands()
    let after = try Pair(client: both, server: try Pair.credentials(new, .coordinator, demandsClients: true))
    // The node of the new authority trusts that one alone, so the old certificate is no longer good there.
    #expect(throws: TLSFault.self) { try after.shakeHands() }
    let newOwn = try #require(try Pair.files(new, .shard).own)
    let moved = try TLSCredentials(.init(authorities: bundle, own: newOwn), demandsClients: true, at: Pair.now)
    try Pair(client: moved, server: try Pair.credentials(new, .coordinator, demandsClients: true)).shakeHands()
  }

  @Test func anAuthorityIsReadBackFromItsFiles() throws {
    let made = try Pair.authority()
    let read = try CertificateAuthority(certificate: made.files.certificate, key: made.files.key)
    #expect(read.cluster == Pair.cluster)
    let other = try Pair.authority()
    #expect(throws: TLSFault.self) {
      _ = try CertificateAuthority(certificate: made.files.certificate, key: other.files.key)
    }
  }

  @Test func aCertificateSaysWhatItIsFor() throws {
    let authority = try Pair.authority()
    let own = try #require(
      try Pair.files(authority, .shard, hosts: ["10.0.0.5", "shard-0.internal", "fe80::1"]).own)
    let certificate = try Certificate.all(inPEM: own.chain)[0]
    #expect(certificate.hosts == ["10.0.0.5", "shard-0.internal", "fe80:0:0:0:0:0:0:1"])
    #expect(try certificate.identity() == PeerIdentity(cluster: Pair.cluster, place: .shard))
    #expect(certificate.validity.until == Pair.now + 30 * 86_400)
    for host in ["a,b", "DNS:x@y", "*", "", "-a", "256.0.0.1", "a..b"] {
      #expect(throws: TLSFault.self) { try Pair.files(authority, .shard, hosts: [host]) }
    }
  }

  @Test(arguments: [
    "winnow://07070707070707070707070707070707/node/shard", "winnow://07070707070707070707070707070707/key/front-1",
  ])
  func anIdentityIsReadAsItIsWritten(uri: String) throws {
    #expect(try #require(PeerIdentity(uri: uri)).uri == uri)
  }

  @Test(arguments: [
    "", "winnow://", "winnow://0707/node/shard", "winnow://07070707070707070707070707070707/node/admin",
    "winnow://07070707070707070707070707070707/key/", "winnow://07070707070707070707070707070707/key/Front",
    "winnow://0707070707070707070707070707070A/node/shard", "WINNOW://07070707070707070707070707070707/node/shard",
    "winnow://07070707070707070707070707070707/node/shard/", "winnow://07070707070707070707070707070707/node/shard\0",
  ])
  func aNearlyRightIdentityIsNone(uri: String) { #expect(PeerIdentity(uri: uri) == nil) }
}
