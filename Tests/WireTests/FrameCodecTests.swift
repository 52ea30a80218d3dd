import Bytes
import Testing
import Wire

@Suite struct FrameCodecTests {
  /// Column-like bytes: small integers of 8 bytes.
  static func columns(_ count: Int) -> [UInt8] {
    var writer = ByteWriter()
    for i in 0..<count { writer.write(UInt64(i * 3)) }
    return writer.bytes
  }

  static func parse(_ frame: [UInt8]) throws -> (FrameHeader, ArraySlice<UInt8>) {
    let header = try FrameHeader(from: frame[..<40])
    #expect(header.payloadByteCount == frame.count - 40)
    return (header, frame[40...])
  }

  static func decode(_ frames: [[UInt8]], with codec: inout FrameCodec) throws -> [UInt8] {
    var body: [UInt8] = []
    for (i, frame) in frames.enumerated() {
      let (header, payload) = try parse(frame)
      #expect(header.flags.contains(.continuation) == (i > 0))
      #expect(header.flags.contains(.fin) == (i == frames.count - 1))
      body += try codec.decodePayload(payload, of: header)
    }
    return body
  }

  @Test(arguments: [0, 1, 511, 512, 4095, 4096, 5000, 700_000] as [Int], [true, false])
  func bodiesRoundTrip(count: Int, lz4: Bool) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 / 7) }
    var codec = FrameCodec(compression: lz4 ? .all : .none, peerPayloadBytesMax: 1 << 20)
    let frames = codec.encode(.upsert, requestID: 1, timeMicroseconds: 5, body: MessageBody(bytes))
    #expect(frames.count == max(1, (count + 262_143) / 262_144))
    #expect(try Self.decode(frames, with: &codec) == bytes)
    #expect(codec.traffic.rawBytesOut == UInt64(count))
    #expect(codec.traffic.rawBytesIn == UInt64(count))
    #expect(codec.traffic.wireBytesIn == codec.traffic.wireBytesOut)
  }

  @Test func sectionsAreCompressedByTheirHints() throws {
    let columns = Self.columns(2000)
    let vectors = (0..<8000).map { UInt8(truncatingIfNeeded: $0 / 100) }
    var codec = FrameCodec(compression: .all, peerPayloadBytesMax: 1 << 20)
    let body = MessageBody([Section(.columns, columns), Section(.raw, vectors), Section(.plain, vectors)])
    let frames = codec.encode(.search, flags: .reply, requestID: 3, body: body)
    #expect(frames.count == 3)
    let flags = try frames.map { try Self.parse($0).0.flags }
    #expect(flags[0] == [.lz4, .reply, FrameFlags(rawValue: 0x200)])
    #expect(flags[1] == [.reply, .continuation])
    #expect(flags[2] == [.reply, .continuation, .lz4, .fin])
    #expect(try Self.decode(frames, with: &codec) == body.bytes)
    #expect(codec.traffic.wireBytesOut < codec.traffic.rawBytesOut)
  }

  @Test func smallBodiesTravelInOneFrame() throws {
    var codec = FrameCodec(compression: .all, peerPayloadBytesMax: 1 << 20)
    let body = MessageBody([Section(.plain, [1, 2, 3, 4, 5, 6, 7, 8]), Section(.columns, Self.columns(100))])
    let frames = codec.encode(.rank, requestID: 1, body: body)
    #expect(frames.count == 1)
    #expect(try Self.decode(frames, with: &codec) == body.bytes)
  }

  @Test func nothingIsCompressedThatMayNotBe() throws {
    let zeros = [UInt8](repeating: 0, count: 2000)
    var codec = FrameCodec(compression: .all, peerPayloadBytesMax: 1 << 20)
    for (opcode, flags) in [(Opcode.ping, FrameFlags()), (.rank, [.reply, .error])] {
      let frame = codec.encode(opcode, flags: flags, requestID: 0, body: MessageBody(zeros))[0]
      #expect(try !Self.parse(frame).0.flags.contains(.lz4))
    }
  }

  @Test func fragmentsKeepWithinWhatThePeerAccepts() throws {
    var codec = FrameCodec(compression: .none, peerPayloadBytesMax: 8195)
    let frames = codec.encode(.upsert, requestID: 1, body: MessageBody([UInt8](repeating: 7, count: 20_000)))
    #expect(try frames.map { try Self.parse($0).0.payloadByteCount } == [8192, 8192, 3616])
  }

  @Test func aDamagedPayloadIsRefusedBeforeItIsRead() throws {
    var codec = FrameCodec(compression: .all, peerPayloadBytesMax: 1 << 20)
    var frame = codec.encode(.upsert, requestID: 1, body: MessageBody([UInt8](repeating: 7, count: 2000)))[0]
    frame[45] ^= 1
    let (header, payload) = try Self.parse(frame)
    #expect(throws: WireError(.badPayloadCRC)) { _ = try codec.decodePayload(payload, of: header) }
  }

  @Test func stepsTwelveToSixteenAnswerInOrder() throws {
    var codec = FrameCodec(compression: .all, peerPayloadBytesMax: 1 << 20)
    var (header, payload) = try Self.parse(
      codec.encode(.upsert, requestID: 1, body: MessageBody([UInt8](repeating: 7, count: 2000)))[0])
    #expect(throws: WireError(.unknownOpcode)) {
      _ = try codec.decodePayload(payload, of: header, refusal: WireError(.unknownOpcode), room: 0)
    }
    #expect(throws: WireError(.limitExceeded).fatal) { _ = try codec.decodePayload(payload, of: header, room: 1999) }
    header.flags = header.flags.with(filter: 9)
    #expect(throws: WireError(.malformedBody)) { _ = try codec.decodePayload(payload, of: header, room: 0) }
    header.payloadChecksum ^= 1
    #expect(throws: WireError(.badPayloadCRC)) {
      _ = try codec.decodePayload(payload, of: header, refusal: WireError(.unknownOpcode), room: 0)
    }
  }
}
