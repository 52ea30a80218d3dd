internal import Glibc

/// Functions of the mathematical library, in one place: they differ by an ulp between machines, so nothing that must be
/// the same bits everywhere uses them.
enum Transcendental {
  static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
  static func log(_ x: Double) -> Double { Glibc.log(x) }
  static func log2(_ x: Double) -> Double { Glibc.log2(x) }
  static func exp(_ x: Double) -> Double { Glibc.exp(x) }
  static func cosine(_ x: Double) -> Double { Glibc.cos(x) }
}
