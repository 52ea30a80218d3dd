import Bytes
import Support
import Testing

/// The rows on compression of the catalogue of hostile input, against liblz4 itself.
@Suite struct LZ4BlockTests {
  /// Text whose block holds literals and matches.
  private static let raw = Array(String(repeating: "running shoe, red; trail shoe, blue; ", count: 40).utf8)

  private func block() throws -> [UInt8] { try #require(LZ4Block.compress(Self.raw)) }

  private func outcome(_ wire: [UInt8], rawCount: Int) -> Result<[UInt8], LZ4Error> {
    do throws(LZ4Error) { return .success(try LZ4Block.decompress(wire[...], rawCount: rawCount)) } catch {
      return .failure(error)
    }
  }

  @Test func compressedBytesComeBack() throws {
    var random = SeededRandom(seed: 7)
    for count in [1, 13, 64, 511, 4096, 70_000] {
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...3, using: &random) }
      guard let wire = LZ4Block.compress(bytes) else {
        #expect(count <= 64)
        continue
      }
      #expect(wire.count < count - count / 8)
      #expect(outcome(wire, rawCount: count) == .success(bytes))
      #expect(try LZ4Block.decompress(([1, 2] + wire)[2...], rawCount: count) == bytes)
    }
  }

  @Test func whatDoesNotPayIsNotCompressed() {
    var random = SeededRandom(seed: 8)
    #expect(LZ4Block.compress([]) == nil)
    #expect(LZ4Block.compress([1]) == nil)
    for count in [2, 9, 512, 100_000] { #expect(LZ4Block.compress(random.bytes(count)) == nil) }
  }

  @Test func honestBombOfZerosIsAccepted() throws {
    let zeros = [UInt8](repeating: 0, count: 4 << 20)
    let wire = try #require(LZ4Block.compress(zeros))
    #expect(wire.count < 17_000)
    #expect(outcome(wire, rawCount: zeros.count) == .success(zeros))
  }

  @Test func sizesThatNoBlockCanHoldAreRefusedBeforeAllocation() {
    for rawCount in [4 * 255 + 1, 1 << 40, .max, 0, -1, .min] {
      #expect(outcome([0x10, 1, 2, 3], rawCount: rawCount) == .failure(.sizeMismatch))
    }
    #expect(outcome([], rawCount: 1) == .failure(.sizeMismatch))
  }

  @Test func declaredSizeBelowTheRealOneFails() throws {
    let wire = try block()
    for rawCount in [1, Self.raw.count / 2, Self.raw.count - 1] {
      #expect(outcome(wire, rawCount: rawCount) == .failure(.failed))
    }
  }

  @Test func declaredSizeAboveTheRealOneIsAMismatch() throws {
    let wire = try block()
    for more in [1, 2, 100] { #expect(outcome(wire, rawCount: Self.raw.count + more) == .failure(.sizeMismatch)) }
  }

  @Test func everyTruncationIsRefused() throws {
    let wire = try block()
    for count in 0..<wire.count {
      #expect(throws: LZ4Error.self) { try LZ4Block.decompress(wire[..<count], rawCount: Self.raw.count) }
    }
    #expect(outcome(Array(wire.dropLast()), rawCount: Self.raw.count) == .failure(.failed))
  }

  @Test func trailingBytesAreRefused() throws {
    let wire = try block()
    for tail in [[0], [0x10], [0, 0, 0, 0], [1, 2, 3, 4, 5]] as [[UInt8]] {
      #expect(outcome(wire + tail, rawCount: Self.raw.count) == .failure(.failed))
    }
  }

  @Test func offsetZeroFails() {
    // One literal, then a match of 19 bytes at offset 0, then five literals: liblz4 1.9.4 lets it pass.
    #expect(outcome([0x1F, 0x41, 0, 0, 0, 0x50, 1, 2, 3, 4, 5], rawCount: 25) == .failure(.failed))
    // As the second match, too.
    let second: [UInt8] = [0x10, 0x41, 1, 0, 0x10, 0x42, 0, 0, 0xC0] + Array(1...12)
    #expect(outcome(second, rawCount: 22) == .failure(.failed))
    #expect(outcome(second.enumerated().map { $0 == 6 ? 1 : $1 }, rawCount: 22) != .failure(.failed))
  }

  @Test func rulesOnTheEndAreCountedByTheRawLength() {
    // Five literals behind a match are enough, four are not, however many the block has before it.
    let start: [UInt8] = [0x80] + Array(1...8) + [1, 0]
    #expect(
      outcome(start + [0x80] + Array(1...8), rawCount: 20)
        == .success([1, 2, 3, 4, 5, 6, 7, 8, 8, 8, 8, 8] + Array(1...8)))
    #expect(outcome(start + [0x70] + Array(1...7), rawCount: 19) == .failure(.failed), "a match within the last 12")
    let long: [UInt8] = [0x8F] + Array(1...8) + [1, 0, 5]
    #expect((try? outcome(long + [0x50, 1, 2, 3, 4, 5], rawCount: 37).get().suffix(5)) == [1, 2, 3, 4, 5])
    #expect(outcome(long + [0x40, 1, 2, 3, 4], rawCount: 36) == .failure(.failed), "four literals at the end")
    // A block that is both short and badly ended is short.
    #expect(outcome(long + [0x40, 1, 2, 3, 4], rawCount: 60) == .failure(.sizeMismatch))
  }

  @Test func whatIsAcceptedDecompresses() {
    var random = SeededRandom(seed: 12)
    var accepted = 0
    for _ in 0..<300 {
      let count = Int.random(in: 30...3000, using: &random)
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...1, using: &random) }
      guard var wire = LZ4Block.compress(bytes) else { continue }
      #expect(outcome(wire, rawCount: count) == .success(bytes))
      for _ in 0..<20 {
        wire[Int.random(in: 0..<wire.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        if case .success(let raw) = outcome(wire, rawCount: count) {
          accepted += 1
          #expect(raw.count == count)
        }
      }
    }
    #expect(accepted > 0)
  }

  @Test func offsetsBeforeTheStartFail() {
    for offset: [UInt8] in [[2, 0], [5, 0], [0xFF, 0xFF]] {
      let wire: [UInt8] = [0x1F, 0x41] + offset + [0, 0x50, 1, 2, 3, 4, 5]
      #expect(outcome(wire, rawCount: 25) == .failure(.failed))
    }
  }

  @Test func literalsRunningOffTheEndFail() {
    #expect(outcome([0xF0, 0xFF, 0xFF, 0xFF], rawCount: 1000) == .failure(.failed))
    #expect(outcome([0x50, 1, 2], rawCount: 5) == .failure(.failed))
  }

  @Test func lastTokenMayNameAMatchThatIsNotThere() {
    #expect(outcome([0x1F, 0x41], rawCount: 1) == .success([0x41]))
    #expect(outcome([0x1F, 0x41], rawCount: 2) == .failure(.sizeMismatch))
  }

  @Test func emptyBlockIsRefused() {
    #expect(outcome([0], rawCount: 0) == .failure(.sizeMismatch))
    #expect(outcome([0], rawCount: 1) == .failure(.sizeMismatch))
  }

  @Test func frameFormatIsNoBlock() {
    // The frame of "hello\n" repeated, as the lz4 tool writes it.
    let wire: [UInt8] = [
      0x04, 0x22, 0x4D, 0x18, 0x64, 0x40, 0xA7, 0x06, 0, 0, 0x80, 0x68, 0x65, 0x6C, 0x6C, 0x6F, 0x0A,
    ]
    for rawCount in [6, 64, 1024] {
      #expect(throws: LZ4Error.self) { try LZ4Block.decompress(wire[...], rawCount: rawCount) }
    }
  }

  @Test func garbageNeverTrapsAndNeverGrows() {
    var random = SeededRandom(seed: 9)
    for _ in 0..<2000 {
      let wire = random.bytes(Int.random(in: 0...60, using: &random))
      let rawCount = Int.random(in: 0...4096, using: &random)
      if case .success(let bytes) = outcome(wire, rawCount: rawCount) { #expect(bytes.count == rawCount) }
    }
  }

  @Test func everyFlippedBitIsSafe() throws {
    var wire = try block()
    for bit in 0..<wire.count * 8 {
      wire[bit / 8] ^= 1 << UInt8(bit % 8)
      if case .success(let bytes) = outcome(wire, rawCount: Self.raw.count) { #expect(bytes.count == Self.raw.count) }
      wire[bit / 8] ^= 1 << UInt8(bit % 8)
    }
  }

  @Test func shuffledNumbersCompressBetter() throws {
    var writer = ByteWriter()
    for i in 0..<1000 { writer.write(UInt64(1_000_000 + 37 * i)) }
    let shuffled = try #require(LZ4Block.compress(ByteShuffle.shuffle(writer.bytes, width: 8)))
    #expect(shuffled.count < (LZ4Block.compress(writer.bytes)?.count ?? writer.count) * 3 / 4)
  }
}
