import Bytes
package import Placement
import Vocabulary

/// A cursor over a message body that answers every fault with the error of its page and the offset of the field.
package struct BodyReader: Sendable {
  /// The version of the body.
  package let version: UInt16
  private var reader: ByteReader

  /// A cursor at the first byte of a body.
  package init(_ body: ArraySlice<UInt8>, version: UInt16 = FrameHeader.bodyVersion) {
    self.version = version
    reader = ByteReader(body)
  }

  /// Bytes read so far.
  package var offset: Int { reader.offset }

  /// Bytes left.
  package var remaining: Int { reader.remaining }

  /// Refuses bytes that stand behind a complete body.
  package func finish() throws(WireError) { try bytes { () throws(ByteError) in try reader.finish() } }

  /// The next fixed-width integer.
  package mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type = T.self) throws(WireError) -> T {
    try bytes { () throws(ByteError) in try reader.read(T.self) }
  }

  /// The next integer, refused with `code` outside `range`.
  package mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(
    in range: ClosedRange<T>, or code: ErrorCode = .malformedBody
  ) throws(WireError) -> T {
    let at = offset
    let value = try integer(T.self)
    guard range.contains(value) else { throw WireError(code, fieldOffset: at) }
    return value
  }

  /// A number of `byteCount` bytes that must be zero.
  package mutating func zeros(_ byteCount: Int) throws(WireError) {
    let at = offset
    let zeros = try raw(byteCount)
    guard zeros.allSatisfy({ $0 == 0 }) else { throw WireError(.malformedBody, fieldOffset: at) }
  }

  /// A u8 that is 0 or 1.
  package mutating func bool() throws(WireError) -> Bool { try integer(in: UInt8(0)...1) == 1 }

  /// The next float32, which must be finite.
  package mutating func finiteFloat() throws(WireError) -> Float {
    let at = offset
    let value = Float(bitPattern: try integer(UInt32.self))
    guard value.isFinite else { throw WireError(.nonFiniteValue, fieldOffset: at) }
    return value
  }

  /// The next float64, which must be finite.
  package mutating func finiteDouble() throws(WireError) -> Double {
    let at = offset
    let value = Double(bitPattern: try integer(UInt64.self))
    guard value.isFinite else { throw WireError(.nonFiniteValue, fieldOffset: at) }
    return value
  }

  /// The next bytes as they are.
  package mutating func raw(_ count: Int) throws(WireError) -> ArraySlice<UInt8> {
    try bytes { () throws(ByteError) in try reader.readBytes(count) }
  }

  /// Text behind a u16 byte count; longer than `limit` is LIMIT_EXCEEDED.
  package mutating func text(limit: Int) throws(WireError) -> String {
    let at = offset
    let count = Int(try integer(UInt16.self))
    guard count <= limit else { throw WireError(.limitExceeded, fieldOffset: at) }
    guard let text = String(validating: try raw(count), as: UTF8.self) else {
      throw WireError(.badUTF8, fieldOffset: at)
    }
    return text
  }

  /// A name behind a u8 byte count; `nil` if it is empty.
  package mutating func nameOrEmpty() throws(WireError) -> String? {
    let at = offset
    let count = Int(try integer(UInt8.self))
    let name = try raw(count)
    guard count > 0 else { return nil }
    let text = String(decoding: name, as: UTF8.self)
    guard isName(text) else { throw WireError(.malformedBody, fieldOffset: at) }
    return text
  }

  /// A name behind a u8 byte count.
  package mutating func name() throws(WireError) -> String {
    let at = offset
    guard let name = try nameOrEmpty() else { throw WireError(.malformedBody, fieldOffset: at) }
    return name
  }

  /// Names behind a u16 count, none twice.
  package mutating func names() throws(WireError) -> [String] {
    var names: [String] = []
    for _ in 0..<(try count(UInt16.self, elementSize: 2, limit: Limits.attributesMax)) {
      let at = offset
      let name = try name()
      guard !names.contains(name) else { throw WireError(.duplicateField, fieldOffset: at) }
      names.append(name)
    }
    return names
  }

  /// A count of elements of at least `elementSize` bytes, checked before anything is reserved.
  package mutating func count<T: FixedWidthInteger & BitwiseCopyable>(
    _: T.Type, elementSize: Int, least: Int = 0, limit: Int
  ) throws(WireError) -> Int {
    let at = offset
    guard let count = Int(exactly: try integer(T.self)) else { throw WireError(.malformedBody, fieldOffset: at) }
    guard count >= least, count <= limit else { throw WireError(.limitExceeded, fieldOffset: at) }
    try require(count, elementSize, at: at)
    return count
  }

  /// Integers one after another, `[count]`; the count comes from elsewhere in the body.
  package mutating func array<T: FixedWidthInteger & BitwiseCopyable>(
    of _: T.Type = T.self, count: Int
  ) throws(WireError) -> [T] {
    let at = offset
    try require(count, MemoryLayout<T>.size, at: at)
    return try bytes { () throws(ByteError) in try reader.readArray(of: T.self, count: count) }
  }

  /// Float32 values one after another, `[count]`, any bit pattern.
  package mutating func floats(_ count: Int) throws(WireError) -> [Float] {
    try require(count, 4, at: offset)
    return try bytes { () throws(ByteError) in try reader.readFloats(count) }
  }

  /// Vectors row by row, `[rows, dimension]`, each finite and of a norm that retrieval can bear.
  package mutating func vectors(rows: Int, dimension: Int) throws(WireError) -> [Float] {
    let at = offset
    let (count, overflow) = rows.multipliedReportingOverflow(by: dimension)
    guard !overflow else { throw WireError(.malformedBody, fieldOffset: at) }
    let values = try floats(count)
    if let fault = VectorCheck.firstFault(in: values, dimension: dimension) {
      throw WireError(.nonFiniteValue, fieldOffset: at + 4 * fault)
    }
    return values
  }

  /// A vector behind its u16 dimension, `[d]`; empty if d is 0 and that is allowed.
  package mutating func vector(orEmpty: Bool = false) throws(WireError) -> [Float] {
    let at = offset
    let dimension = Int(try integer(UInt16.self))
    guard (orEmpty ? 0 : 1)...Limits.dimensionMax ~= dimension else {
      throw WireError(.dimensionMismatch, fieldOffset: at)
    }
    return try vectors(rows: 1, dimension: dimension)
  }

  /// Item ids behind a u32 count.
  package mutating func ids(least: Int = 0, limit: Int) throws(WireError) -> [UInt64] {
    let count = try count(UInt32.self, elementSize: 8, least: least, limit: limit)
    return try array(of: UInt64.self, count: count)
  }

  /// A shard map.
  package mutating func shardMap() throws(WireError) -> ShardMap {
    try bytes { () throws(ByteError) in try ShardMap(from: &reader) }
  }

  /// A set of at least one slot.
  package mutating func slots() throws(WireError) -> SlotSet {
    let at = offset
    let slots = try bytes { () throws(ByteError) in try SlotSet(from: &reader) }
    guard !slots.isEmpty else { throw WireError(.malformedBody, fieldOffset: at) }
    return slots
  }

  /// 16 bytes of an identifier.
  package mutating func bytes16() throws(WireError) -> Bytes16 {
    try bytes { () throws(ByteError) in try Bytes16(from: &reader) }
  }

  /// Zero bytes up to the next offset that 8 divides.
  package mutating func pad8() throws(WireError) { try zeros((8 - offset % 8) % 8) }

  /// Refuses a count of elements that the rest of the body cannot hold.
  private func require(_ count: Int, _ size: Int, at offset: Int) throws(WireError) {
    let (total, overflow) = count.multipliedReportingOverflow(by: size)
    guard count >= 0, !overflow, total <= reader.remaining else { throw WireError(.malformedBody, fieldOffset: offset) }
  }

  private func bytes<T>(_ body: () throws(ByteError) -> T) throws(WireError) -> T {
    do { return try body() } catch { throw WireError(error) }
  }
}
