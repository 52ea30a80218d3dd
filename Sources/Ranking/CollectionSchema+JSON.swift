package import Vocabulary

extension CollectionSchema {
  /// Reads a schema file: `embedding_dimension`, `rerank_dimension`, `attributes` of `name` and `type`, and `text`.
  ///
  /// - Throws: An error of the file `schema.json` that names the field.
  package static func read(json: [UInt8]) throws(ModelError) -> CollectionSchema {
    try StrictJSON.decode(SchemaDocument.self, from: json, of: .schema).schema
  }

  /// The schema as the text of a schema file.
  package var json: [UInt8] { StrictJSON.encode(SchemaDocument(self)) }
}

/// The JSON form of a schema: a file of its own, and the `collection` field of a manifest.
struct SchemaDocument: Codable {
  let schema: CollectionSchema

  init(_ schema: CollectionSchema) { self.schema = schema }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case embeddingDimension = "embedding_dimension"
    case rerankDimension = "rerank_dimension"
    case attributes, text
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.strictContainer(CodingKeys.self)
    let attributes = try container.decode([Attribute].self, forKey: .attributes).map(\.definition)
    guard
      let schema = CollectionSchema(
        embeddingDimension: try container.integer(.embeddingDimension, in: 1...Limits.dimensionMax),
        rerankDimension: try container.integer(.rerankDimension, in: 0...Limits.dimensionMax), attributes: attributes)
    else {
      throw FieldError(
        container.codingPath + [CodingKeys.attributes], .duplicate,
        "at most \(Limits.attributesMax) attributes of different names")
    }
    let text = try container.decodeIfPresent(TextDocument.self, forKey: .text)
    try text?.check(against: schema, at: container.codingPath + [CodingKeys.text])
    guard let searched = schema.searched(by: text?.settings) else {
      throw FieldError(container.codingPath + [CodingKeys.text], .outOfRange, "no settings of this schema")
    }
    self.schema = searched
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(schema.text.map(TextDocument.init), forKey: .text)
    try container.encode(schema.embeddingDimension, forKey: .embeddingDimension)
    try container.encode(schema.rerankDimension, forKey: .rerankDimension)
    try container.encode(schema.attributes.map(Attribute.init), forKey: .attributes)
  }

  private struct Attribute: Codable {
    let definition: AttributeDefinition

    init(_ definition: AttributeDefinition) { self.definition = definition }

    enum CodingKeys: String, CodingKey, CaseIterable {
      case name, type
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.strictContainer(CodingKeys.self)
      let word = try container.decode(String.self, forKey: .type)
      guard let type = AttributeType(word: word) else {
        throw FieldError(
          container.codingPath + [CodingKeys.type], .unknown,
          "known here: \(AttributeType.allCases.map(\.word).joined(separator: ", "))")
      }
      definition = AttributeDefinition(name: try container.name(.name), type: type)
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(definition.name, forKey: .name)
      try container.encode(definition.type.word, forKey: .type)
    }
  }
}

extension KeyedDecodingContainer {
  /// A name by the grammar `[a-z0-9_-]{1,64}`.
  package func name(_ key: Key) throws -> String {
    let text = try decode(String.self, forKey: key)
    guard isName(text) else {
      throw FieldError(codingPath + [key], .outOfRange, "a name has 1…\(Limits.nameBytesMax) of a-z 0-9 _ -")
    }
    return text
  }
}
