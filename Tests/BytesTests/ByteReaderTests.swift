import Bytes
import Support
import Testing

/// One field of a random message: how it is written and how it is read back.
private enum Field: Equatable {
  case byte(UInt8)
  case short(UInt16)
  case word(UInt32)
  case long(UInt64)
  case float(UInt32)
  case double(UInt64)
  case text(String)
  case words([UInt32])
  case floats([UInt32])
  case raw([UInt8])

  static func random(using random: inout SeededRandom) -> Field {
    let bits = random.next()
    let count = Int.random(in: 0...9, using: &random)
    return switch Int.random(in: 0..<10, using: &random) {
    case 0: .byte(UInt8(truncatingIfNeeded: bits))
    case 1: .short(UInt16(truncatingIfNeeded: bits))
    case 2: .word(UInt32(truncatingIfNeeded: bits))
    case 3: .long(bits)
    case 4: .float(UInt32(truncatingIfNeeded: bits))
    case 5: .double(bits)
    case 6: .text(String(repeating: "aé中🙂", count: count))
    case 7: .words((0..<count).map { _ in UInt32(truncatingIfNeeded: random.next()) })
    case 8: .floats((0..<count).map { _ in Float.random(in: -9...9, using: &random).bitPattern })
    default: .raw(random.bytes(count))
    }
  }

  func write(to writer: inout ByteWriter) {
    switch self {
    case .byte(let value): writer.write(value)
    case .short(let value): writer.write(value)
    case .word(let value): writer.write(value)
    case .long(let value): writer.write(value)
    case .float(let bits): writer.write(Float(bitPattern: bits))
    case .double(let bits): writer.write(Double(bitPattern: bits))
    case .text(let text): writer.write(text: text)
    case .words(let values):
      writer.write(UInt32(values.count))
      writer.write(array: values)
    case .floats(let values):
      writer.write(UInt32(values.count))
      writer.write(floats: values.map(Float.init(bitPattern:)))
    case .raw(let bytes): writer.write(bytes: bytes)
    }
  }

  /// Reads a field of the same shape.
  func reread(_ reader: inout ByteReader) throws(ByteError) -> Field {
    switch self {
    case .byte: return .byte(try reader.read())
    case .short: return .short(try reader.read())
    case .word: return .word(try reader.read())
    case .long: return .long(try reader.read())
    case .float: return .float(try reader.readFloat().bitPattern)
    case .double: return .double(try reader.readDouble().bitPattern)
    case .text: return .text(try reader.readText(limit: 65_535))
    case .words:
      let count = try reader.readCount(elementSize: 4, limit: 100)
      return .words(try reader.readArray(count: count))
    case .floats:
      let count = try reader.readCount(elementSize: 4, limit: 100)
      return .floats(try reader.readFloats(count).map(\.bitPattern))
    case .raw(let bytes): return .raw(Array(try reader.readBytes(bytes.count)))
    }
  }
}

private func reread(_ fields: [Field], from reader: inout ByteReader) throws(ByteError) -> [Field] {
  var result: [Field] = []
  for field in fields { result.append(try field.reread(&reader)) }
  try reader.finish()
  return result
}

@Suite struct ByteReaderTests {
  @Test func whatIsWrittenIsReadBack() throws {
    var random = SeededRandom(seed: 1)
    for _ in 0..<100 {
      let fields = (0..<12).map { _ in Field.random(using: &random) }
      var writer = ByteWriter()
      for field in fields { field.write(to: &writer) }
      // A slice that starts in the middle of its array must behave like an array of its own.
      let around = random.bytes(3) + writer.bytes + random.bytes(5)
      var reader = ByteReader(around[3..<3 + writer.count])
      #expect(try reread(fields, from: &reader) == fields)
      #expect(reader.offset == writer.count && reader.remaining == 0)
    }
  }

  @Test func everyTruncationIsRefused() {
    var random = SeededRandom(seed: 2)
    for _ in 0..<20 {
      // The last field has no empty form, so each shorter message lacks something.
      let fields = (0..<6).map { _ in Field.random(using: &random) } + [.byte(7)]
      var writer = ByteWriter()
      for field in fields { field.write(to: &writer) }
      for count in 0..<writer.count {
        #expect(throws: ByteError.self) {
          var reader = ByteReader(writer.bytes[..<count])
          _ = try reread(fields, from: &reader)
        }
      }
    }
  }

  @Test func noiseNeverTraps() {
    var random = SeededRandom(seed: 3)
    var refused = 0
    for _ in 0..<500 {
      let fields = (0..<6).map { _ in Field.random(using: &random) }
      var reader = ByteReader(random.bytes(Int.random(in: 0..<80, using: &random)))
      do { _ = try reread(fields, from: &reader) } catch { refused += 1 }
      #expect(reader.offset >= 0 && reader.remaining >= 0)
    }
    #expect(refused > 400)
  }

  @Test func aFailedStepDoesNotMove() {
    var reader = ByteReader([1, 2, 3])
    #expect(throws: ByteError.truncated(offset: 0, needed: 4)) { try reader.read(UInt32.self) }
    #expect(throws: ByteError.truncated(offset: 0, needed: 4)) { try reader.readBytes(4) }
    #expect(throws: ByteError.truncated(offset: 0, needed: 8)) { try reader.readFloats(2) }
    #expect(throws: ByteError.truncated(offset: 0, needed: 513)) { try reader.readText(limit: 600) }
    #expect(throws: ByteError.outOfRange(offset: 0, field: "text length")) { try reader.readText(limit: 512) }
    #expect(reader.offset == 0)
    #expect(throws: ByteError.trailing(offset: 0)) { try reader.finish() }
  }

  @Test func countsBeyondLimitOrBodyAreRefusedBeforeAllocation() {
    for (count, size, limit) in [(5, 4, 100), (3, 4, 2), (Int(UInt32.max), 8, .max), (Int(UInt32.max), .max, .max)] {
      var writer = ByteWriter()
      writer.write(UInt32(count))
      writer.write(bytes: [UInt8](repeating: 0, count: 16))
      var reader = ByteReader(writer.bytes)
      #expect(throws: ByteError.outOfRange(offset: 0, field: "count")) {
        try reader.readCount(elementSize: size, limit: limit)
      }
      #expect(reader.offset == 0)
    }
  }

  @Test func countsOfOurOwnThatOverflowAreRefused() {
    var reader = ByteReader([UInt8](repeating: 0, count: 16))
    for count in [-1, .min, .max, .max / 4 + 1] {
      #expect(throws: ByteError.self) { try reader.readArray(of: UInt64.self, count: count) }
      #expect(throws: ByteError.self) { try reader.readFloats(count) }
      #expect(throws: ByteError.self) { try reader.readBytes(count < 0 ? count : .max) }
    }
    #expect(reader.offset == 0)
  }

  @Test func floatsKeepEveryBitPattern() throws {
    let bits: [UInt32] = [0, 0x8000_0000, 0x7F80_0000, 0x7FA0_0001, 0xFFFF_FFFF, 1, 0x3F80_0000]
    var writer = ByteWriter()
    writer.write(array: bits)
    var reader = ByteReader(writer.bytes)
    #expect(try reader.readFloats(bits.count).map(\.bitPattern) == bits)
  }

  @Test func brokenUTF8IsRefused() {
    for text: [UInt8] in [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0x80], [0x61, 0xF5]] {
      var writer = ByteWriter()
      writer.write(UInt16(text.count))
      writer.write(bytes: text)
      var reader = ByteReader(writer.bytes)
      #expect(throws: ByteError.badText(offset: 0)) { try reader.readText(limit: 100) }
      #expect(reader.offset == 0)
    }
  }

  @Test func integersAreLittleEndian() {
    var writer = ByteWriter()
    writer.write(UInt32(0x0403_0201))
    writer.write(array: [UInt16(0x0605)])
    writer.pad(to: 8)
    writer.overwrite(UInt16(0x0807), at: 6)
    #expect(writer.bytes == [1, 2, 3, 4, 5, 6, 7, 8])
  }
}
