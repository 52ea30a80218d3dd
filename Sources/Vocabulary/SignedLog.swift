/// The own logarithm of the project, of float64 additions, multiplications and divisions only, so that any language gives
/// the same bits.
package enum SignedLog {
  /// sign(x) · ln(1 + |x|), within 1e-15 of the true value absolutely or relatively.
  package static func log1p(_ x: Double) -> Double {
    guard x.isFinite else { return x }
    let y = 1 + x.magnitude
    var exponent = Double(y.exponent)
    var significand = y.significand
    if significand > 1.4142135623730951 {
      significand *= 0.5
      exponent += 1
    }
    // ln m = 2 · artanh((m − 1)/(m + 1)), whose series ends below 1e-17 after 11 odd powers as |t| ≤ 0.1716.
    let t = (significand - 1) / (significand + 1)
    let square = t * t
    var series = 0.0
    for odd in stride(from: 21.0, through: 1, by: -2) { series = series * square + 1 / odd }
    let log = exponent * 0.6931471805599453 + 2 * t * series
    return x < 0 ? -log : log
  }

  /// log2(1 + 2^t): the logarithm of a number that was given by its own, and has become one more.
  package static func log2OfOneMore(_ t: Double) -> Double {
    guard t < 60 else { return t }
    let whole = max(t, -1000).rounded(.down)
    let part = (max(t, -1000) - whole) * ln2
    var power = 1.0
    for k in stride(from: 20.0, through: 1, by: -1) { power = 1 + power * part / k }
    return log1p(Double(sign: .plus, exponent: Int(whole), significand: power)) / ln2
  }

  private static let ln2 = 0.6931471805599453
}
