import Bytes
package import Placement
import Vocabulary

/// A cursor over a message body that answers every fault with the error of its page, the offset of the field and the
/// rule that it breaks (`proto-spec/02-types.md`).
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
    guard range.contains(value) else {
      throw WireError(
        code, fieldOffset: at,
        message: range.lowerBound == range.upperBound
          ? "this number is \(range.lowerBound)" : "this number is \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// A number of `byteCount` bytes that must be zero.
  package mutating func zeros(_ byteCount: Int) throws(WireError) {
    let at = offset
    guard try raw(byteCount).allSatisfy({ $0 == 0 }) else {
      throw WireError(.malformedBody, fieldOffset: at, message: "these bytes are 0")
    }
  }

  /// A u8 that is 0 or 1.
  package mutating func bool() throws(WireError) -> Bool { try integer(in: UInt8(0)...1) == 1 }

  /// The next float32, which must be finite.
  package mutating func finiteFloat() throws(WireError) -> Float {
    let at = offset
    let value = Float(bitPattern: try integer(UInt32.self))
    guard value.isFinite else { throw .notFinite(at) }
    return value
  }

  /// The next float64, which must be finite.
  package mutating func finiteDouble() throws(WireError) -> Double {
    let at = offset
    let value = Double(bitPattern: try integer(UInt64.self))
    guard value.isFinite else { throw .notFinite(at) }
    return value
  }

  /// The next bytes as they are.
  package mutating func raw(_ count: Int) throws(WireError) -> ArraySlice<UInt8> {
    try bytes { () throws(ByteError) in try reader.readBytes(count) }
  }

  /// Text behind a u16 byte count; longer than `limit` is refused with `code`.
  package mutating func text(limit: Int, or code: ErrorCode = .limitExceeded) throws(WireError) -> String {
    let at = offset
    guard let text = String(validating: try textBytes(limit: limit, or: code), as: UTF8.self) else {
      throw WireError(.badUTF8, fieldOffset: at, message: "a text is UTF-8")
    }
    return text
  }

  /// Printable ASCII behind a u16 byte count.
  package mutating func printableText(limit: Int) throws(WireError) -> String {
    let at = offset
    let bytes = try textBytes(limit: limit, or: .limitExceeded)
    guard bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      throw WireError(.badUTF8, fieldOffset: at, message: "this text is printable ASCII")
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private mutating func textBytes(limit: Int, or code: ErrorCode) throws(WireError) -> ArraySlice<UInt8> {
    let at = offset
    let count = Int(try integer(UInt16.self))
    guard count <= limit else {
      throw WireError(code, fieldOffset: at, message: "a text here has at most \(limit) bytes")
    }
    try require(count, 1, at: at)
    return try raw(count)
  }

  /// A name behind a u8 byte count; `nil` if it is empty.
  package mutating func nameOrEmpty() throws(WireError) -> String? {
    let at = offset
    let count = Int(try integer(UInt8.self))
    try require(count, 1, at: at)
    let name = try raw(count)
    guard count > 0 else { return nil }
    let text = String(decoding: name, as: UTF8.self)
    guard isName(text) else { throw .badName(at) }
    return text
  }

  /// A name behind a u8 byte count.
  package mutating func name() throws(WireError) -> String {
    let at = offset
    guard let name = try nameOrEmpty() else { throw .badName(at) }
    return name
  }

  /// Names behind a u16 count, none twice.
  ///
  /// - Parameter mayStand: Whether there may be any; else a count other than 0 is MALFORMED_BODY.
  package mutating func names(mayStand: Bool = true) throws(WireError) -> [String] {
    let at = offset
    let count = try count(UInt16.self, elementSize: 2, limit: Limits.attributesMax)
    guard mayStand || count == 0 else {
      throw WireError(.malformedBody, fieldOffset: at, message: "no names follow unless the named ones are asked for")
    }
    var names: [String] = []
    for _ in 0..<count {
      let at = offset
      let name = try name()
      guard !names.contains(name) else { throw .twice(at) }
      names.append(name)
    }
    return names
  }

  /// A count of elements of at least `elementSize` bytes, checked before anything is reserved.
  package mutating func count<T: FixedWidthInteger & BitwiseCopyable>(
    _: T.Type, elementSize: Int, least: Int = 0, limit: Int
  ) throws(WireError) -> Int {
    let at = offset
    guard let count = Int(exactly: try integer(T.self)) else {
      throw WireError(.limitExceeded, fieldOffset: at, message: "this count is at most \(limit)")
    }
    guard count >= least, count <= limit else {
      throw WireError(.limitExceeded, fieldOffset: at, message: "this count is \(least) to \(limit)")
    }
    try require(count, elementSize, at: at)
    return count
  }

  /// Integers one after another, `[count]`; the count comes from elsewhere in the body.
  package mutating func array<T: FixedWidthInteger & BitwiseCopyable>(
    of _: T.Type = T.self, count: Int
  ) throws(WireError) -> [T] {
    try require(count, MemoryLayout<T>.size, at: offset)
    return try bytes { () throws(ByteError) in try reader.readArray(of: T.self, count: count) }
  }

  /// Integers one after another, `[count]`, the first of which that breaks a rule is refused with it.
  ///
  /// - Parameter rule: What the element at a place breaks; `nil`: nothing. It is told the elements before it, too.
  package mutating func array<T: FixedWidthInteger & BitwiseCopyable>(
    of _: T.Type = T.self, count: Int, _ rule: (_ values: [T], _ place: Int) -> String?
  ) throws(WireError) -> [T] {
    let at = offset
    let values: [T] = try array(count: count)
    for place in values.indices {
      guard let rule = rule(values, place) else { continue }
      throw WireError(.malformedBody, fieldOffset: at + MemoryLayout<T>.size * place, message: rule)
    }
    return values
  }

  /// Float32 values one after another, `[count]`, any bit pattern.
  package mutating func floats(_ count: Int) throws(WireError) -> [Float] {
    try require(count, 4, at: offset)
    return try bytes { () throws(ByteError) in try reader.readFloats(count) }
  }

  /// Float32 values one after another, `[count]`, all finite.
  package mutating func finiteFloats(_ count: Int) throws(WireError) -> [Float] {
    let at = offset
    let values = try floats(count)
    if let fault = values.firstIndex(where: { !$0.isFinite }) { throw .notFinite(at + 4 * fault) }
    return values
  }

  /// Vectors row by row, `[rows, dimension]`, each finite and of a norm that retrieval can bear.
  package mutating func vectors(rows: Int, dimension: Int) throws(WireError) -> [Float] {
    let at = offset
    let (count, overflow) = rows.multipliedReportingOverflow(by: dimension)
    guard !overflow else { throw .cut(at) }
    let values = try floats(count)
    if let fault = VectorCheck.firstFault(in: values, dimension: dimension) {
      throw WireError(
        .nonFiniteValue, fieldOffset: at + 4 * fault,
        message: "the components of a vector are finite, and its norm is at most 1e18")
    }
    return values
  }

  /// A vector behind its u16 dimension, `[d]`; empty if d is 0 and that is allowed.
  package mutating func vector(orEmpty: Bool = false) throws(WireError) -> [Float] {
    let at = offset
    let dimension = Int(
      try integer(in: (orEmpty ? 0 : 1)...UInt16(Limits.dimensionMax), or: .dimensionMismatch))
    try require(dimension, 4, at: at)
    return try vectors(rows: 1, dimension: dimension)
  }

  /// Item ids behind a u32 count.
  package mutating func ids(least: Int = 0, limit: Int) throws(WireError) -> [UInt64] {
    try array(count: try count(UInt32.self, elementSize: 8, least: least, limit: limit))
  }

  /// Strictly ascending item ids behind a u32 count.
  package mutating func ascendingIDs(limit: Int) throws(WireError) -> [UInt64] {
    try array(count: try count(UInt32.self, elementSize: 8, limit: limit)) { ids, place in
      place == 0 || ids[place - 1] < ids[place] ? nil : "these ids ascend, none twice"
    }
  }

  /// Bytes behind a u8 count.
  package mutating func bytes() throws(WireError) -> [UInt8] {
    Array(try raw(try count(UInt8.self, elementSize: 1, limit: Int(UInt8.max))))
  }

  /// A shard map.
  package mutating func shardMap() throws(WireError) -> ShardMap {
    try bytes { () throws(ByteError) in try ShardMap(from: &reader) }
  }

  /// The group of a shard's members.
  package mutating func shardGroup() throws(WireError) -> ShardGroup {
    try bytes { () throws(ByteError) in try ShardGroup(from: &reader) }
  }

  /// A set of at least one slot.
  package mutating func slots() throws(WireError) -> SlotSet {
    let at = offset
    let slots = try bytes { () throws(ByteError) in try SlotSet(from: &reader) }
    guard !slots.isEmpty else {
      throw WireError(.malformedBody, fieldOffset: at, message: "there is at least one slot")
    }
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
    guard count >= 0, !overflow, total <= reader.remaining else { throw .cut(offset) }
  }

  private func bytes<T>(_ body: () throws(ByteError) -> T) throws(WireError) -> T {
    do { return try body() } catch { throw WireError(error) }
  }
}

extension WireError {
  /// A body that ends within a field.
  fileprivate static func cut(_ offset: Int) -> WireError {
    WireError(.malformedBody, fieldOffset: offset, message: "the body ends before this field does")
  }

  fileprivate static func badName(_ offset: Int) -> WireError {
    WireError(.malformedBody, fieldOffset: offset, message: "a name is 1 to 64 of a-z, 0-9, '_' and '-'")
  }

  /// A number that has to be finite.
  static func notFinite(_ offset: Int) -> WireError {
    WireError(.nonFiniteValue, fieldOffset: offset, message: "this number is finite")
  }

  /// A name that stands a second time.
  static func twice(_ offset: Int) -> WireError {
    WireError(.duplicateField, fieldOffset: offset, message: "this name stands once")
  }
}
