import Support
import Vocabulary

/// A seeded source of items with every attribute type, ties and missing values.
struct Shop {
  var random: SeededRandom
  let schema: CollectionSchema

  static let attributes = [
    AttributeDefinition(name: "price", type: .int), AttributeDefinition(name: "rating", type: .float),
    AttributeDefinition(name: "brand", type: .keyword), AttributeDefinition(name: "tags", type: .keywordSet),
    AttributeDefinition(name: "new", type: .bool), AttributeDefinition(name: "title", type: .text),
  ]
  static let words = ["acme", "blau", "cé", "ce\u{301}", "", "deutsche-lang-marke-über-fünfzehn-bytes", "zeta"]

  init?(seed: UInt64, dimension: Int = 5, rerank: Int = 3, attributes: [AttributeDefinition] = Shop.attributes) {
    random = SeededRandom(seed: seed)
    guard
      let schema = CollectionSchema(
        embeddingDimension: dimension, rerankDimension: rerank, attributes: attributes)
    else { return nil }
    self.schema = schema
  }

  mutating func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }

  /// Few distinct values, so that scores tie; `coarse` makes them whole numbers.
  mutating func vector(_ count: Int, coarse: Bool = false) -> [Float] {
    (0..<count).map { _ in
      coarse ? Float(below(3) - 1) : Float(below(2_000_001) - 1_000_000) / 1_000_000
    }
  }

  mutating func item(_ id: UInt64, coarse: Bool = false) -> Item {
    Item(
      id: ItemID(id), embedding: vector(schema.embeddingDimension, coarse: coarse),
      rerank: vector(schema.rerankDimension), attributes: schema.attributes.map { value(of: $0.type) })
  }

  mutating func value(of type: AttributeType) -> AttributeValue? {
    guard below(4) > 0 else { return nil }
    switch type {
    case .int: return .int(Int64(below(20) - 10))
    case .float: return .float(Double(below(40)) / 8)
    case .keyword: return .keyword(Self.words[below(Self.words.count)])
    case .keywordSet:
      let members = Self.words.filter { _ in below(3) == 0 }
      return .keywordSet(members.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    case .bool: return .bool(below(2) == 0)
    case .text: return .text(String(repeating: "tür ", count: below(30)))
    }
  }

  mutating func items(_ count: Int, coarse: Bool = false) -> [Item] {
    // Ids spread over 64 bits, without repeats: an odd factor is a permutation.
    let salt = random.next()
    return (0..<count).map { index in
      let id = (UInt64(index) &+ salt) &* 0xd6e8_feb8_6659_fd93
      return item(id, coarse: coarse)
    }
  }
}
