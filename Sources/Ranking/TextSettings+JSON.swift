import Vocabulary

/// The JSON form of text settings: the field `text` of a schema (`proto-spec/08-files/items.md`).
struct TextDocument: Codable {
  let settings: TextSettings

  init(_ settings: TextSettings) { self.settings = settings }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case language, k1, fields
    case analysisVersion = "analysis_version"
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.strictContainer(CodingKeys.self)
    settings = TextSettings(
      language: try container.name(.language),
      analysisVersion: UInt32(
        try container.integer(
          .analysisVersion, in: 1...Int(UInt32.max), default: Int(TextSettings.analysisVersionDefault))),
      k1: try container.float(.k1, in: TextSettings.k1Range, default: TextSettings.k1Default),
      fields: try container.decode([Field].self, forKey: .fields).map(\.field))
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(settings.language, forKey: .language)
    try container.encode(settings.analysisVersion, forKey: .analysisVersion)
    try container.encode(settings.k1, forKey: .k1)
    try container.encode(settings.fields.map(Field.init), forKey: .fields)
  }

  /// Refuses fields that are no texts of the schema, each once.
  func check(against schema: CollectionSchema, at path: [any CodingKey]) throws {
    let path = path + [CodingKeys.fields]
    guard !settings.fields.isEmpty else { throw FieldError(path, .outOfRange, "at least one attribute with text") }
    for (place, field) in settings.fields.enumerated() {
      let path = path + [IndexKey(intValue: place), Field.CodingKeys.attribute]
      guard !settings.fields[..<place].contains(where: { $0.attribute == field.attribute }) else {
        throw FieldError(path, .duplicate, "\(field.attribute) stands twice")
      }
      guard let index = schema.attributeIndex(named: field.attribute) else {
        throw FieldError(path, .unknown, "the schema has no attribute \(field.attribute)")
      }
      let type = schema.attributes[index].type
      guard TextSettings.attributeTypes.contains(type) else {
        throw FieldError(
          path, .wrongType, "\(field.attribute) is \(type.word), and words stand in text, keyword or keyword_set")
      }
    }
  }

  struct Field: Codable {
    let field: TextSettings.Field

    init(_ field: TextSettings.Field) { self.field = field }

    enum CodingKeys: String, CodingKey, CaseIterable {
      case attribute, weight, b, average
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.strictContainer(CodingKeys.self)
      field = TextSettings.Field(
        attribute: try container.name(.attribute),
        weight: try container.float(.weight, in: TextSettings.weightRange, default: 1),
        b: try container.float(.b, in: TextSettings.bRange, default: 0.6),
        average: try container.float(.average, in: TextSettings.averageRange))
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(field.attribute, forKey: .attribute)
      try container.encode(field.weight, forKey: .weight)
      try container.encode(field.b, forKey: .b)
      try container.encode(field.average, forKey: .average)
    }
  }
}

/// The place of an element in a list.
private struct IndexKey: CodingKey {
  let intValue: Int?
  var stringValue: String { intValue.map { String($0) } ?? "" }

  init(intValue: Int) { self.intValue = intValue }

  init?(stringValue: String) { nil }
}

extension KeyedDecodingContainer {
  /// A number within a range, rounded to float32.
  func float(_ key: Key, in range: ClosedRange<Float>, default fallback: Float? = nil) throws -> Float {
    let value = try float(key, default: fallback)
    guard range.contains(value) else {
      throw FieldError(
        codingPath + [key], .outOfRange, "\(value) is not within \(range.lowerBound)…\(range.upperBound)")
    }
    // -0 has another form on the wire.
    return value + 0
  }
}
