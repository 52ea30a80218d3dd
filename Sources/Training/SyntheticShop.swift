package import Ranking
package import Vocabulary

/// A whole shop made from a seed: items, shoppers with tastes, what they did, and a model that fits them by construction.
///
/// Integer and single IEEE 754 operations only, so that a seed gives the same bytes on every machine.
package struct SyntheticShop: Sendable {
  /// One file of the shop: a path below the shop's directory, and its bytes.
  package struct File: Sendable {
    package let path: String
    package let bytes: [UInt8]
  }

  package let schema: CollectionSchema
  /// Ids 1…n.
  package let items: [Item]
  /// Ids 1…n; the first five are the people of the catalogue, whose tastes differ at a glance.
  package let shoppers: [Shopper]
  /// What they did: the content of `events.tsv`.
  package let events: [UInt8]
  package let manifest: Manifest
  /// The content of `weights.safetensors`.
  package let weights: [UInt8]

  /// - Parameters:
  ///   - seed: Another seed, another shop.
  ///   - itemCount: Number of items, ≥ 1.
  ///   - shopperCount: Number of shoppers, ≥ 1.
  package init(seed: UInt64, itemCount: Int, shopperCount: Int) throws(ModelError) {
    precondition(itemCount > 0 && shopperCount > 0, "a shop has items and shoppers")
    var random = SplitMix64(seed: seed)
    let space = TasteSpace(&random)
    let articles = (0..<itemCount).map { _ in ShopItem(&random) }
    items = articles.indices.map { articles[$0].item(ItemID(UInt64($0 + 1)), space) }
    shoppers = (1...shopperCount).map { Shopper($0, space, &random) }
    events = ShopLog(items: articles, shoppers: shoppers, seed: random.next()).table
    guard
      let schema = CollectionSchema(
        embeddingDimension: TasteSpace.embeddingDimension, rerankDimension: TasteSpace.rerankDimension,
        attributes: [
          AttributeDefinition(name: "category", type: .keyword), AttributeDefinition(name: "brand", type: .keyword),
          AttributeDefinition(name: "style", type: .keyword), AttributeDefinition(name: "price", type: .float),
          AttributeDefinition(name: "rating", type: .float), AttributeDefinition(name: "reviews", type: .int),
          AttributeDefinition(name: "in_stock", type: .bool),
          AttributeDefinition(name: "colours", type: .keywordSet), AttributeDefinition(name: "title", type: .text),
        ])
    else { preconditionFailure("the shop's own schema is valid") }
    self.schema = schema
    let network = try ShopNetwork(schema)
    manifest = network.manifest
    weights = network.weights
  }
}
