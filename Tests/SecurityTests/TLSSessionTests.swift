import Security
import Support
import Testing
import Vocabulary

/// Handshakes in memory: which open, which fail and why, and what a stream says when it is cut.
@Suite struct TLSSessionTests {
  @Test func aClientWithoutCertificateOpensALinkAndKnowsTheServer() throws {
    let authority = try Pair.authority()
    let stranger = TLSCredentials.Files(authorities: authority.files.certificate, own: nil)
    let client = try TLSCredentials(stranger, demandsClients: false, at: Pair.now)
    for host in ["127.0.0.1", "node.test"] {
      let pair = try Pair(client: client, server: try Pair.credentials(authority, .coordinator), host: host)
      try pair.shakeHands()
      #expect(pair.client.isOpen && pair.server.isOpen)
      #expect(pair.client.peerIdentity == PeerIdentity(cluster: Pair.cluster, place: .coordinator))
      #expect(pair.server.peerIdentity == nil)
    }
  }

  @Test func bothSidesKnowEachOtherByTheirCertificates() throws {
    let authority = try Pair.authority()
    for place in [PeerIdentity.Place.coordinator, .shard, .client("front-1")] {
      let pair = try Pair(
        client: try Pair.credentials(authority, place),
        server: try Pair.credentials(authority, .shard, demandsClients: true))
      try pair.shakeHands()
      #expect(pair.server.peerIdentity?.place == place)
    }
  }

  @Test func bytesCrossWholeWhereverTheStreamIsCut() throws {
    let authority = try Pair.authority()
    let credentials = try Pair.credentials(authority, .coordinator)
    let pair = try Pair(client: credentials, server: credentials)
    try pair.shakeHands()
    let said = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    try pair.client.seal(said[...])
    let records = pair.client.takeOutput()
    #expect(records.count > said.count)
    var heard: [UInt8] = []
    var start = 0
    var step = 1
    while start < records.count {
      let end = min(records.count, start + step)
      heard += try pair.server.receive(Array(records[start..<end]))
      start = end
      step = step * 3 % 20_011
    }
    #expect(heard == said)
  }

  @Test func theEndIsSaidAndACutIsNoEnd() throws {
    let authority = try Pair.authority()
    let credentials = try Pair.credentials(authority, .coordinator)
    let pair = try Pair(client: credentials, server: credentials)
    try pair.shakeHands()
    #expect(!pair.server.peerHasClosed)
    pair.client.finish()
    #expect(try pair.server.receive(pair.client.takeOutput()) == [])
    #expect(pair.server.peerHasClosed)
    // A half-close: the other side still speaks.
    try pair.server.seal([1, 2, 3])
    #expect(try pair.client.receive(pair.server.takeOutput()) == [1, 2, 3])
  }

  @Test func aWrongPeerIsRefusedWithTheReason() throws {
    let authority = try Pair.authority()
    let other = try Pair.authority([UInt8](repeating: 8, count: 16))
    let server = try Pair.credentials(authority, .coordinator, demandsClients: true)
    func reason(_ client: TLSCredentials, host: String = "127.0.0.1", at now: Int64 = Pair.now) -> String {
      do {
        let pair = try Pair(client: client, server: server, host: host, at: now)
        try pair.shakeHands()
        return "open"
      } catch { return (error as? TLSFault)?.text ?? "\(error)" }
    }
    let good = try Pair.credentials(authority, .coordinator)
    #expect(reason(good) == "open")
    #expect(reason(good, host: "127.0.0.2").contains("IP address mismatch"))
    #expect(reason(good, host: "other.test").contains("hostname mismatch"))
    #expect(reason(good, at: Pair.now + 40 * 86_400).contains("expired"))
    #expect(reason(good, at: Pair.now - 86_400).contains("not yet valid"))
    #expect(reason(try Pair.credentials(other, .coordinator)).contains("certificate"))
    let stranger = TLSCredentials.Files(authorities: authority.files.certificate, own: nil)
    let none = try TLSCredentials(stranger, demandsClients: false, at: Pair.now)
    #expect(reason(none).contains("did not return a certificate"))
  }

  @Test func aClientsCertificateIsNoServers() throws {
    let authority = try Pair.authority()
    let pair = try Pair(
      client: try Pair.credentials(authority, .coordinator),
      server: try Pair.credentials(authority, .client("front-1"), hosts: ["127.0.0.1"]))
    let fault = #expect(throws: TLSFault.self) { try pair.shakeHands() }
    #expect(fault?.text.contains("purpose") == true)
  }

  /// Where the heads of records that are not encrypted have their version.
  private static func ignoredPlaces(_ records: [UInt8]) -> Set<Int> {
    var places: Set<Int> = []
    var start = 0
    while start + 5 <= records.count {
      if records[start] != 23 { places.formUnion([start + 1, start + 2]) }
      start += 5 + Int(records[start + 3]) << 8 + Int(records[start + 4])
    }
    return places
  }

  /// A flight without what TLS 1.3 passes over (RFC 8446, 5.1 and D.4): the versions in the heads of records that are not
  /// encrypted, and records that change the cipher.
  private static func meaning(_ flight: [UInt8]) -> [UInt8] {
    var (kept, start): ([UInt8], Int) = ([], 0)
    while start + 5 <= flight.count {
      let end = start + 5 + Int(flight[start + 3]) << 8 + Int(flight[start + 4])
      guard end <= flight.count else { break }
      let isEncrypted = flight[start] == 23
      if flight[start] != 20 {
        kept += [flight[start]] + flight[(start + (isEncrypted ? 1 : 3))..<end]
      }
      start = end
    }
    return kept + flight[start...]
  }

  @Test func mutatedHandshakesNeverOpenAndLeaveTheNextOneAlone() throws {
    let authority = try Pair.authority()
    let server = try Pair.credentials(authority, .coordinator)
    let stranger = TLSCredentials.Files(authorities: authority.files.certificate, own: nil)
    let clients = [
      try TLSCredentials(stranger, demandsClients: false, at: Pair.now), try Pair.credentials(authority, .shard),
    ]
    var random = SeededRandom(seed: 1_000_003)
    let count = TestScale.count(1000, full: 1_000_000)
    var (changedCount, refusals) = (0, 0)
    for number in 0..<count {
      let pair = try Pair(client: clients[number % 8 == 0 ? 1 : 0], server: server)
      let wrong = Int.random(in: 0..<3, using: &random)
      var isChanged = false
      func flight(_ bytes: [UInt8], _ place: Int) -> [UInt8] {
        guard place == wrong else { return bytes }
        let changed = random.mutated(bytes)
        // More behind a whole flight is no part of the handshake.
        isChanged = !Self.meaning(changed).starts(with: Self.meaning(bytes))
        return changed
      }
      do {
        try pair.client.start()
        _ = try pair.server.receive(flight(pair.client.takeOutput(), 0))
        _ = try pair.client.receive(flight(pair.server.takeOutput(), 1))
        _ = try pair.server.receive(flight(pair.client.takeOutput(), 2))
      } catch { refusals += 1 }
      if isChanged {
        changedCount += 1
        #expect(!(pair.client.isOpen && pair.server.isOpen), "mutation \(number)")
      }
      // What OpenSSL keeps of a failure for this thread is none of the next link.
      guard number % 100 == 99 else { continue }
      let next = try Pair(client: clients[0], server: server)
      try next.shakeHands()
      #expect(next.client.isOpen && next.server.isOpen)
    }
    #expect(changedCount > count * 9 / 10 && refusals > count / 4)
    TestScale.tell("\(changedCount) changed handshakes, \(refusals) refused, none open")
  }

  @Test func aCutOrChangedHandshakeNeverOpens() throws {
    let authority = try Pair.authority()
    let credentials = try Pair.credentials(authority, .coordinator, demandsClients: true)
    let whole = try Pair(client: credentials, server: credentials)
    try whole.client.start()
    let hello = whole.client.takeOutput()
    for count in 0..<hello.count {
      let server = try TLSSession(credentials, .accepted, at: Pair.now)
      _ = try? server.receive(Array(hello[..<count]))
      #expect(!server.isOpen)
    }
    // One flipped bit anywhere in either side's flight: at most an alert, never an open link on both sides.
    for seed in 0..<400 {
      let pair = try Pair(client: credentials, server: credentials)
      try pair.client.start()
      let first = pair.client.takeOutput()
      do {
        _ = try pair.server.receive(first)
        var answer = pair.server.takeOutput()
        let place = (seed &* 7919) % answer.count
        // The version in the head of an open record is ignored (RFC 8446, 5.1): a change there harms nothing.
        guard !Self.ignoredPlaces(answer).contains(place) else { continue }
        answer[place] ^= UInt8(1 << (seed % 8))
        _ = try pair.client.receive(answer)
        _ = try pair.server.receive(pair.client.takeOutput())
      } catch {}
      #expect(!(pair.client.isOpen && pair.server.isOpen))
    }
    for bytes in [Array("GET / HTTP/1.1\r\n\r\n".utf8), [UInt8](repeating: 0, count: 64)] {
      let server = try TLSSession(credentials, .accepted, at: Pair.now)
      #expect(throws: TLSFault.self) { _ = try server.receive(bytes) }
    }
  }
}
