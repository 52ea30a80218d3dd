import Bytes
import Support
import Synchronization
import Testing
import Transport
import Vocabulary
import Wire

extension ClusterSuite {
  /// Wrong frames on a live port: each gets its answer, while an honest client keeps getting right ones.
  @Suite struct LiveHostilityTests {
    struct Row: Sendable {
      let number: Int
      let what: String
      let bytes: [UInt8]
      var finishes = false
      /// The words of all frames that come back, and `close` if the connection ends.
      var answers: [String]

      init(_ number: Int, _ what: String, _ bytes: [UInt8], finishes: Bool = false, _ answers: String...) {
        self.number = number
        self.what = what
        self.bytes = bytes
        self.finishes = finishes
        self.answers = answers
      }

      /// After an honest handshake.
      init(ready number: Int, _ what: String, _ frames: [RawFrame], finishes: Bool = false, _ answers: String...) {
        self.number = number
        self.what = what
        bytes = (RawFrame.hello().bytes + frames.flatMap(\.bytes))
        self.finishes = finishes
        self.answers = ["WELCOME"] + answers
      }
    }

    static let rows: [Row] = {
      var random = SeededRandom(seed: 3)
      let hello = RawFrame.hello().bytes
      let status = RawFrame(opcode: .status, id: 3)
      let bomb = RawFrame.block(LZ4Block.compress([UInt8](repeating: 0, count: 4 << 20)) ?? [], raw: 4 << 20)
      var rows = [
        Row(1, "nothing, then the end", [], finishes: true, "close"),
        Row(2, "one byte, then nothing", [36], "close"),
        Row(3, "HTTP", Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8), "close"),
        Row(4, "TLS", [0x16, 3, 1, 2, 0, 1, 0] + [UInt8](repeating: 3, count: 200), "close"),
        Row(6, "Redis", Array("*1\r\n$4\r\nPING\r\n".utf8), "close"),
        Row(7, "64 KiB of noise", random.bytes(65_536), "close"),
        Row(8, "header CRC", RawFrame(opcode: .hello, damagesHeader: true).bytes, "ERROR BAD_HEADER_CRC", "close"),
        Row(10, "half a header", Array(hello.prefix(20)), "ERROR FRAME_TIMEOUT", "close"),
        Row(10, "half a HELLO, then the end", Array(hello.prefix(60)), finishes: true, "close"),
        Row(14, "a large HELLO", RawFrame(opcode: .hello, length: 36 + 8193).bytes, "ERROR BAD_LENGTH", "close"),
        Row(18, "no such version", RawFrame(version: 9).bytes, "ERROR UNSUPPORTED_VERSION", "close"),
        Row(19, "RANK before HELLO", RawFrame().bytes, "ERROR UNEXPECTED_STATE", "close"),
        Row(
          11, "a header without its payload",
          hello + RawFrame(opcode: .upsert, payload: [UInt8](repeating: 0, count: 9000)).bytes.prefix(40), "WELCOME",
          "ERROR FRAME_TIMEOUT", "close"),
        Row(ready: 12, "length FFFFFFFF", [RawFrame(length: .max)], "ERROR BAD_LENGTH", "close"),
        Row(ready: 13, "above the maximum", [RawFrame(length: 36 + (1 << 20) + 1)], "ERROR BAD_LENGTH", "close"),
        Row(ready: 19, "HELLO twice", [RawFrame.hello()], "ERROR UNEXPECTED_STATE", "close"),
        Row(
          ready: 25, "reserved bits", [RawFrame(flags: FrameFlags(rawValue: 0x42))], "ERROR RESERVED_BITS", "close"),
        Row(
          ready: 26, "an unknown opcode", [RawFrame(opcode: Opcode(rawValue: 0x7E)), status], finishes: true,
          "1 UNKNOWN_OPCODE", "reply 3", "close"),
        Row(ready: 27, "an id again", [status, status], "ERROR ID_ORDER", "close"),
        Row(ready: 28, "an even id", [RawFrame(id: 2)], "ERROR ID_ORDER", "close"),
        Row(ready: 29, "REPLY", [RawFrame(flags: [.fin, .reply])], "ERROR UNEXPECTED_STATE", "close"),
        Row(
          ready: 30, "a fragment without its first", [RawFrame(opcode: .upsert, flags: .continuation, payload: [1])],
          "ERROR FRAGMENT_ORDER", "close"),
        Row(ready: 34, "half-close", [status], finishes: true, "reply 3", "close"),
        Row(
          ready: 36, "4 MiB of zeros in a few KiB", [bomb, status], finishes: true, "1 MALFORMED_BODY", "reply 3",
          "close"),
        Row(ready: 38, "a ratio above 255", [.block([1, 2, 3], raw: 766)], "ERROR BAD_LENGTH", "close"),
        Row(
          ready: 47, "not an LZ4 block", [.block([0xF0, 0xFF, 0xFF, 0xFF], raw: 100), status], finishes: true,
          "1 DECOMPRESS_FAILED", "reply 3", "close"),
        Row(
          ready: 63, "all the time there is", [RawFrame(opcode: .status, microseconds: .max)], finishes: true,
          "reply 1",
          "close"),
        Row(
          ready: 51, "a count of 4,294,967,295",
          [RawFrame(opcode: .get, payload: [0, 0, 0, 0, 0, 0, 1, 0x61, 0, 0, 255, 255, 255, 255]), status],
          finishes: true, "1 LIMIT_EXCEEDED", "reply 3", "close"),
      ]
      let ping = RawFrame(opcode: .ping, payload: Ping(token: 1).body)
      var calm = Row(ready: 32, "PING without end", [RawFrame](repeating: ping, count: 150))
      calm.answers += Array(repeating: "PONG", count: 100) + ["ERROR ENHANCE_YOUR_CALM", "close"]
      rows.append(calm)
      return rows
    }()

    @Test func wrongFramesGetTheirAnswersWhileHonestClientsAreServed() async throws {
      let shop = try LoopbackTests.shop(300)
      let request = shop.requests(1)[0]
      let expected = try #require(try shop.twin.answer(request)).results.body.bytes
      try await ProcessCluster.run(shardCount: 2) { cluster in
        try await cluster.fill(shop)
        let asker = try await cluster.connect()
        _ = try await asker.body(request)
        let nodes = try [cluster.coordinator, cluster.shard(0)]
        let before = nodes.map(\.residentByteCount)

        let isOver = Atomic(false)
        async let honest: Int = {
          var count = 0
          while !isOver.load(ordering: .relaxed) || count < 5 {
            #expect(try resultBytes(try await asker.body(request)) == expected)
            count += 1
            try await Task.sleep(for: .milliseconds(20))
          }
          return count
        }()
        try await withThrowingTaskGroup(of: Void.self) { group in
          for address in [cluster.address, cluster.shardAddresses[0]] {
            group.addTask { try await Self.flipEveryBit(of: RawFrame.hello().bytes, at: address) }
            for row in Self.rows { group.addTask { try await Self.play(row, at: address) } }
          }
          try await group.waitForAll()
        }
        isOver.store(true, ordering: .relaxed)
        #expect(try await honest >= 5)

        for (node, bytes) in zip(nodes, before) {
          #expect(node.isAlive)
          #expect(node.residentByteCount - bytes < 64 << 20)
        }
        #expect(try resultBytes(try await asker.body(request)) == expected)
      }
    }

    private static func play(_ row: Row, at address: String) async throws {
      let socket = RawSocket(port: address)
      defer { socket.close() }
      socket.write(row.bytes)
      if row.finishes { socket.finishWriting() }
      let frames = row.answers.count { $0 != "close" }
      let closes = row.answers.last == "close"
      let (bytes, hasEnded) = try await socket.read(seconds: 40) { !closes && $0.frameWords().count >= frames }
      // Replies come in any order.
      let answers = bytes.frameWords() + (hasEnded ? ["close"] : [])
      #expect(answers.sorted() == row.answers.sorted(), "\(row.number): \(row.what)")
    }

    private static func flipEveryBit(of hello: [UInt8], at address: String) async throws {
      for bit in 0..<320 {
        var damaged = hello
        damaged[bit / 8] ^= 1 << (bit % 8)
        let socket = RawSocket(port: address)
        socket.write(damaged)
        let (bytes, hasEnded) = try await socket.read(seconds: 20)
        socket.close()
        let isMagic = bit / 8 == 4 || bit / 8 == 5
        #expect(bytes.frameWords() == (isMagic ? [] : ["ERROR BAD_HEADER_CRC"]), "bit \(bit)")
        #expect(hasEnded, "bit \(bit)")
      }
    }
  }
}
