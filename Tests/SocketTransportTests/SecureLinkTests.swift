import Glibc
import Security
import SocketTransport
import Support
import Testing
import Transport
import Vocabulary

/// Links under TLS over real sockets: the same promises as plain ones, and who is refused.
@Suite(.timeLimit(.minutes(2)))
struct SecureLinkTests {
  private let clock = SystemClock()

  private static func credentials(
    _ authority: CertificateAuthority, _ place: PeerIdentity.Place?, demandsClients: Bool = true
  ) throws -> TLSCredentials {
    let now = NetworkSecurity.seconds
    let serial = [UInt8](repeating: 3, count: CertificateAuthority.serialByteCount)
    let own = try place.map { place in
      try authority.issue(
        .init(place: place, hosts: ["127.0.0.1"], commonName: "test"), days: 2, serial: serial, at: now)
    }
    return try TLSCredentials(
      .init(authorities: authority.files.certificate, own: own.map { ($0.certificate, $0.key) }),
      demandsClients: demandsClients, at: now)
  }

  private static func authority() throws -> CertificateAuthority {
    let bytes = [UInt8](repeating: 5, count: 16)
    return try CertificateAuthority(cluster: bytes, days: 10, serial: bytes, at: NetworkSecurity.seconds)
  }

  private func run(
    _ server: TLSCredentials, _ client: TLSCredentials, _ body: (SocketNetwork, String) async throws -> Void
  ) async throws {
    let group = try EventLoopGroup(loopCount: 2)
    let door = try EventLoop(named: "door")
    let serving = SocketNetwork(group: group, security: NetworkSecurity { .success(server) }, doorLoop: door)
    let listener = try await serving.listen("127.0.0.1:0") { EchoPeer($0) }
    let outcome: Result<Void, any Error>
    do {
      try await body(SocketNetwork(group: group, security: NetworkSecurity { .success(client) }), listener.address)
      outcome = .success(())
    } catch { outcome = .failure(error) }
    await listener.close()
    await group.shutdown()
    await door.shutdown()
    try outcome.get()
  }

  @Test func largeTransfersComeBackWholeAndEndPolitely() async throws {
    let authority = try Self.authority()
    let credentials = try Self.credentials(authority, .coordinator)
    try await run(credentials, credentials) { network, address in
      var random = SeededRandom(seed: 5)
      let sent = random.bytes(3 << 20)
      let peer = try await network.record(address, clock: clock)
      #expect(peer.link.security?.peer?.place == .coordinator)
      var position = 0
      while position < sent.count {
        let most = Bool.random(using: &random) ? 100 : 200_000
        let end = min(position + Int.random(in: 1...most, using: &random), sent.count)
        await peer.send(Array(sent[position..<end]))
        position = end
      }
      await peer.waitFor(byteCount: sent.count)
      #expect(await peer.bytes == sent)
      await peer.close()
      await peer.waitForEnd()
      #expect(await peer.ends == [.closed])
    }
  }

  @Test func aClientWithoutACertificateIsToldSo() async throws {
    let authority = try Self.authority()
    let server = try Self.credentials(authority, .coordinator)
    try await run(server, try Self.credentials(authority, nil)) { network, address in
      // A client of TLS 1.3 is open before the server has judged it: the refusal comes as the link's end.
      let peer = try await network.record(address, clock: clock)
      await peer.send(Array("hello".utf8))
      await peer.waitForEnd()
      let end = try #require(await peer.ends.last)
      guard case .insecure(.refused(let why)) = end else {
        Issue.record("ended with \(end)")
        return
      }
      #expect(why.contains("certificate required"))
    }
  }

  @Test func aServerOfAnotherAuthorityIsNotTaken() async throws {
    let server = try Self.credentials(try Self.authority(), .coordinator)
    try await run(server, try Self.credentials(try Self.authority(), .coordinator)) { network, address in
      let error = await #expect(throws: NetworkError.self) { try await network.record(address, clock: clock) }
      guard case .insecure(.peerCertificate) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test func plainBytesAndACutStreamOpenNothing() async throws {
    let authority = try Self.authority()
    let credentials = try Self.credentials(authority, .coordinator)
    try await run(credentials, credentials) { _, address in
      for bytes in [Array("GET / HTTP/1.1\r\n\r\n".utf8), [0x16, 0x03, 0x01], []] {
        let group = try EventLoopGroup(loopCount: 1)
        let peer = try await SocketNetwork(group: group).record(address, clock: clock)
        if !bytes.isEmpty { await peer.send(bytes) }
        // What is no handshake is answered by an alert and an end.
        if bytes.count > 4 { await peer.waitForPeerFinished() }
        await peer.close()
        await peer.waitForEnd()
        #expect(await peer.bytes.count < 100)
        await group.shutdown()
      }
    }
  }

  /// Their ClientHello comes a byte at a time and never ends: the time of a handshake runs from its start.
  @Test func slowLinksKeepNoPlaceAndNoNewcomerOut() async throws {
    let credentials = try Self.credentials(try Self.authority(), .coordinator)
    try await run(credentials, credentials) { network, address in
      var slow = (0..<300 as Range<UInt16>).map { RawSocket(port: address, from: 0x0101 + $0 / 30) }
      let head: [UInt8] = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3]
      var (sentCount, honestCount) = (0, 0)
      // A bound for slow machines; the time of a handshake is five seconds.
      for _ in 0..<3000 where !slow.isEmpty {
        let byte = sentCount < head.count ? head[sentCount] : 0x20
        sentCount += 1
        slow = slow.filter { link in
          let (bytes, hasEnded) = link.readAvailable()
          #expect(bytes.count < 100)
          if hasEnded { link.close() } else { link.write([byte]) }
          return !hasEnded
        }
        // One that comes amid them may find that no handshake has waited long enough to lose its place, and comes again.
        if honestCount == 0, let peer = try? await network.record(address, clock: clock) {
          await peer.send(Array("hello".utf8))
          await peer.waitFor(byteCount: 5)
          honestCount += 1
          await peer.close()
        }
        try await Task.sleep(for: .milliseconds(100))
      }
      #expect(slow.isEmpty && honestCount == 1)
      for link in slow { link.close() }
    }
  }

  /// They open connections and leave their handshakes open: a newcomer takes the place of the oldest.
  @Test func strangersFromManyAddressesKeepNoNewcomerOut() async throws {
    let credentials = try Self.credentials(try Self.authority(), .coordinator)
    try await run(credentials, credentials) { network, address in
      let neighbours = (0..<40 as Range<UInt16>).map { _ in RawSocket(port: address, from: 0x0201) }
      let strangers = (0..<300 as Range<UInt16>).map { RawSocket(port: address, from: 0x0101 + $0 / 30) }
      func ended(_ sockets: [RawSocket]) -> Int { sockets.count { $0.readAvailable().hasEnded } }
      for _ in 0..<500 where ended(neighbours) < 8 { try await Task.sleep(for: .milliseconds(10)) }
      // Then all are quiet.
      try await Task.sleep(for: .milliseconds(400))
      #expect(ended(Array(neighbours.suffix(8))) == 8)
      let before = ended(neighbours)
      let peer = try await network.record(address, clock: clock)
      await peer.send(Array("hello".utf8))
      await peer.waitFor(byteCount: 5)
      #expect(ended(neighbours) == before + 1)
      await peer.close()
      for socket in neighbours + strangers { socket.close() }
    }
  }
}
