import Bytes
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// Rows 1 to 50 of the catalogue of hostile input, with the answers of the spec.
@Suite struct HostileInputTests {
  enum Step {
    case send([UInt8])
    case wait(UInt64)
    case finish(UInt64)
    case end

    static func frame(_ frame: RawFrame) -> Step { .send(frame.bytes) }
  }

  struct Row: CustomTestStringConvertible {
    let number: Int
    let what: String
    /// Whether an honest handshake comes first; its WELCOME is not among the answers.
    var handshake: RawFrame? = .hello()
    var configuration = ServerConfiguration()
    var steps: [Step]
    var answers: [String]

    init(
      _ number: Int, _ what: String, handshake: RawFrame? = .hello(),
      configuration: ServerConfiguration = ServerConfiguration(), _ steps: [Step], _ answers: String...
    ) {
      self.number = number
      self.what = what
      self.handshake = handshake
      self.configuration = configuration
      self.steps = steps
      self.answers = answers
    }

    init(early number: Int, _ what: String, _ steps: [Step], _ answers: String...) {
      self.number = number
      self.what = what
      handshake = nil
      self.steps = steps
      self.answers = answers
    }

    var testDescription: String { "\(number): \(what)" }
  }

  @Test(arguments: handshakeRows + frameRows + fragmentRows + compressionRows)
  func everyRowGetsItsAnswer(row: Row) {
    let driver = ExchangeDriver(row.configuration)
    if let handshake = row.handshake { driver.receive(handshake.bytes) }
    for step in row.steps {
      switch step {
      case .send(let bytes): driver.receive(bytes)
      case .wait(let microseconds): driver.wait(microseconds: microseconds)
      case .finish(let id): driver.finish(id)
      case .end: driver.peerFinishes()
      }
    }
    #expect(driver.words == (row.handshake == nil ? [] : ["WELCOME"]) + row.answers)
    if driver.words.contains("close") { #expect(driver.memory.usedByteCount == 0) }
  }

  /// The same rows, byte by byte: how bytes are split changes nothing.
  @Test(arguments: handshakeRows + frameRows + fragmentRows + compressionRows)
  func splitsChangeNothing(row: Row) {
    let driver = ExchangeDriver(row.configuration)
    var random = SeededRandom(seed: UInt64(row.number))
    func send(_ bytes: [UInt8]) {
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = bytes.count > 5000 ? Int.random(in: 1...9000, using: &random) : 1
        driver.receive(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
      }
    }
    if let handshake = row.handshake { send(handshake.bytes) }
    for step in row.steps {
      switch step {
      case .send(let bytes): send(bytes)
      case .wait(let microseconds): driver.wait(microseconds: microseconds)
      case .finish(let id): driver.finish(id)
      case .end: driver.peerFinishes()
      }
    }
    #expect(driver.words == (row.handshake == nil ? [] : ["WELCOME"]) + row.answers)
  }

  // MARK: Framing and handshake

  static let handshakeRows: [Row] = {
    var tls: [UInt8] = [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00]
    tls += [UInt8](repeating: 3, count: 200)
    var random = SeededRandom(seed: 7)
    let feature = { (type: UInt16) in Features([.init(type: type, value: [1, 2])]) }
    var overlong = RawFrame.hello(features: feature(0x7A01))
    overlong.payload[overlong.payload.count - 4] = 3
    let range = { (low: UInt8, high: UInt8) in
      RawFrame.hello {
        $0.wireVersionMin = low
        $0.wireVersionMax = high
      }
    }
    let named = { (byte: UInt8) in
      var hello = RawFrame.hello()
      hello.payload[hello.payload.count - 3] = byte
      return hello
    }
    return [
      Row(early: 1, "nothing, then the end", [.end], "close", "empty"),
      Row(early: 1, "nothing at all", [.wait(5_000_000)], "close", "empty"),
      Row(early: 2, "one byte, then nothing", [.send([36]), .wait(4_900_000)]),
      Row(early: 2, "one byte, then nothing for 5 s", [.send([36]), .wait(5_000_000)], "close"),
      Row(early: 3, "HTTP GET", [.send(Array("GET / HTTP/1.1\r\n".utf8))], "close", "http"),
      Row(early: 3, "HTTP POST", [.send(Array("POST / HTTP/1.1\r\n".utf8))], "close", "http"),
      Row(early: 4, "TLS ClientHello", [.send(tls)], "close", "tls"),
      Row(early: 6, "Redis, inline", [.send(Array("PING\r\n".utf8))], "close", "other"),
      Row(early: 6, "Redis", [.send(Array("*1\r\n$4\r\nPING\r\n".utf8))], "close", "other"),
      Row(early: 7, "64 KiB of noise", [.send(random.bytes(65_536))], "close", "other"),
      Row(
        early: 8, "header CRC wrong", [.frame(RawFrame(opcode: .hello, damagesHeader: true))], "ERROR BAD_HEADER_CRC",
        "close"),
      Row(
        early: 10, "half a header, then nothing", [.send(Array(RawFrame.hello().bytes.prefix(20))), .wait(5_000_000)],
        "ERROR FRAME_TIMEOUT", "close"),
      Row(
        10, "a header at one byte a second", RawFrame().bytes.prefix(12).flatMap { [.send([$0]), .wait(1_000_000)] },
        "ERROR FRAME_TIMEOUT", "close"),
      Row(
        early: 14, "8,192 bytes", [.frame(RawFrame(opcode: .hello, payload: [UInt8](repeating: 0, count: 8192)))],
        "ERROR UNSUPPORTED_VERSION", "close"),
      Row(early: 14, "8,193 bytes", [.frame(RawFrame(opcode: .hello, length: 36 + 8193))], "ERROR BAD_LENGTH", "close"),
      Row(early: 18, "lowest version above highest", [.frame(range(2, 1))], "ERROR MALFORMED_BODY", "close"),
      Row(early: 17, "no common version", [.frame(range(2, 7))], "ERROR UNSUPPORTED_VERSION", "close"),
      Row(early: 17, "a wide range", [.frame(range(0, 255))], "WELCOME"),
      Row(19, "HELLO twice", [.frame(.hello())], "ERROR UNEXPECTED_STATE", "close"),
      Row(early: 19, "AUTH before HELLO", [.frame(RawFrame(opcode: .auth))], "ERROR UNEXPECTED_STATE", "close"),
      Row(19, "AUTH after HELLO", [.frame(RawFrame(opcode: .auth))], "ERROR UNKNOWN_OPCODE", "close"),
      Row(early: 19, "RANK before HELLO", [.frame(RawFrame())], "ERROR UNEXPECTED_STATE", "close"),
      Row(
        early: 20, "another cluster", [.frame(.hello { $0.clusterID = Bytes16(low: 9, high: 9) })],
        "ERROR WRONG_CLUSTER", "close"),
      Row(early: 20, "our cluster", [.frame(.hello { $0.clusterID = Bytes16(low: 1, high: 2) })], "WELCOME"),
      Row(
        early: 21, "unknown critical feature", [.frame(.hello(features: feature(0xFA01)))],
        "ERROR CRITICAL_FEATURE_UNKNOWN", "close"),
      Row(early: 21, "unknown other feature", [.frame(.hello(features: feature(0x0777)))], "WELCOME"),
      Row(early: 21, "a feature that means nothing", [.frame(.hello(features: feature(0x7A01)))], "WELCOME"),
      Row(
        early: 22, "1,900 features", [.frame(.hello(features: Features((0..<1900).map { .init(type: $0) })))],
        "ERROR LIMIT_EXCEEDED", "close"),
      Row(early: 23, "a feature longer than the body", [.frame(overlong)], "ERROR MALFORMED_BODY", "close"),
      Row(early: 24, "NUL in the name", [.frame(named(0))], "ERROR BAD_UTF8", "close"),
      Row(early: 24, "ESC in the name", [.frame(named(0x1B))], "ERROR BAD_UTF8", "close"),
      Row(early: 24, "a newline in the name", [.frame(named(0x0A))], "ERROR BAD_UTF8", "close"),
      Row(early: 24, "FF in the name", [.frame(named(0xFF))], "ERROR BAD_UTF8", "close"),
    ]
  }()

  static let frameRows: [Row] = {
    let mebibyte = [UInt8](repeating: 7, count: 1 << 20)
    return [
      Row(8, "header CRC wrong", [.frame(RawFrame(damagesHeader: true))], "ERROR BAD_HEADER_CRC", "close"),
      Row(
        11, "a header without its payload",
        [.send(Array(RawFrame(payload: [UInt8](repeating: 0, count: 9000)).bytes.prefix(40))), .wait(10_000_000)],
        "ERROR FRAME_TIMEOUT", "close"),
      Row(12, "length FFFFFFFF", [.frame(RawFrame(length: .max))], "ERROR BAD_LENGTH", "close"),
      Row(12, "length 35", [.frame(RawFrame(length: 35))], "ERROR BAD_LENGTH", "close"),
      Row(12, "length 0", [.frame(RawFrame(length: 0))], "ERROR BAD_LENGTH", "close"),
      Row(13, "the largest payload", [.frame(RawFrame(opcode: .upsert, payload: mebibyte))], "reply 1"),
      Row(13, "one byte more", [.frame(RawFrame(length: 36 + (1 << 20) + 1))], "ERROR BAD_LENGTH", "close"),
      Row(15, "LZ4 of nothing", [.frame(.block([], raw: 0))], "ERROR RAW_SIZE_MISMATCH", "close"),
      Row(16, "raw length differs without LZ4", [.frame(RawFrame(payload: [1], raw: 2))], "ERROR BAD_LENGTH", "close"),
      Row(17, "version 0", [.frame(RawFrame(version: 0))], "ERROR UNSUPPORTED_VERSION", "close"),
      Row(17, "version 2", [.frame(RawFrame(version: 2))], "ERROR UNSUPPORTED_VERSION", "close"),
      Row(17, "version 255", [.frame(RawFrame(version: 255))], "ERROR UNSUPPORTED_VERSION", "close"),
      Row(25, "critical bit 6", [.frame(RawFrame(flags: FrameFlags(rawValue: 0x42)))], "ERROR RESERVED_BITS", "close"),
      Row(25, "critical bit 7", [.frame(RawFrame(flags: FrameFlags(rawValue: 0x82)))], "ERROR RESERVED_BITS", "close"),
      Row(25, "all ignorable bits", [.frame(RawFrame(flags: FrameFlags(rawValue: 0xF002)))], "reply 1"),
      Row(
        26, "unknown opcode", [.frame(RawFrame(opcode: Opcode(rawValue: 0x7E))), .frame(RawFrame(id: 3))],
        "1 UNKNOWN_OPCODE", "reply 3"),
      Row(26, "experimental opcode", [.frame(RawFrame(opcode: Opcode(rawValue: 0xF3)))], "1 UNKNOWN_OPCODE"),
      Row(26, "ECHO that was not negotiated", [.frame(RawFrame(opcode: .echo))], "1 UNKNOWN_OPCODE"),
      Row(
        26, "unknown connection opcode", [.frame(RawFrame(opcode: Opcode(rawValue: 0x0D)))], "ERROR UNKNOWN_OPCODE",
        "close"),
      Row(26, "opcode 0", [.frame(RawFrame(opcode: Opcode(rawValue: 0)))], "ERROR UNKNOWN_OPCODE", "close"),
      Row(
        26, "unknown body version", [.frame(RawFrame(bodyVersion: 3)), .frame(RawFrame(id: 3))],
        "1 UNKNOWN_BODY_VERSION", "reply 3"),
      Row(27, "id 0", [.frame(RawFrame(id: 0))], "ERROR ID_ORDER", "close"),
      Row(27, "an id twice", [.frame(RawFrame(id: 3)), .frame(RawFrame(id: 3))], "reply 3", "ERROR ID_ORDER", "close"),
      Row(
        27, "a smaller id", [.frame(RawFrame(id: 5)), .frame(RawFrame(id: 3))], "reply 5", "ERROR ID_ORDER", "close"),
      Row(
        27, "an id after the last", [.frame(RawFrame(id: .max)), .frame(RawFrame(id: 1))], "reply \(UInt64.max)",
        "ERROR ID_ORDER", "close"),
      Row(27, "an id on a connection frame", [.frame(RawFrame(opcode: .ping, id: 3))], "ERROR ID_ORDER", "close"),
      Row(28, "an even id", [.frame(RawFrame(id: 2))], "ERROR ID_ORDER", "close"),
      Row(29, "REPLY from a client", [.frame(RawFrame(flags: [.fin, .reply]))], "ERROR UNEXPECTED_STATE", "close"),
      Row(29, "ERROR from a client", [.frame(RawFrame(flags: [.fin, .error]))], "ERROR UNEXPECTED_STATE", "close"),
      Row(29, "WELCOME from a client", [.frame(RawFrame(opcode: .welcome))], "ERROR UNEXPECTED_STATE", "close"),
      Row(29, "GOAWAY from a client", [.frame(RawFrame(opcode: .goAway))], "ERROR UNEXPECTED_STATE", "close"),
      Row(29, "CREDIT from a client", [.frame(RawFrame(opcode: .credit))], "ERROR UNEXPECTED_STATE", "close"),
      Row(29, "a peer's own ERROR", [.frame(RawFrame(opcode: .error, payload: WireError(.badLength).body))], "close"),
      Row(
        32, "PING a hundred times", [.send((0..<100).flatMap { _ in ping }), .wait(1_000_000), .send(ping)]),
      Row(32, "PING too often", [.send((0..<102).flatMap { _ in ping })]),
      Row(
        32, "PING of 7 bytes", [.frame(RawFrame(opcode: .ping, payload: [1, 2, 3, 4, 5, 6, 7]))],
        "ERROR MALFORMED_BODY", "close"),
      Row(
        34, "half-close with work in flight",
        [.frame(RawFrame(opcode: .search)), .frame(RawFrame(opcode: .search, id: 3)), .end, .finish(3), .finish(1)],
        "reply 3", "reply 1", "close"),
      Row(63, "time_us 0", [.frame(RawFrame(microseconds: 0)), .frame(RawFrame(id: 3))], "1 BAD_DEADLINE", "reply 3"),
      Row(
        12, "payload CRC wrong, three times in a minute",
        [1, 3, 5].map { .frame(RawFrame(id: $0, payload: [1], damagesPayload: true)) }, "1 BAD_PAYLOAD_CRC",
        "3 BAD_PAYLOAD_CRC", "ERROR BAD_PAYLOAD_CRC", "close"),
      Row(
        12, "payload CRC wrong on PING",
        [.frame(RawFrame(opcode: .ping, payload: [UInt8](repeating: 1, count: 8), damagesPayload: true))],
        "ERROR BAD_PAYLOAD_CRC", "close"),
    ].map { row in
      var row = row
      if row.what == "PING a hundred times" { row.answers = Array(repeating: "PONG", count: 101) }
      if row.what == "PING too often" {
        row.answers = Array(repeating: "PONG", count: 100) + ["ERROR ENHANCE_YOUR_CALM", "close"]
      }
      return row
    }
  }()

  static let ping = RawFrame(opcode: .ping, payload: Ping(token: 1).body).bytes

  // MARK: Fragments

  static let fragmentRows: [Row] = {
    let first = RawFrame(opcode: .upsert, flags: [], payload: [1])
    let next = RawFrame(opcode: .upsert, flags: .continuation, payload: [2])
    let last = RawFrame(opcode: .upsert, flags: [.continuation, .fin], payload: [3])
    var small = ServerConfiguration()
    small.client.messageBytesMax = 100
    var poor = ServerConfiguration()
    poor.requestBytesMax = 160_000
    let other = { (opcode: Opcode, version: UInt16) in
      RawFrame(opcode: opcode, flags: [.continuation, .fin], payload: [3], bodyVersion: version)
    }
    return [
      Row(30, "three fragments", [.frame(first), .frame(next), .frame(last)], "reply 1"),
      Row(
        30, "an empty last fragment",
        [.frame(first), .frame(RawFrame(opcode: .upsert, flags: [.continuation, .fin]))], "reply 1"),
      Row(30, "a fragment without its first", [.frame(last)], "ERROR FRAGMENT_ORDER", "close"),
      Row(
        30, "a fragment after the last", [.frame(first), .frame(last), .frame(last)], "reply 1",
        "ERROR FRAGMENT_ORDER", "close"),
      Row(30, "an unfinished id begun again", [.frame(first), .frame(first)], "ERROR ID_ORDER", "close"),
      Row(30, "another opcode", [.frame(first), .frame(other(.rank, 1))], "ERROR FRAGMENT_ORDER", "close"),
      Row(30, "another body version", [.frame(first), .frame(other(.upsert, 2))], "ERROR FRAGMENT_ORDER", "close"),
      Row(30, "an empty fragment", [.frame(RawFrame(opcode: .upsert, flags: []))], "ERROR FRAGMENT_ORDER", "close"),
      Row(30, "a fragment of PING", [.frame(RawFrame(opcode: .ping, flags: []))], "ERROR FRAGMENT_ORDER", "close"),
      Row(30, "no FIN for 30 s", [.frame(first), .wait(30_000_000)], "PING", "PING", "ERROR FRAME_TIMEOUT", "close"),
      Row(
        30, "256 messages at once",
        (0..<256).map { .frame(RawFrame(opcode: .upsert, flags: [], id: 2 * $0 + 1, payload: [1])) }),
      Row(
        30, "257 messages at once",
        (0..<257).map { .frame(RawFrame(opcode: .upsert, flags: [], id: 2 * $0 + 1, payload: [1])) },
        "ERROR NO_CREDIT", "close"),
      Row(
        31, "endless fragments", configuration: small, [.frame(first)] + (0..<100).map { _ in .frame(next) },
        "ERROR LIMIT_EXCEEDED", "close"),
      Row(
        31, "a refused message's rest is dropped",
        [
          .frame(RawFrame(opcode: Opcode(rawValue: 0x7E), flags: [], payload: [1])),
          .frame(RawFrame(opcode: Opcode(rawValue: 0x7E), flags: .continuation, payload: [1])),
          .frame(RawFrame(opcode: Opcode(rawValue: 0x7E), flags: [.continuation, .fin], payload: [1])),
          .frame(RawFrame(id: 3)),
        ], "1 UNKNOWN_OPCODE", "reply 3"),
      Row(
        31, "no memory for the message", configuration: poor,
        [
          .frame(first),
          .frame(RawFrame(opcode: .upsert, flags: .continuation, payload: [UInt8](repeating: 7, count: 70_000))),
          .frame(RawFrame(opcode: .upsert, flags: [], id: 3, payload: [UInt8](repeating: 7, count: 70_000))),
        ], "1 MEMORY_BUDGET"),
      Row(
        31, "CANCEL of an unfinished message",
        [.frame(first), .frame(RawFrame(opcode: .cancel, payload: Cancel(requestID: 1).body)), .frame(last)],
        "1 CANCELLED"),
    ]
  }()

  // MARK: Compression

  static let compressionRows: [Row] = {
    let zeros = [UInt8](repeating: 0, count: 4 << 20)
    let bomb = LZ4Block.compress(zeros) ?? []
    let text = (0..<1000).map { UInt8($0 / 10 % 90) }
    let block = LZ4Block.compress(text) ?? []
    let garbage = [UInt8](repeating: 0xFF, count: 40)
    // A 1-byte literal, then a match of 4 with offset 0, then 12 literals.
    let offsetZero: [UInt8] = [0x10, 0x41, 0, 0, 0xC0] + Array(1...12)
    let outside: [UInt8] = [0x10, 0x41, 0xFF, 0xFF, 0xC0] + Array(1...12)
    let frameFormat: [UInt8] = [0x04, 0x22, 0x4D, 0x18, 0x64, 0x40, 0xA7, 0, 0, 0, 0]
    var hello = RawFrame.hello()
    hello.flags.insert(.lz4)
    return [
      Row(
        35, "LZ4 that was not negotiated", handshake: .hello(compression: .none), [.frame(.block(block, raw: 1000))],
        "ERROR COMPRESSION_NOT_NEGOTIATED", "close"),
      Row(36, "4 MiB of zeros, honestly", [.frame(.block(bomb, raw: 4 << 20))], "reply 1"),
      Row(37, "4 MiB and one byte", [.frame(.block(bomb, raw: (4 << 20) + 1))], "ERROR BAD_LENGTH", "close"),
      Row(38, "more than 255 times", [.frame(.block([0, 0], raw: 511))], "ERROR BAD_LENGTH", "close"),
      Row(39, "declared too small", [.frame(.block(block, raw: 999))], "1 DECOMPRESS_FAILED"),
      Row(40, "declared too large", [.frame(.block(block, raw: 1001))], "1 RAW_SIZE_MISMATCH"),
      Row(41, "truncated", [.frame(.block(block.dropLast(), raw: 1000))], "1 DECOMPRESS_FAILED"),
      Row(41, "a trailing byte", [.frame(.block(block + [7], raw: 1000))], "1 DECOMPRESS_FAILED"),
      Row(41, "four trailing zeros", [.frame(.block(block + [0, 0, 0, 0], raw: 1000))], "1 DECOMPRESS_FAILED"),
      Row(42, "match offset 0", [.frame(.block(offsetZero, raw: 17))], "1 DECOMPRESS_FAILED"),
      Row(43, "match before the start", [.frame(.block(outside, raw: 17))], "1 DECOMPRESS_FAILED"),
      Row(44, "literals past the end", [.frame(.block([0xF0, 0xFF, 0xFF, 0xFF], raw: 1000))], "1 DECOMPRESS_FAILED"),
      Row(45, "a match nibble without a match", [.frame(.block([0x1F, 0x41], raw: 2))], "1 RAW_SIZE_MISMATCH"),
      Row(45, "the same, declared rightly", [.frame(.block([0x1F, 0x41], raw: 1))], "reply 1"),
      Row(46, "an empty block", [.frame(.block([0], raw: 0))], "ERROR BAD_LENGTH", "close"),
      Row(
        47, "garbage with a right CRC, three times", [1, 3, 5].map { .frame(.block(garbage, raw: 1000, id: $0)) },
        "1 DECOMPRESS_FAILED", "3 DECOMPRESS_FAILED", "ERROR DECOMPRESS_FAILED", "close"),
      Row(
        47, "garbage, but a minute apart",
        [
          .frame(.block(garbage, raw: 1000)), .frame(.block(garbage, raw: 1000, id: 3)), .wait(9_000_000), .send(ping),
          .wait(9_000_000), .send(ping), .wait(9_000_000), .send(ping), .wait(9_000_000), .send(ping),
          .wait(9_000_000), .send(ping), .wait(9_000_000), .send(ping), .wait(9_000_000),
          .frame(.block(garbage, raw: 1000, id: 5)),
        ], "1 DECOMPRESS_FAILED", "3 DECOMPRESS_FAILED", "PONG", "PONG", "PONG", "PONG", "PONG", "PONG",
        "5 DECOMPRESS_FAILED"),
      Row(48, "width 4 does not divide", [.frame(.block(block, raw: 1001, filter: 1))], "1 MALFORMED_BODY"),
      Row(48, "width 8 does not divide", [.frame(.block(block, raw: 1004, filter: 2))], "1 MALFORMED_BODY"),
      Row(48, "unknown filter", [.frame(.block(block, raw: 1000, filter: 9))], "1 MALFORMED_BODY"),
      Row(
        48, "a filter without LZ4",
        [.frame(RawFrame(opcode: .upsert, flags: FrameFlags.fin.with(filter: 1), payload: [1, 2, 3, 4]))],
        "1 MALFORMED_BODY"),
      Row(49, "the frame format of LZ4", [.frame(.block(frameFormat, raw: 64))], "1 DECOMPRESS_FAILED"),
      Row(early: 50, "compressed HELLO", [.frame(hello)], "ERROR UNEXPECTED_STATE", "close"),
      Row(
        50, "compressed PING", [.frame(RawFrame(opcode: .ping, flags: [.fin, .lz4], payload: [0]))],
        "ERROR UNEXPECTED_STATE", "close"),
    ]
  }()
}
