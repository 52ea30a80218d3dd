/// A number of the filter language: a 64-bit integer or a float64.
///
/// Equality is that of literals (`1` is not `1.0`); the order of the values is `order(_:_:)`.
package enum Number: Equatable, Sendable {
  case int(Int64)
  case float(Double)

  /// How one number stands to another.
  package enum Order: Sendable {
    case less
    case equal
    case greater
  }

  /// Whether the number is neither a NaN nor an infinity.
  package var isFinite: Bool {
    switch self {
    case .int: true
    case .float(let value): value.isFinite
    }
  }

  /// The order of two numbers as real numbers, without rounding either; −0 equals +0.
  ///
  /// - Returns: `nil` if one is a NaN.
  package static func order(_ a: Number, _ b: Number) -> Order? {
    switch (a, b) {
    case (.int(let a), .int(let b)): a < b ? .less : a > b ? .greater : .equal
    case (.float(let a), .float(let b)): a < b ? .less : a > b ? .greater : a == b ? .equal : nil
    case (.int(let a), .float(let b)): order(a, b)
    case (.float(let a), .int(let b)):
      switch order(b, a) {
      case .less: .greater
      case .greater: .less
      case let other: other
      }
    }
  }

  /// The exact order of an integer and a float64.
  private static func order(_ integer: Int64, _ float: Double) -> Order? {
    if float.isNaN { return nil }
    // 2^63 and −2^63 are float64 values: beyond them no integer of 64 bits stands, within them truncation is exact.
    if float >= 0x1p63 { return .less }
    if float < -0x1p63 { return .greater }
    let whole = Int64(float)
    if integer != whole { return integer < whole ? .less : .greater }
    let fraction = float - Double(whole)
    return fraction > 0 ? .less : fraction < 0 ? .greater : .equal
  }
}
