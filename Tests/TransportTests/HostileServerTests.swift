import Bytes
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// Row 84 of the hostile catalogue: a client holds its own limits on what a server sends.
@Suite struct HostileServerTests {
  /// Drives the client's machine by hand and writes down what it does.
  final class Driver {
    private var exchange: ClientExchange
    private(set) var now = Instant(nanoseconds: 1)
    private(set) var words: [String] = []
    private(set) var replies: [UInt64: [UInt8]] = [:]

    init(limits: TransportLimits = .client, welcomed: Bool = true) {
      var configuration = ClientConfiguration(identity: NodeIdentity(role: .client))
      configuration.limits = limits
      exchange = ClientExchange(
        configuration: configuration, nonce: [UInt8](repeating: 1, count: 32), noise: 0, at: now)
      collect()
      if welcomed { receive(HostileServerTests.welcome()) }
      words = []
    }

    var lateReplyCount: UInt64 { exchange.lateReplyCount }

    func call(_ opcode: Opcode = .rank, microseconds: UInt64 = 1_000_000) {
      let request = OutboundRequest(opcode, body: .empty, deadline: now.advanced(microseconds: microseconds))
      do throws(CallError) { _ = try exchange.called(request, at: now) } catch { words.append("\(error)") }
      collect()
    }

    func receive(_ frame: RawFrame) { receive(frame.bytes) }

    func receive(_ bytes: [UInt8]) {
      exchange.received(bytes, at: now)
      collect()
    }

    func wait(microseconds: UInt64) {
      let end = now.advanced(microseconds: microseconds)
      while let next = exchange.nextInstant, next <= end {
        now = max(now, next)
        exchange.timePassed(at: now)
        collect()
      }
      now = end
    }

    private func collect() {
      for action in exchange.takeActions() { note(action) }
      exchange.queued(0, at: now)
      for action in exchange.takeActions() { note(action) }
    }

    private func note(_ action: ClientExchange.Action) {
      switch action {
      case .send(let bytes): words += bytes.frameWords()
      case .welcomed: words.append("welcomed")
      case .finish(let id, .success(let reply)):
        words.append("\(id) done")
        replies[id] = Array(reply.body)
      case .finish(let id, .failure(.refused(let error))): words.append("\(id) refused \(error.code.name)")
      case .finish(let id, .failure(.invalid(let error))): words.append("\(id) invalid \(error.code.name)")
      case .finish(let id, .failure(.connectionLost(_, let notExecuted))):
        words.append("\(id) lost\(notExecuted ? ", not executed" : "")")
      case .finish(let id, .failure(let error)): words.append("\(id) \(error)")
      case .goingAway: words.append("going away")
      case .close: words.append("close")
      case .abort: words.append("abort")
      }
    }
  }

  static func welcome(credits: UInt32 = 256, change: (inout Welcome) -> Void = { _ in }) -> RawFrame {
    var welcome = Welcome(
      role: .shard, compression: 1, clusterID: .zero, incarnation: .zero, nonce: [UInt8](repeating: 1, count: 32),
      payloadWireBytesMax: 1 << 20, payloadRawBytesMax: 4 << 20, messageBytesMax: 16 << 20, credits: credits,
      epoch: 0, idleMilliseconds: 10_000, filters: [1, 2], program: "test 1", features: Features())
    change(&welcome)
    return RawFrame(opcode: .welcome, payload: welcome.body)
  }

  static func reply(
    _ id: UInt64 = 1, _ payload: [UInt8] = [], _ flags: FrameFlags = [.fin], opcode: Opcode = .rank
  ) -> RawFrame {
    RawFrame(opcode: opcode, flags: flags.union(.reply), id: id, payload: payload)
  }

  /// What the client does about a frame while call 1 waits.
  static func answers(to frames: RawFrame..., limits: TransportLimits = .client) -> [String] {
    let driver = Driver(limits: limits)
    driver.call()
    for frame in frames { driver.receive(frame) }
    return driver.words
  }

  @Test func honestRepliesAreTaken() {
    #expect(Self.answers(to: Self.reply()) == ["1 done"])
    #expect(
      Self.answers(to: Self.reply(1, [1], []), Self.reply(1, [2], [.continuation, .fin])) == ["1 done"])
    let error = RawFrame(flags: [.reply, .error, .fin], payload: WireError(.overloaded).body)
    #expect(Self.answers(to: error) == ["1 refused OVERLOADED"])
    #expect(Self.answers(to: Self.reply(1, [1], []), error) == ["1 refused OVERLOADED"])
  }

  @Test func lengthsAboveOurLimitsAreRefused() {
    var long = Self.reply()
    long.length = .max
    #expect(Self.answers(to: long) == ["ERROR BAD_LENGTH", "1 lost", "close"])
    long.length = 36 + (1 << 20) + 1
    #expect(Self.answers(to: long) == ["ERROR BAD_LENGTH", "1 lost", "close"])
  }

  @Test func bombsAreRefused() {
    var limits = TransportLimits.client
    limits.messageBytesMax = 10_000
    let block = LZ4Block.compress([UInt8](repeating: 0, count: 8000)) ?? []
    var bomb = RawFrame(flags: [.reply, .lz4], payload: block, raw: 8000)
    let driver = Driver(limits: limits)
    driver.call()
    driver.receive(bomb)
    #expect(driver.words.isEmpty)
    bomb.flags.insert(.continuation)
    driver.receive(bomb)
    #expect(driver.words == ["ERROR LIMIT_EXCEEDED", "1 lost", "close"])
    bomb.flags = [.reply, .lz4, .fin]
    bomb.raw = 256 * block.count
    #expect(Self.answers(to: bomb) == ["ERROR BAD_LENGTH", "1 lost", "close"])
  }

  @Test func badIDsAndFlagsAreRefused() {
    #expect(Self.answers(to: Self.reply(2)) == ["ERROR ID_ORDER", "1 lost", "close"])
    #expect(Self.answers(to: Self.reply(0)) == ["ERROR ID_ORDER", "1 lost", "close"])
    #expect(Self.answers(to: RawFrame()) == ["ERROR UNEXPECTED_STATE", "1 lost", "close"])
    #expect(Self.answers(to: Self.welcome()) == ["ERROR UNEXPECTED_STATE", "1 lost", "close"])
    #expect(Self.answers(to: RawFrame.hello()) == ["ERROR UNEXPECTED_STATE", "1 lost", "close"])
    #expect(Self.answers(to: Self.reply(opcode: .search)) == ["ERROR FRAGMENT_ORDER", "1 lost", "close"])
    #expect(Self.answers(to: Self.reply(1, [1], [.continuation])) == ["ERROR FRAGMENT_ORDER", "1 lost", "close"])
    #expect(Self.answers(to: Self.reply(1, [1], []), Self.reply(1, [1], [])) == ["ERROR ID_ORDER", "1 lost", "close"])
  }

  @Test func repliesThatNobodyWaitsForAreDroppedAndCounted() {
    let driver = Driver()
    driver.call()
    driver.receive(Self.reply(99))
    driver.receive(Self.reply(1))
    driver.receive(Self.reply(1))
    #expect(driver.words == ["1 done"])
    #expect(driver.lateReplyCount == 2)
  }

  @Test func damagedRepliesEndTheirCallAndThreeEndTheConnection() {
    let driver = Driver()
    for _ in 0..<3 { driver.call() }
    for id: UInt64 in [1, 3, 5] {
      var reply = Self.reply(id, [1])
      reply.damagesPayload = true
      driver.receive(reply)
    }
    #expect(
      driver.words == [
        "1 invalid BAD_PAYLOAD_CRC", "3 invalid BAD_PAYLOAD_CRC", "ERROR BAD_PAYLOAD_CRC", "5 lost", "close",
      ])
  }

  @Test func theHandshakeIsChecked() {
    func answers(_ frame: RawFrame) -> [String] {
      let driver = Driver(welcomed: false)
      driver.receive(frame)
      return driver.words
    }
    #expect(answers(Self.welcome()) == ["welcomed"])
    #expect(answers(Self.welcome { $0.wireVersion = 2 }) == ["ERROR UNSUPPORTED_VERSION", "close"])
    #expect(answers(Self.welcome { $0.compression = 9 }) == ["ERROR MALFORMED_BODY", "close"])
    #expect(answers(Self.welcome { $0.authentication = 1 }) == ["ERROR MALFORMED_BODY", "close"])
    #expect(answers(Self.reply()) == ["ERROR UNEXPECTED_STATE", "close"])
    #expect(answers(RawFrame(opcode: .error, payload: WireError(.wrongCluster).body)) == ["close"])
    var long = Self.welcome()
    long.length = 36 + 8193
    #expect(answers(long) == ["ERROR BAD_LENGTH", "close"])
  }

  @Test func aSilentServerIsLeftAfterFiveSeconds() {
    let driver = Driver(welcomed: false)
    driver.call(microseconds: 10_000_000)
    driver.wait(microseconds: 5_000_000)
    #expect(driver.words == ["1 lost, not executed", "abort"])
  }

  @Test func oneByteASecondEndsAtTheDeadlineAndThenAtTheFrameTime() {
    let driver = Driver()
    driver.call(microseconds: 2_500_000)
    for byte in Self.reply(1, [UInt8](repeating: 1, count: 100)).bytes.prefix(11) {
      driver.receive([byte])
      driver.wait(microseconds: 1_000_000)
    }
    #expect(driver.words == ["CANCEL", "1 deadlineExceeded", "ERROR FRAME_TIMEOUT", "close"])
  }

  @Test func aHungServerIsLeft() {
    let driver = Driver()
    driver.call()
    driver.wait(microseconds: 60_000_000)
    #expect(driver.words == ["CANCEL", "1 deadlineExceeded", "PING", "PING", "abort"])
  }

  @Test func creditsHoldCallsBackAndRepliesFreeThem() {
    let driver = Driver(welcomed: false)
    driver.receive(Self.welcome(credits: 1))
    for _ in 0..<4 { driver.call() }
    driver.receive(Self.reply(1))
    driver.receive(RawFrame(opcode: .credit, payload: Credit(count: 1).body))
    driver.receive(Self.reply(5))
    driver.receive(Self.reply(3))
    driver.receive(Self.reply(7))
    #expect(driver.words == ["welcomed", "1 done", "5 done", "3 done", "7 done"])
    driver.receive(RawFrame(opcode: .credit, payload: Credit(count: 1).body.map { _ in 0 }))
    #expect(driver.words.suffix(2) == ["ERROR MALFORMED_BODY", "close"])
  }

  @Test func goAwayTellsWhatWasNotExecuted() {
    let driver = Driver(welcomed: false)
    driver.receive(Self.welcome(credits: 2))
    for _ in 0..<3 { driver.call() }
    let goAway = GoAway(lastRequestID: 1, reason: .shuttingDown, milliseconds: 1000)
    driver.receive(RawFrame(opcode: .goAway, payload: goAway.body))
    #expect(driver.words.first == "welcomed" && driver.words.contains("going away"))
    #expect(driver.words.contains("3 lost, not executed") && driver.words.contains("5 lost, not executed"))
    driver.receive(Self.reply(1))
    #expect(driver.words.suffix(2) == ["1 done", "close"])
  }

  @Test func pingsAreAnsweredButNotWithoutEnd() {
    let driver = Driver()
    for _ in 0..<101 { driver.receive(HostileInputTests.ping) }
    #expect(driver.words == Array(repeating: "PONG", count: 100) + ["ERROR ENHANCE_YOUR_CALM", "close"])
  }
}
