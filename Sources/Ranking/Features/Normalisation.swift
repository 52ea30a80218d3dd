internal import Vocabulary

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
