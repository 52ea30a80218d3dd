import Text
import Towers
import Vocabulary

/// The section `text` of a manifest.
struct SearchDocument: Codable {
  private static let fields = ["analysis_version", "dimension", "rows", "behaviour", "weights", "gate", "ranking"]
  private static let dimensionMax = 1024

  let settings: SearchSettings

  init(_ settings: SearchSettings) { self.settings = settings }

  init(from decoder: any Decoder) throws {
    let fields = try decoder.strictFields(Self.fields)
    let version = try fields.integer("analysis_version", in: 0...Int(UInt32.max))
    guard version == TextAnalyser.version else {
      throw FieldError(
        fields.codingPath + [AnyKey(stringValue: "analysis_version")], .unknown, "known here: \(TextAnalyser.version)")
    }
    let rowCount = try fields.integer("rows", in: 1...SearchSettings.rowsMax)
    guard rowCount.nonzeroBitCount == 1 else {
      throw FieldError(fields.codingPath + [AnyKey(stringValue: "rows")], .outOfRange, "\(rowCount) is no power of 2")
    }
    var settings = SearchSettings(
      dimension: try fields.integer("dimension", in: 1...Self.dimensionMax), rowCount: rowCount,
      behaviour: try fields.integer("behaviour", in: 0...Self.dimensionMax, default: 0))
    settings.weights = try Self.weights(try fields.nestedContainer(keyedBy: AnyKey.self, forKey: "weights"))
    if fields.contains("gate") {
      let gate = try fields.decode([Double].self, forKey: "gate").map { Float($0) }
      guard gate.count == SearchSettings.gateCount, gate.allSatisfy(\.isFinite) else {
        throw FieldError(
          fields.codingPath + [AnyKey(stringValue: "gate")], .wrongShape, "\(SearchSettings.gateCount) finite numbers")
      }
      settings.gate = gate
    }
    if fields.contains("ranking") {
      settings.ranking = try fields.decode(WordRankingDocument.self, forKey: "ranking").ranking
    }
    self.settings = settings
  }

  private static func weights(_ fields: KeyedDecodingContainer<AnyKey>) throws -> SearchWeights {
    if let stranger = fields.allKeys.first(where: { !SearchWeights.names.contains($0.stringValue) }) {
      throw FieldError(
        fields.codingPath + [stranger], .unknown, "known here: \(SearchWeights.names.joined(separator: ", "))")
    }
    var weights = SearchWeights()
    weights.values = try SearchWeights.names.map { name in
      let key = AnyKey(stringValue: name)
      let weight = try fields.float(key)
      guard weight >= 0, weight <= SearchWeights.most else {
        throw FieldError(fields.codingPath + [key], .outOfRange, "0 to \(Int(SearchWeights.most))")
      }
      return weight
    }
    return weights
  }

  func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: AnyKey.self)
    try fields.encode(Int(TextAnalyser.version), forKey: "analysis_version")
    try fields.encode(settings.dimension, forKey: "dimension")
    try fields.encode(settings.rowCount, forKey: "rows")
    try fields.encode(settings.behaviour, forKey: "behaviour")
    try fields.encode(settings.gate.map(Double.init), forKey: "gate")
    try fields.encodeIfPresent(settings.ranking.map(WordRankingDocument.init), forKey: "ranking")
    var weights = fields.nestedContainer(keyedBy: AnyKey.self, forKey: "weights")
    for (name, value) in zip(SearchWeights.names, settings.weights.values) {
      try weights.encode(Double(value), forKey: AnyKey(stringValue: name))
    }
  }
}
