/// How a number becomes an input: optional logarithm, then (value − mean) · scale in float32, each step rounded.
package struct Normalisation: Hashable, Sendable {
  package let mean: Float
  package let scale: Float
  /// The input itself, not normalised again, where the number is missing.
  package let missing: Float
  /// Whether `log1p` is taken first.
  package let takesLog: Bool

  package init(mean: Float = 0, scale: Float = 1, missing: Float = 0, takesLog: Bool = false) {
    self.mean = mean
    self.scale = scale
    self.missing = missing
    self.takesLog = takesLog
  }

  /// The input for a value; a value that is no finite float32 counts as missing.
  package func input(_ value: Double?) -> Float { value.flatMap(normalised) ?? missing }

  /// The same, with `nil` for a value that counts as missing.
  package func normalised(_ value: Double) -> Float? {
    let number = Float(takesLog ? SignedLog.log1p(value) : value)
    guard number.isFinite else { return nil }
    let centred = number - mean
    return centred * scale
  }
}

extension Normalisation: Codable {
  private enum CodingKeys: String, CodingKey {
    case mean, scale, missing
    case takesLog = "log1p"
  }

  /// Its keys in a feature, in the order in which errors list them.
  static let keys = ["mean", "scale", "missing", "log1p"]

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      mean: try container.float(.mean, default: 0), scale: try container.float(.scale, default: 1),
      missing: try container.float(.missing, default: 0),
      takesLog: try container.decodeIfPresent(Bool.self, forKey: .takesLog) ?? false)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    // As float64, whose shortest text reads back to the same float32 in every language.
    try container.encode(Double(mean), forKey: .mean)
    try container.encode(Double(scale), forKey: .scale)
    try container.encode(Double(missing), forKey: .missing)
    try container.encode(takesLog, forKey: .takesLog)
  }
}

/// The logarithm of the feature rules, of float64 additions, multiplications and divisions only, so that any
/// language gives the same bits.
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
