/// A line that turns logits into those whose probabilities hold, and keeps their order: `logit * slope + offset`, two
/// float32 operations.
package struct LogitScaling: Hashable, Sendable {
  /// Above zero.
  package let slope: Float
  package let offset: Float

  /// - Returns: `nil` unless both are finite and the slope is above zero.
  package init?(slope: Float, offset: Float) {
    guard slope.isFinite, offset.isFinite, slope > 0 else { return nil }
    (self.slope, self.offset) = (slope, offset)
  }

  /// The logit on the line.
  package func scaled(_ logit: Float) -> Float {
    let product = logit * slope
    return product + offset
  }
}

extension LogitScaling: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case slope, offset
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.strictContainer(CodingKeys.self)
    let (slope, offset) = (try container.float(.slope), try container.float(.offset))
    guard let scaling = LogitScaling(slope: slope, offset: offset) else {
      throw FieldError(container.codingPath + [CodingKeys.slope], .outOfRange, "\(slope) is not above 0")
    }
    self = scaling
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Double(slope), forKey: .slope)
    try container.encode(Double(offset), forKey: .offset)
  }
}
