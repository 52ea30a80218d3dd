internal import Glibc

/// Functions of the mathematical library, in one place: they differ by an ulp between machines, so nothing that must be
/// the same bits everywhere uses them.
package enum Transcendental {
  /// `base` to the power of `exponent`.
  package static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
  /// The natural logarithm.
  package static func log(_ x: Double) -> Double { Glibc.log(x) }
  /// The logarithm to base 2.
  package static func log2(_ x: Double) -> Double { Glibc.log2(x) }
  /// e to the power of x.
  package static func exp(_ x: Double) -> Double { Glibc.exp(x) }
  /// The complement of the error function, 1 − erf(x).
  package static func erfc(_ x: Double) -> Double { Glibc.erfc(x) }
  /// The natural logarithm of 1 + x, exact for small x.
  package static func log1p(_ x: Double) -> Double { Glibc.log1p(x) }
  /// The cosine of an angle in radians.
  package static func cosine(_ x: Double) -> Double { Glibc.cos(x) }
}
