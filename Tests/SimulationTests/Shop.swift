import Support
import Vocabulary

/// What the clients of a simulation write: every part of an item is a function of its id and revision, so that any answer
/// can be checked without a copy of what was written.
struct Shop: Sendable {
  static let name = "shop"
  static let dimension = 4
  let schema: CollectionSchema
  let ids: [UInt64]

  /// A shop of so many ids, drawn from the seed.
  init?(itemCount: Int, seed: UInt64) {
    let attributes = [
      AttributeDefinition(name: "revision", type: .int), AttributeDefinition(name: "brand", type: .keyword),
    ]
    guard
      let schema = CollectionSchema(embeddingDimension: Self.dimension, rerankDimension: 0, attributes: attributes)
    else { return nil }
    self.schema = schema
    var random = SeededRandom(seed: seed)
    ids = (0..<itemCount).map { _ in random.next() }
  }

  /// An item as a revision writes it.
  static func item(_ id: UInt64, revision: Int) -> Item {
    Item(
      id: ItemID(id), embedding: embedding(id, revision: revision), rerank: [],
      attributes: [.int(Int64(revision)), .keyword(brand(id, revision: revision))])
  }

  static func embedding(_ id: UInt64, revision: Int) -> [Float] {
    var random = SeededRandom(seed: id ^ UInt64(revision) &* 0x9E37_79B9_7F4A_7C15)
    return random.floats(dimension)
  }

  static func brand(_ id: UInt64, revision: Int) -> String { "brand\((id &+ UInt64(revision)) % 3)" }

  static func query(_ draw: UInt64) -> [Float] {
    var random = SeededRandom(seed: draw)
    return random.floats(dimension)
  }
}
