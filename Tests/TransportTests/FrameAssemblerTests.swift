import Support
import Testing
import Transport
import Vocabulary
import Wire

@Suite struct FrameAssemblerTests {
  static let now = Instant(nanoseconds: 1)
  static let frames = [
    RawFrame(id: 1, payload: [1, 2, 3]), RawFrame(opcode: .ping, payload: Ping(token: 4).body), RawFrame(id: 3),
    RawFrame(opcode: .upsert, id: 5, payload: [UInt8](repeating: 9, count: 5000)),
  ]

  /// The payloads that pieces yield, and what ends them.
  static func payloads(of pieces: [[UInt8]], max: Int = 8192) -> ([[UInt8]], FrameFault?) {
    var assembler = FrameAssembler(payloadWireBytesMax: max)
    var payloads: [[UInt8]] = []
    for piece in pieces {
      assembler.append(piece, at: now)
      var isHungry = false
      while !isHungry {
        switch assembler.next(at: now) {
        case .needsBytes: isHungry = true
        case .header: break
        case .frame(_, let payload): payloads.append(Array(payload))
        case .fault(let fault): return (payloads, fault)
        }
      }
    }
    return (payloads, nil)
  }

  @Test func everySplitYieldsTheSameFrames() {
    let bytes = Self.frames.map(\.bytes)
    let expected = Self.frames.map(\.payload)
    #expect(Self.payloads(of: bytes).0 == expected)
    #expect(Self.payloads(of: [Array(bytes.joined())]).0 == expected)
    #expect(Self.payloads(of: bytes.joined().map { [$0] }).0 == expected)
    var random = SeededRandom(seed: 3)
    for _ in 0..<50 {
      var rest = Array(bytes.joined())[...]
      var pieces: [[UInt8]] = []
      while !rest.isEmpty {
        let count = min(rest.count, Int.random(in: 1...700, using: &random))
        pieces.append(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
      }
      #expect(Self.payloads(of: pieces).0 == expected)
    }
  }

  @Test func aTruncatedFrameYieldsNothing() {
    let bytes = Self.frames[0].bytes
    for count in 0..<bytes.count {
      let (payloads, fault) = Self.payloads(of: [Array(bytes.prefix(count))])
      #expect(payloads.isEmpty)
      #expect(fault == nil)
    }
  }

  @Test func lengthsOutsideTheirLimitsAreRefusedByTheHeader() {
    for length: UInt32 in [0, 35, 36 + 8193, 1 << 31, .max] {
      let bytes = Array(RawFrame(length: length).bytes.prefix(40))
      guard case .refused(let error) = Self.payloads(of: [bytes]).1 else {
        Issue.record("a length of \(length) passes")
        continue
      }
      #expect(error.code == .badLength && error.message.contains("at most 8192"))
    }
    let largest = Array(RawFrame(length: 36 + 8192).bytes.prefix(40))
    #expect(Self.payloads(of: [largest]).1 == nil)
  }

  /// Rows 11 and 12 of the hostile catalogue: what is held is what has arrived.
  @Test func nothingIsReservedFromADeclaredLength() {
    var assembler = FrameAssembler(payloadWireBytesMax: 4 << 20)
    assembler.append(Array(RawFrame(length: 36 + (4 << 20)).bytes.prefix(40)), at: Self.now)
    _ = assembler.next(at: Self.now)
    _ = assembler.next(at: Self.now)
    #expect(assembler.heldByteCount == 0)
    assembler.append([1, 2, 3], at: Self.now)
    #expect(assembler.heldByteCount == 3)
  }

  @Test func theFrameClockStartsWithTheFirstByteAndEndsWithTheLast() {
    var assembler = FrameAssembler(payloadWireBytesMax: 8192)
    #expect(assembler.frameStart == nil)
    let bytes = Self.frames[0].bytes
    assembler.append(Array(bytes.prefix(1)), at: Instant(nanoseconds: 5))
    _ = assembler.next(at: Instant(nanoseconds: 5))
    #expect(assembler.frameStart == Instant(nanoseconds: 5))
    assembler.append(Array(bytes.dropFirst(1)) + [36], at: Instant(nanoseconds: 8))
    _ = assembler.next(at: Instant(nanoseconds: 8))
    _ = assembler.next(at: Instant(nanoseconds: 8))
    #expect(assembler.frameStart == Instant(nanoseconds: 8))
  }

  /// Row 9 of the hostile catalogue, through the assembler.
  @Test func everySingleBitFlipOfAHeaderIsRefused() {
    let bytes = Self.frames[0].bytes
    for bit in 0..<320 {
      var flipped = bytes
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      let (payloads, fault) = Self.payloads(of: [flipped])
      #expect(payloads.isEmpty && fault != nil, "bit \(bit)")
    }
  }
}
