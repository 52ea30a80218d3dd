import Security
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// The proof of a key on a connection: who gets in, how late a wrong proof is refused, and when a key ends.
@Suite struct AuthTests {
  /// Keys that a test changes while connections are open.
  private final class Keys: AccessRule {
    let grants = Lock<[ClientKeyID: KeyGrant]>([:])
    let heard = Lock<[(event: AccessEvent, key: String?)]>([])
    private let verifiers: [ClientKeyID: KeyVerifier]

    init(_ keys: [ClientKey], _ grant: KeyGrant) {
      verifiers = Dictionary(uniqueKeysWithValues: keys.map { (ClientKeyID($0.id), $0.verifier) })
      grants.withLock { for key in keys { $0[ClientKeyID(key.id)] = grant } }
    }

    func grant(ofKey id: String) -> KeyGrant? { grants.withLock { $0[ClientKeyID(id)] } }

    func heard(_ event: AccessEvent, ofKey key: String?, from caller: String) {
      heard.withLock { $0.append((event, key)) }
    }

    func verifier(ofKey id: String) -> KeyVerifier {
      verifiers[ClientKeyID(id)] ?? KeyVerifier(decoyOf: id, secret: [1])
    }
  }

  private struct ClientKeyID: Hashable {
    let text: String

    init(_ text: String) { self.text = text }
  }

  private static let key = ClientKey(id: "front-1", secret: [UInt8](repeating: 3, count: 32))

  private static func configuration(_ keys: Keys) -> ServerConfiguration {
    var configuration = ServerConfiguration()
    configuration.access = keys
    return configuration
  }

  private static func client(_ key: ClientKey?) -> ClientConfiguration {
    var configuration = ClientConfiguration(identity: NodeIdentity(role: .client))
    configuration.key = { key }
    return configuration
  }

  /// The reason for which a connection ends before it is READY, and after how many microseconds.
  private static func refusal(_ stage: Stage, _ key: ClientKey?) async throws -> (reason: CloseReason?, after: UInt64) {
    let start = stage.executor.clock.now()
    do {
      _ = try await stage.client(client(key))
      return (nil, 0)
    } catch let reason as CloseReason {
      return (reason, start.microseconds(until: stage.executor.clock.now()))
    }
  }

  @Test func aRightProofGetsInAndMayDoWhatItsRolesSay() throws {
    var handler = ScriptedHandler()
    let seen = Lock<Principal?>(nil)
    handler.script = { request in
      seen.withLock { $0 = request.principal }
      return .reply(.empty)
    }
    let scope = CollectionScope(["shop*"])
    let keys = Keys([Self.key], KeyGrant(roles: [.read], scope: scope))
    try Stage.run(handler: handler, configuration: Self.configuration(keys)) { stage in
      let client = try await stage.client(Self.client(Self.key))
      let welcome = try #require(await client.welcome)
      #expect(welcome.authentication == Welcome.keyProof)
      #expect(welcome.incarnation == .zero && welcome.epoch == 0 && welcome.program == "winnowd")
      _ = try await client.call(.rank, body: .empty, budgetMicroseconds: 1_000_000)
      #expect(seen.withLock { $0 } == Principal(key: "front-1", scope: scope))
      await #expect(throws: CallError.refused(WireError(.permissionDenied))) {
        try await client.call(.upsert, body: .empty, budgetMicroseconds: 1_000_000)
      }
    }
    #expect(keys.heard.withLock { $0.map { $0.event } } == [.known, .denied(.upsert)])
    #expect(keys.heard.withLock { $0.map { $0.key } } == ["front-1", "front-1"])
  }

  @Test func aWrongProofIsRefusedLateAndARightOnePassesThroughout() throws {
    let keys = Keys([Self.key], KeyGrant(roles: .read))
    try Stage.run(configuration: Self.configuration(keys)) { stage in
      let wrong = ClientKey(id: "front-1", secret: [UInt8](repeating: 4, count: 32))
      let unknown = ClientKey(id: "front-2", secret: [UInt8](repeating: 3, count: 32))
      for attempt in 0..<12 {
        let (reason, after) = try await Self.refusal(stage, attempt % 2 == 0 ? wrong : unknown)
        guard case .refused(let error)? = reason else {
          Issue.record("\(attempt): \(String(describing: reason))")
          continue
        }
        // The bucket of the address holds ten; 250 to 500 ms each give less than one back.
        #expect(error.code == (attempt < 10 ? .authFailed : .authRateLimited), "\(attempt)")
        if attempt < 10 {
          #expect(250_000...550_000 ~= after, "\(attempt): \(after)")
        } else {
          #expect(after < 250_000, "\(attempt): \(after)")
        }
        _ = try await stage.client(Self.client(Self.key))
      }
      // A minute later the address may be wrong again.
      await stage.sleep(60_000_000)
      let (reason, _) = try await Self.refusal(stage, wrong)
      #expect(reason == .refused(WireError(.authFailed).fatal))
    }
    let refusals = keys.heard.withLock { $0.filter { $0.event != .known } }
    #expect(refusals.count == 13 && refusals.first?.key == "front-1" && refusals[1].key == "front-2")
    let expected = (0..<13).map { AccessEvent.refused((10...11).contains($0) ? .authRateLimited : .authFailed) }
    #expect(refusals.map { $0.event } == expected)
  }

  @Test func withoutAKeyAndWithoutACertificateThereIsNoConnection() throws {
    let keys = Keys([Self.key], KeyGrant(roles: .read))
    try Stage.run(configuration: Self.configuration(keys)) { stage in
      let (reason, _) = try await Self.refusal(stage, nil)
      #expect(reason == .keyless)
      // Nodes prove themselves by certificate alone.
      await #expect(throws: CloseReason.refused(WireError(.authRequired).fatal)) {
        try await stage.client(ClientConfiguration(identity: NodeIdentity(role: .coordinator)))
      }
    }
  }

  @Test func aServerThatDoesNotKnowTheKeyIsNotTalkedTo() throws {
    // It takes any proof, and cannot answer one.
    final class Impostor: AccessRule {
      func grant(ofKey id: String) -> KeyGrant? { KeyGrant(roles: .read) }

      func verifier(ofKey id: String) -> KeyVerifier {
        KeyVerifier(stored: AuthTests.key.verifier.stored, server: [UInt8](repeating: 0, count: 32))
      }
    }
    var configuration = ServerConfiguration()
    configuration.access = Impostor()
    try Stage.run(configuration: configuration) { stage in
      let (reason, _) = try await Self.refusal(stage, Self.key)
      #expect(reason == .impostor)
    }
  }

  @Test func aKeyThatIsTakenOutEndsItsConnectionsAndNoOthers() throws {
    let other = ClientKey(id: "front-2", secret: [UInt8](repeating: 9, count: 32))
    let keys = Keys([Self.key, other], KeyGrant(roles: .read))
    try Stage.run(configuration: Self.configuration(keys)) { stage in
      let ended = Lock<CloseReason?>(nil)
      let idle = try await stage.client(Self.client(Self.key)) { event in
        if case .closed(let reason, _) = event { ended.withLock { $0 = reason } }
      }
      let busy = try await stage.client(Self.client(Self.key))
      let stays = try await stage.client(Self.client(other))
      keys.grants.withLock { $0[ClientKeyID("front-1")] = nil }
      // A request is compared with the keys as they are now; the connection that asks for nothing is walked.
      await #expect(throws: CallError.self) {
        try await busy.call(.rank, body: .empty, budgetMicroseconds: 1_000_000)
      }
      stage.server.recheckAccess()
      await stage.sleep(1000)
      #expect(ended.withLock { $0 } == .refused(WireError(.authFailed).fatal))
      await #expect(throws: CallError.self) {
        try await idle.call(.rank, body: .empty, budgetMicroseconds: 1_000_000)
      }
      _ = try await stays.call(.rank, body: .empty, budgetMicroseconds: 1_000_000)
      let (reason, _) = try await Self.refusal(stage, Self.key)
      #expect(reason == .refused(WireError(.authFailed).fatal))
    }
  }

  @Test func aKeyHoldsAsManyConnectionsAsItMay() throws {
    let other = ClientKey(id: "front-2", secret: [UInt8](repeating: 9, count: 32))
    func grant(_ connections: Int) -> KeyGrant {
      var quota = KeyQuota()
      quota.connections = connections
      return KeyGrant(roles: .read, quota: quota)
    }
    let lower = grant(1)
    let keys = Keys([Self.key, other], grant(2))
    try Stage.run(configuration: Self.configuration(keys)) { stage in
      let held = [try await stage.client(Self.client(Self.key)), try await stage.client(Self.client(Self.key))]
      for _ in 0..<12 {
        let (reason, after) = try await Self.refusal(stage, Self.key)
        guard case .refused(let error)? = reason else {
          Issue.record("\(String(describing: reason))")
          continue
        }
        #expect(error.code == .quota && error.retryAfterMilliseconds == 1000 && error.isFatal)
        // It is neither a wrong proof, which is answered late, nor counted as one.
        #expect(after < 250_000, "\(after)")
      }
      // Who does not know the key does not learn that it holds all that it may.
      let wrong = ClientKey(id: "front-1", secret: [UInt8](repeating: 4, count: 32))
      #expect(try await Self.refusal(stage, wrong).reason == .refused(WireError(.authFailed).fatal))
      // Another key has places of its own, and one that is left is free again.
      let neighbour = try await stage.client(Self.client(other))
      await held[0].close()
      await stage.sleep(1000)
      let next = try await stage.client(Self.client(Self.key))
      #expect(try await Self.refusal(stage, Self.key).reason != nil)
      // A lower number ends none that are open.
      keys.grants.withLock { $0[ClientKeyID("front-1")] = lower }
      stage.server.recheckAccess()
      await stage.sleep(1000)
      for client in [held[1], next, neighbour] {
        _ = try await client.call(.rank, body: .empty, budgetMicroseconds: 1_000_000)
      }
    }
    #expect(keys.heard.withLock { $0.count { $0.event == .refused(.quota) && $0.key == "front-1" } } == 13)
  }

  @Test func whoSendsNoProofIsClosedWithTheHandshakesTime() throws {
    let keys = Keys([Self.key], KeyGrant(roles: .read))
    let driver = ExchangeDriver(Self.configuration(keys))
    driver.receive(RawFrame.hello().bytes)
    driver.wait(microseconds: 4_900_000)
    #expect(!driver.words.contains("close"))
    driver.wait(microseconds: 200_000)
    #expect(driver.words.last == "close" && !driver.words.contains { $0.contains("ERROR") })
  }

  @Test func whatIsSentBehindAWrongProofIsNotRead() throws {
    let keys = Keys([Self.key], KeyGrant(roles: .read))
    let driver = ExchangeDriver(Self.configuration(keys))
    driver.receive(RawFrame.hello().bytes)
    let wrong = Auth(keyID: "front-1", proof: [UInt8](repeating: 0, count: 32))
    driver.receive(RawFrame(opcode: .auth, payload: wrong.body).bytes + RawFrame(opcode: .rank).bytes)
    driver.receive(RawFrame(opcode: .rank, id: 3).bytes)
    #expect(driver.bodies.isEmpty && driver.words.contains("pause"))
    driver.wait(microseconds: 600_000)
    #expect(driver.words.last == "close" && driver.words.contains { $0.contains("AUTH_FAILED") }, "\(driver.words)")
    #expect(driver.bodies.isEmpty)
  }

  /// Each opcode by each role, as the table of rights says it, and by the header alone.
  @Test(arguments: [Roles.read, .write, .admin, .metrics]) func eachRoleMayWhatTheTableSays(role: Roles) throws {
    let keys = Keys([Self.key], KeyGrant(roles: role))
    try Stage.run(configuration: Self.configuration(keys)) { stage in
      let client = try await stage.client(Self.client(Self.key))
      for (opcode, name) in Opcode.names where !opcode.isConnectionFrame {
        var refusal: CallError?
        do throws(CallError) {
          _ = try await client.call(opcode, body: .empty, budgetMicroseconds: 1_000_000)
        } catch { refusal = error }
        let isAllowed = opcode.roles(kind: nil).map { !$0.isDisjoint(with: role) } ?? true
        #expect((refusal == .refused(WireError(.permissionDenied))) == !isAllowed, "\(name)")
      }
    }
  }

  /// A connection up to WELCOME, and the right AUTH for it.
  private static func greeted(_ keys: Keys) throws -> (ExchangeDriver, right: Auth) {
    let driver = ExchangeDriver(configuration(keys))
    let hello = RawFrame.hello()
    driver.receive(hello.bytes)
    let welcome = Array(try #require(driver.sent.first).dropFirst(FrameHeader.byteCount))
    let transcript = KeyTranscript(hello: hello.payload, welcome: welcome, endPoint: KeyTranscript.plainLink)
    return (driver, Auth(keyID: key.id, proof: key.proof(of: transcript)))
  }

  @Test func noChangedProofGetsIn() throws {
    let keys = Keys([Self.key], KeyGrant(roles: .read))
    let (driver, right) = try Self.greeted(keys)
    driver.receive(RawFrame(opcode: .auth, payload: right.body).bytes + RawFrame().bytes)
    #expect(driver.words.contains("AUTH_OK") && driver.bodies.count == 1, "\(driver.words)")
    var random = SeededRandom(seed: 20)
    for round in 0..<TestScale.count(3000, full: 1_000_000) {
      let (driver, right) = try Self.greeted(keys)
      var body = right.body
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: body.append(UInt8.random(in: 0...255, using: &random))
        case 1 where !body.isEmpty: body.removeLast(Int.random(in: 1...body.count, using: &random))
        default:
          guard !body.isEmpty else { continue }
          body[Int.random(in: body.indices, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
        }
      }
      guard body != right.body else { continue }
      driver.receive(RawFrame(opcode: .auth, payload: body).bytes + RawFrame().bytes)
      driver.wait(microseconds: 600_000)
      guard driver.bodies.isEmpty, !driver.words.contains("AUTH_OK"), driver.words.last == "close" else {
        Issue.record("\(round): \(body.hex) gave \(driver.words)")
        break
      }
    }
  }
}

extension [UInt8] {
  fileprivate var hex: String { map { String($0, radix: 16) }.joined(separator: " ") }
}
