import Vocabulary

/// Numbers as bodies have them.
package typealias WireInteger = BitwiseCopyable & FixedWidthInteger

extension FieldCoder {
  /// A number.
  mutating func integer<T: WireInteger>(_ name: String, _ value: inout T) throws(Failure) {
    try field(
      name, &value, read: { (reader) throws(WireError) in try reader.integer() }, write: { $1.write($0) },
      show: { $1.put(name, FieldValue($0)) })
  }

  /// A number, refused with `code` outside `range`.
  mutating func integer<T: WireInteger>(
    _ name: String, _ value: inout T, in range: ClosedRange<T>, or code: ErrorCode = .malformedBody
  ) throws(Failure) {
    try field(
      name, &value, read: { (reader) throws(WireError) in try reader.integer(in: range, or: code) },
      write: { $1.write($0) }, show: { $1.put(name, FieldValue($0)) })
  }

  /// A number that has fewer bits in the body.
  mutating func integer<T: WireInteger>(
    _ name: String, _ value: inout Int, as _: T.Type, in range: ClosedRange<Int>, or code: ErrorCode = .malformedBody
  ) throws(Failure) {
    try field(
      name, &value,
      read: { (reader) throws(WireError) in
        Int(try reader.integer(in: T(range.lowerBound)...T(range.upperBound), or: code))
      }, write: { $1.write(T($0)) }, show: { $1.put(name, .number($0)) })
  }

  /// The dimension of vectors that follow.
  mutating func dimension(
    _ name: String, _ value: inout Int, least: Int = 0, or code: ErrorCode = .limitExceeded
  ) throws(Failure) {
    try integer(name, &value, as: UInt16.self, in: least...Limits.dimensionMax, or: code)
  }

  /// A u16 count of elements that follow, each of at least `elementSize` bytes; shown by the elements.
  mutating func count(_ count: inout Int, elementSize: Int, limit: Int) throws(Failure) {
    try field(
      "", &count,
      read: { (reader) throws(WireError) in
        try reader.count(UInt16.self, elementSize: elementSize, limit: limit)
      }, write: { $1.write(UInt16($0)) }, show: { _, _ in })
  }

  /// A number with a meaning.
  mutating func integer<Value: RawRepresentable>(_ name: String, _ value: inout Value) throws(Failure)
  where Value.RawValue: WireInteger {
    try field(
      name, &value,
      read: { (reader) throws(WireError) in
        let at = reader.offset
        guard let value = Value(rawValue: try reader.integer()) else {
          throw WireError(.malformedBody, fieldOffset: at, message: "this number has no meaning here")
        }
        return value
      }, write: { $1.write($0.rawValue) }, show: { $1.put(name, FieldValue(of: $0)) })
  }

  /// A number with a meaning, refused outside `range`.
  mutating func integer<Value: RawRepresentable>(
    _ name: String, _ value: inout Value, in range: ClosedRange<Value.RawValue>, or code: ErrorCode = .malformedBody
  ) throws(Failure) where Value.RawValue: WireInteger {
    try field(
      name, &value,
      read: { (reader) throws(WireError) in
        let at = reader.offset
        guard let value = Value(rawValue: try reader.integer(in: range, or: code)) else {
          throw WireError(code, fieldOffset: at, message: "this number has no meaning here")
        }
        return value
      }, write: { $1.write($0.rawValue) }, show: { $1.put(name, FieldValue(of: $0)) })
  }

  /// A number with a meaning, or the one that says "none".
  mutating func integer<Value: RawRepresentable>(
    _ name: String, _ value: inout Value?, none: Value.RawValue
  ) throws(Failure) where Value.RawValue: WireInteger {
    try field(
      name, &value,
      read: { (reader) throws(WireError) in
        let number: Value.RawValue = try reader.integer()
        return number == none ? nil : Value(rawValue: number)
      }, write: { $1.write($0?.rawValue ?? none) },
      show: { $1.put(name, $0.map { FieldValue(of: $0) } ?? FieldValue(none)) })
  }

  /// A number with a meaning, or 0 that says "none", refused outside `range`.
  mutating func integer<Value: RawRepresentable>(
    _ name: String, _ value: inout Value?, in range: ClosedRange<Value.RawValue>
  ) throws(Failure) where Value.RawValue: WireInteger {
    try field(
      name, &value, read: { (reader) throws(WireError) in Value(rawValue: try reader.integer(in: range)) },
      write: { $1.write($0?.rawValue ?? 0) }, show: { $1.put(name, $0.map { FieldValue(of: $0) } ?? .number(0)) })
  }

  /// A number, or the one that says "none".
  mutating func integer<T: WireInteger>(_ name: String, _ value: inout T?, none: T) throws(Failure) {
    try field(
      name, &value,
      read: { (reader) throws(WireError) in
        let number: T = try reader.integer()
        return number == none ? nil : number
      }, write: { $1.write($0 ?? none) }, show: { $1.put(name, FieldValue($0 ?? none)) })
  }

  /// A u8 that is 0 or 1.
  mutating func flag(_ name: String, _ value: inout Bool) throws(Failure) {
    try field(
      name, &value, read: { (reader) throws(WireError) in try reader.bool() }, write: { $1.write($0) },
      show: { $1.put(name, .number($0 ? 1 : 0)) })
  }

  /// A float32, which is finite.
  mutating func float(_ name: String, _ value: inout Float) throws(Failure) {
    try field(
      name, &value, read: { (reader) throws(WireError) in try reader.finiteFloat() }, write: { $1.write($0) },
      show: { $1.put(name, .float($0)) })
  }

  /// 16 bytes of an identifier.
  mutating func bytes16(_ name: String, _ value: inout Bytes16) throws(Failure) {
    try field(
      name, &value, read: { (reader) throws(WireError) in try reader.bytes16() }, write: { $1.write($0) },
      show: { $1.put(name, .bytes($0.bytes)) })
  }

  /// 32 bytes of a digest, whose count of items stands elsewhere; zeros if there is none.
  mutating func digest(_ name: String, _ digest: inout ItemDigest, items: UInt64, isThere: Bool = true) throws(Failure)
  {
    try field(
      name, &digest,
      read: { (reader) throws(WireError) in
        let at = reader.offset
        let bytes = Array(try reader.raw(ItemDigest.byteCount))
        guard isThere || bytes.allSatisfy({ $0 == 0 }), let digest = ItemDigest(itemCount: items, bytes: bytes) else {
          throw WireError(.malformedBody, fieldOffset: at)
        }
        return digest
      }, write: { $1.write(bytes: $0.bytes) }, show: { $1.put(name, .bytes($0.bytes)) })
  }
}
