/// Fractions as whole numbers of 2⁻²⁴: their sums are the same in any order, on any machine.
package enum Fixed {
  package static let bits = 24
  /// 1 as such a number.
  package static let one = 16_777_216.0

  /// A number toward zero, so that no norm grows by it.
  static func toward0(_ value: Double) -> Int64 { Int64(exactly: (value * one).rounded(.towardZero)) ?? 0 }

  /// The number that stands for it.
  package static func value(_ fixed: Int64) -> Double { Double(fixed) / one }

  /// Whether the sum of squares is at most 1, exactly.
  static func isWithin1(_ values: [Int64]) -> Bool {
    var sum: Int128 = 0
    for value in values {
      guard value.magnitude <= 1 << bits else { return false }
      sum += Int128(value) * Int128(value)
    }
    return sum <= Int128(1) << (2 * bits)
  }
}
