/// The type of an attribute; the raw value is its number on the wire.
public enum AttributeType: UInt8, Sendable, CaseIterable {
  case int = 1
  case float = 2
  case keyword = 3
  case keywordSet = 4
  case bool = 5
  /// To be shown, and searched by words if the schema says so: no filter may name it.
  case text = 6

  /// The word that schemas, errors and the command line use.
  public var word: String {
    switch self {
    case .int: "int"
    case .float: "float"
    case .keyword: "keyword"
    case .keywordSet: "keyword_set"
    case .bool: "bool"
    case .text: "text"
    }
  }

  public init?(word: some StringProtocol) {
    guard let type = AttributeType.allCases.first(where: { $0.word == word }) else { return nil }
    self = type
  }
}

/// A named, typed attribute of a collection.
public struct AttributeDefinition: Hashable, Sendable {
  public let name: String
  public let type: AttributeType

  public init(name: String, type: AttributeType) {
    self.name = name
    self.type = type
  }
}

/// The schema of a collection's items: vector dimensions and typed attributes.
public struct CollectionSchema: Hashable, Sendable {
  /// Dimension of the retrieval embedding, 1…4,096.
  public let embeddingDimension: Int
  /// Dimension of the rerank vector, 0…4,096; 0 means that items have none.
  public let rerankDimension: Int
  /// In the order in which columns travel; names are unique.
  public let attributes: [AttributeDefinition]
  /// How items are searched by words; `nil`: they are not.
  public private(set) var text: TextSettings?

  /// Names that an item uses for itself, and so no attribute has.
  public static let reservedNames = ["id", "embedding", "rerank"]

  /// The least schema: vectors of one number, no attributes.
  package init() {
    embeddingDimension = 1
    rerankDimension = 0
    attributes = []
  }

  /// - Returns: `nil` if a dimension is out of range, a name is not a name or stands twice, or there are too many.
  public init?(embeddingDimension: Int, rerankDimension: Int, attributes: [AttributeDefinition]) {
    guard (1...Limits.dimensionMax).contains(embeddingDimension), (0...Limits.dimensionMax).contains(rerankDimension),
      attributes.count <= Limits.attributesMax, attributes.allSatisfy({ isName($0.name) }),
      Set(attributes.map(\.name)).count == attributes.count
    else { return nil }
    self.embeddingDimension = embeddingDimension
    self.rerankDimension = rerankDimension
    self.attributes = attributes
  }

  /// The same schema, searched by words or not.
  ///
  /// - Returns: `nil` if a number of the settings is out of range, or they name an attribute that holds no text, or none.
  public func searched(by text: TextSettings?) -> CollectionSchema? {
    guard text?.fits(attributes) ?? true else { return nil }
    var schema = self
    schema.text = text
    return schema
  }

  /// The position of an attribute, or `nil` if the collection has none of that name.
  public func attributeIndex(named name: String) -> Int? { attributes.firstIndex { $0.name == name } }
}

/// One value of an attribute.
public enum AttributeValue: Sendable {
  case int(Int64)
  case float(Double)
  case keyword(String)
  /// Ascending by UTF-8 bytes, without repeats.
  case keywordSet([String])
  case bool(Bool)
  case text(String)

  public var type: AttributeType {
    switch self {
    case .int: .int
    case .float: .float
    case .keyword: .keyword
    case .keywordSet: .keywordSet
    case .bool: .bool
    case .text: .text
    }
  }
}

/// An item in memory: what an upsert carries and a get returns.
public struct Item: Hashable, Sendable {
  public var id: ItemID
  public var embedding: [Float]
  public var rerank: [Float]
  /// One entry per attribute of the schema, in its order; `nil` is missing.
  public var attributes: [AttributeValue?]

  public init(id: ItemID, embedding: [Float], rerank: [Float], attributes: [AttributeValue?]) {
    self.id = id
    self.embedding = embedding
    self.rerank = rerank
    self.attributes = attributes
  }
}
