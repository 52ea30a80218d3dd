/// How the items of a collection are searched by words (`proto-spec/09-arithmetic.md`): numbers that are fixed for the
/// life of a generation, so that the lexical score of an item depends on the item, these and the query alone.
public struct TextSettings: Hashable, Sendable {
  /// An attribute whose text is searched.
  public struct Field: Hashable, Sendable {
    /// A text, a keyword or a set of keywords.
    public let attribute: String
    /// W, 0.001…1,000.
    public let weight: Float
    /// How much the length of the text counts, 0…1.
    public let b: Float
    /// The length that is usual, in terms, 0.01…1,000,000; a lexicon has counted it.
    public let average: Float

    public init(attribute: String, weight: Float = 1, b: Float = 0.6, average: Float) {
      self.attribute = attribute
      self.weight = weight
      self.b = b
      self.average = average
    }
  }

  /// The rules by which texts become terms that are used unless others are named.
  public static let analysisVersionDefault: UInt32 = 1
  public static let k1Default: Float = 0.4
  public static let k1Range: ClosedRange<Float> = 0...1000
  public static let weightRange: ClosedRange<Float> = 0.001...1000
  public static let bRange: ClosedRange<Float> = 0...1
  public static let averageRange: ClosedRange<Float> = 0.01...1_000_000
  /// The types of attributes that hold text.
  public static let attributeTypes: [AttributeType] = [.text, .keyword, .keywordSet]

  /// Whose endings words lose: a name of Snowball, or `none`.
  public let language: String
  /// Of the rules by which texts become terms.
  public let analysisVersion: UInt32
  /// How soon another occurrence of a term counts little.
  public let k1: Float
  /// At least one; in the order in which their parts of an impact are added.
  public let fields: [Field]

  public init(
    language: String, analysisVersion: UInt32 = Self.analysisVersionDefault, k1: Float = Self.k1Default,
    fields: [Field]
  ) {
    self.language = language
    self.analysisVersion = analysisVersion
    self.k1 = k1
    self.fields = fields
  }

  /// Whether these can be the settings of a collection with such attributes.
  func fits(_ attributes: [AttributeDefinition]) -> Bool {
    isName(language) && Self.k1Range.contains(k1) && !fields.isEmpty
      && Set(fields.map(\.attribute)).count == fields.count
      && fields.allSatisfy { field in
        Self.weightRange.contains(field.weight) && Self.bRange.contains(field.b)
          && Self.averageRange.contains(field.average)
          && attributes.contains { $0.name == field.attribute && Self.attributeTypes.contains($0.type) }
      }
  }
}
