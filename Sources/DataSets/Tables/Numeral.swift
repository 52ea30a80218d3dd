/// Numbers as data files write them.
enum Numeral {
  /// A finite number; `nil` if the bytes are none.
  static func double(_ bytes: ArraySlice<UInt8>) -> Double? {
    if let whole = int(bytes), abs(whole) < 1 << 53 { return Double(whole) }
    guard !bytes.isEmpty, bytes.count <= 64,
      bytes.allSatisfy({ (0x30...0x39).contains($0) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains($0) }),
      let value = Double(String(decoding: bytes, as: UTF8.self)), value.isFinite
    else { return nil }
    return value
  }

  /// A finite number as a table marks it; `nil`, if no mark is known, for anything but the plain form with a point.
  static func double(_ bytes: ArraySlice<UInt8>, _ mark: DecimalMark?) -> Double? {
    guard let mark else { return double(bytes) }
    return mark.plain(bytes).flatMap { double($0[...]) }
  }

  /// A whole number as a table groups it.
  static func int(_ bytes: ArraySlice<UInt8>, _ mark: DecimalMark?) -> Int64? {
    if let whole = int(bytes) { return whole }
    guard let mark else { return nil }
    return mark.plain(bytes).flatMap { int($0[...]) }
  }

  /// Whether a program wrote the number in a width that its digits have to keep: zeros in front of others.
  static func isPadded(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.count > 1 && bytes.first == 0x30 && bytes.allSatisfy { (0x30...0x39).contains($0) }
  }

  /// Whether the digits of a whole number say more than an int or a float64 can hold: it is a code, not a number.
  static func isLongCode(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.count > 18 && bytes.allSatisfy { (0x30...0x39).contains($0) }
  }

  /// Whether the bytes say NaN or infinity, or a number beyond what a float64 holds.
  static func isNotFinite(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard bytes.count <= 64, let value = Double(String(decoding: bytes, as: UTF8.self)) else { return false }
    return !value.isFinite
  }

  /// A whole number; `nil` if the bytes are none or it does not fit.
  static func int(_ bytes: ArraySlice<UInt8>) -> Int64? {
    var rest = bytes
    let isNegative = rest.first == 0x2D
    if isNegative { rest = rest.dropFirst() }
    guard !rest.isEmpty, rest.count <= 18 else { return nil }
    var value: Int64 = 0
    for byte in rest {
      guard (0x30...0x39).contains(byte) else { return nil }
      value = value * 10 + Int64(byte - 0x30)
    }
    return isNegative ? -value : value
  }
}
