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

  @Test func offsetZeroShowsNoMemory() {
    // One literal, then a match of 19 bytes at offset 0, then five literals: liblz4 1.9.4 lets it pass.
    let wire: [UInt8] = [0x1F, 0x41, 0, 0, 0, 0x50, 1, 2, 3, 4, 5]
    for _ in 0..<20 {
      switch outcome(wire, rawCount: 25) {
      case .success(let bytes): #expect(bytes == [0x41] + [UInt8](repeating: 0, count: 19) + [1, 2, 3, 4, 5])
      case .failure(let error): #expect(error == .failed)
      }
    }
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
