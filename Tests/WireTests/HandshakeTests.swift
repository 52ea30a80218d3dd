import Testing
import Wire

@Suite struct HandshakeTests {
  static let hello = Hello(
    role: .coordinator, clusterID: Bytes16(low: 1, high: 2), nonce: [UInt8](repeating: 5, count: 32),
    payloadWireBytesMax: 1 << 20, payloadRawBytesMax: 4 << 20, compression: .all, program: "winnow-test 1",
    features: Features([.init(type: Features.echo), .init(type: 0x7A42, value: [1, 2, 3])]))

  static let welcome = Welcome(
    role: .shard, compression: 1, clusterID: Bytes16(low: 1, high: 2), incarnation: Bytes16(low: 3, high: 4),
    nonce: [UInt8](repeating: 6, count: 32), payloadWireBytesMax: 1 << 20, payloadRawBytesMax: 4 << 20,
    messageBytesMax: 16 << 20, credits: 256, epoch: 3, idleMilliseconds: 10_000, filters: [1, 2],
    program: "winnowd 1", features: Features([.init(type: Features.echo)]))

  static func refusal(_ body: [UInt8]) -> WireError? {
    do throws(WireError) {
      _ = try Hello(from: body[...])
      return nil
    } catch { return error }
  }

  static func changed(_ offset: Int, _ bytes: [UInt8]) -> [UInt8] {
    var body = hello.body
    body.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    return body
  }

  @Test func helloAndWelcomeRoundTrip() throws {
    #expect(try Hello(from: Self.hello.body[...]) == Self.hello)
    #expect(try Welcome(from: Self.welcome.body[...]) == Self.welcome)
    #expect(Self.welcome.agreedCompression == .all)
  }

  @Test func everyTruncationIsRefused() {
    for count in 0..<Self.hello.body.count {
      #expect(Self.refusal(Array(Self.hello.body[..<count]))?.code == .malformedBody)
    }
    for count in 0..<Self.welcome.body.count {
      #expect(throws: WireError.self) { _ = try Welcome(from: Self.welcome.body[..<count]) }
    }
    #expect(Self.refusal(Self.hello.body + [0])?.code == .trailingBytes)
  }

  /// Whether a body is refused at an offset, with the rule in words of its own.
  private static func isMalformed(_ body: [UInt8], at offset: Int) -> Bool {
    guard let error = refusal(body) else { return false }
    return error.code == .malformedBody && error.fieldOffset == UInt32(offset)
      && ![ErrorCode.malformedBody.meaning, ""].contains(error.message)
  }

  @Test func fieldsOutsideTheirRulesAreRefused() {
    #expect(Self.isMalformed(Self.changed(0, [2, 1]), at: 0))
    #expect(Self.refusal(Self.changed(0, [2, 9]))?.code == .unsupportedVersion)
    #expect(Self.refusal(Self.changed(0, [0, 9])) == nil)
    #expect(Self.isMalformed(Self.changed(2, [3]), at: 2))
    #expect(Self.isMalformed(Self.changed(3, [1]), at: 3))
    #expect(Self.isMalformed(Self.changed(68, [0xFF, 0x1F, 0, 0]), at: 68))
    #expect(Self.refusal(Self.changed(72, [0, 0x20, 0, 0])) == nil)
  }

  /// Row 24 of the hostile catalogue.
  @Test(arguments: [0x00, 0x1B, 0x0A, 0xFF, 0x7F] as [UInt8]) func programNamesArePrintable(byte: UInt8) {
    #expect(Self.refusal(Self.changed(85, [byte]))?.code == .badUTF8)
  }

  @Test func programNamesAreShort() {
    var hello = Self.hello
    hello.program = String(repeating: "x", count: 64)
    #expect(Self.refusal(hello.body) == nil)
    hello.program += "x"
    #expect(Self.refusal(hello.body)?.code == .limitExceeded)
  }

  /// Rows 21 to 23 of the hostile catalogue.
  @Test func featureRulesHold() {
    var hello = Self.hello
    hello.features = Features([.init(type: 0xFA00)])
    #expect(Self.refusal(hello.body)?.code == .criticalFeatureUnknown)
    hello.features = Features([.init(type: 0x7A00), .init(type: 0x0777)])
    #expect(Self.refusal(hello.body) == nil)
    hello.features = Features([.init(type: 0x7A00), .init(type: 0x7A00)])
    #expect(Self.refusal(hello.body)?.code == .duplicateField)
    hello.features = Features([.init(type: 0x0001), .init(type: 0x8001)])
    #expect(Self.refusal(hello.body)?.code == .duplicateField)
    hello.features = Features([.init(type: 0x8001)])
    #expect(Self.refusal(hello.body) == nil)
    hello.features = Features((0..<64).map { .init(type: UInt16($0)) })
    #expect(Self.refusal(hello.body) == nil)
    hello.features = Features((0..<1900).map { .init(type: UInt16($0)) })
    #expect(Self.refusal(hello.body)?.code == .limitExceeded)
    var body = Self.hello.body
    body[body.count - 5] = 200
    #expect(Self.isMalformed(body, at: body.count - 5))
  }

  @Test func connectionBodiesRoundTrip() throws {
    #expect(try Ping(from: Ping(token: 77).body[...]) == Ping(token: 77))
    #expect(try Cancel(from: Cancel(requestID: 3).body[...]) == Cancel(requestID: 3))
    #expect(try Credit(from: Credit(count: 3).body[...]) == Credit(count: 3))
    let goAway = GoAway(lastRequestID: 9, reason: .shuttingDown, milliseconds: 100)
    #expect(try GoAway(from: goAway.body[...]) == goAway)
    #expect(throws: WireError.self) { _ = try Credit(from: [0, 0, 0, 0]) }
    #expect(throws: WireError.self) { _ = try Ping(from: [0, 0, 0, 0]) }
    #expect(throws: WireError.self) { _ = try Cancel(from: [UInt8](repeating: 0, count: 9)[...]) }
  }
}
