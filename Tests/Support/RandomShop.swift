import Kernels
import Ranking
package import Vocabulary
package import Wire

/// A seeded collection with a model that reads all of it, and queries of every kind for it.
package struct RandomShop: Sendable {
  /// What a shop is made of.
  package struct Shape: Sendable {
    /// Dimensions of embeddings, rerank vectors and user vectors.
    package var d = 8
    package var r = 3
    package var u = 3
    package var itemCount = 200
    package var hasModel = true
    package var hasFallback = false
    /// Whether the model reads what shoppers have had, whose items are candidates then.
    package var readsOwned = true
    /// Embeddings on a coarse grid, so that many scores are equal.
    package var isCoarse = false
    /// Weights and some vectors so large that some logits are not finite.
    package var isHuge = false

    package init() {}
  }

  package let schema: CollectionSchema
  package let items: [Item]
  package let model: SlowModel?
  package let userIDs: [UInt64] = [7, 900, .max]
  private let shape: Shape
  private let seed: UInt64

  /// A shop that is the same whenever it is made of the same parts.
  package init?(_ shape: Shape, seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let definitions = [
      AttributeDefinition(name: "price", type: .float), AttributeDefinition(name: "stock", type: .int),
      AttributeDefinition(name: "category", type: .keyword), AttributeDefinition(name: "colours", type: .keywordSet),
      AttributeDefinition(name: "new", type: .bool), AttributeDefinition(name: "title", type: .text),
    ]
    guard
      let schema = CollectionSchema(
        embeddingDimension: shape.d, rerankDimension: shape.r, attributes: definitions)
    else { return nil }
    self.schema = schema
    self.shape = shape
    self.seed = seed
    items = Self.items(shape, &random)
    model = shape.hasModel ? try Self.model(shape, schema, userIDs, &random) : nil
  }

  private static func items(_ shape: Shape, _ random: inout SeededRandom) -> [Item] {
    var ids: Set<UInt64> = [0, .max, 1]
    while ids.count < shape.itemCount { ids.insert(random.next() % 4 == 0 ? random.next() % 1000 : random.next()) }
    return ids.sorted().map { id in
      var embedding = random.floats(shape.d)
      if shape.isCoarse { embedding = embedding.map { ($0 * 2).rounded() / 2 } }
      var rerank = random.floats(shape.r)
      if shape.isHuge, random.next() % 3 == 0 { rerank = rerank.map { $0 * 3e17 } }
      func some(_ value: AttributeValue) -> AttributeValue? { random.next() % 6 == 0 ? nil : value }
      let colours = [[], ["red"], ["blue", "red"], ["green", "red"], ["blue"]]
      return Item(
        id: ItemID(id), embedding: embedding, rerank: rerank,
        attributes: [
          some(.float(Double(random.next() % 10_000) / 100)), some(.int(Int64(random.next() % 50) - 10)),
          some(.keyword(["shoes", "hats", "tents", "Zelte für zwei"][Int(random.next() % 4)])),
          some(.keywordSet(colours[Int(random.next() % 5)])), some(.bool(random.next() % 2 == 0)),
          some(.text("item \(id % 97)")),
        ])
    }
  }

  private static func model(
    _ shape: Shape, _ schema: CollectionSchema, _ userIDs: [UInt64], _ random: inout SeededRandom
  ) throws -> SlowModel {
    let hasProducts = shape.r > 0 && shape.r == shape.u
    let owned: [AttributeFeature] = shape.readsOwned ? [.owned(OwnedFeature(context: "hour", halfLife: 12))] : []
    let manifest = try Manifest(
      name: "random", collection: schema, userDimension: shape.u, profileDimension: 5,
      profileNames: ["price", "category=hats", "colours=red", "category=Zelte für zwei", "colours=blue"],
      usesUser: true,
      usesItem: shape.r > 0, usesProduct: hasProducts, usesDot: hasProducts,
      attributeFeatures: [
        .numeric(attribute: "price", Normalisation(mean: 2.5, scale: 0.7, missing: -0.25, takesLog: true)),
        .oneHot(attribute: "category", OneHot(words: ["shoes", "hats"], hasOther: true)),
        .retrievalScore(Normalisation(mean: 0.1, scale: 3)), .bool(attribute: "new", missing: 0.5),
        .oneHot(attribute: "colours", OneHot(words: ["red", "blue"])),
        .numeric(attribute: "stock", Normalisation(mean: 10, scale: 0.1)),
        .habit(attribute: "price", profile: "price", Normalisation(mean: 2, missing: 0.5, takesLog: true)),
        .affinity(attribute: "category", profile: "category"), .affinity(attribute: "colours", profile: "colours"),
        .age(attribute: "stock", context: "hour", Normalisation(mean: 1, scale: 0.25, missing: -1, takesLog: true)),
      ] + owned,
      contextFeatures: [
        .numeric(name: "hour", Normalisation(mean: 12, scale: 0.125)),
        .oneHot(name: "device", OneHot(words: ["phone", "desk"], hasOther: true)),
        .bins(name: "weekday", edges: [1, 2.5, 6]),
      ],
      layers: shape.isHuge
        ? [.init(out: 5, activation: .none), .init(out: 1, activation: .none)]
        : [
          .init(out: 13, activation: .gelu), .init(out: 7, activation: .tanh), .init(out: 9, activation: .sigmoid),
          .init(out: 5, activation: .relu), .init(out: 1, activation: .sigmoid),
        ])
    var model = SlowModel(manifest, users: userIDs, hasFallback: shape.hasFallback, using: &random)
    if shape.isHuge {
      model.weights = model.weights.map { $0.map { $0 * 1000 } }
      for id in model.users.keys { model.users[id]?.vector = random.floats(shape.u).map { $0 * 5e17 } }
    }
    return model
  }

  /// The slow twin over all items.
  package var twin: SlowQuery { SlowQuery(schema: schema, items: items, model: model) }

  /// Queries of every kind: by vector, user, session items; with and without filter, exclusion, cap, context.
  package func requests(_ count: Int) -> [RankRequest] {
    var random = SeededRandom(seed: seed &+ 1)
    return (0..<count).map { request($0, &random) }
  }

  private func request(_ number: Int, _ random: inout SeededRandom) -> RankRequest {
    let depth = [1, 5, 20, 60, 1000][Int(random.next() % 5)]
    var request = RankRequest(collection: "shop", k: Int.random(in: 1...min(depth, 40), using: &random), depth: depth)
    switch number % 4 {
    case 0: request.vector = random.floats(shape.d)
    case 1 where model != nil: request.user = UserID(userIDs[Int(random.next() % 3)])
    case 2:
      // Some of them do not exist, and one stands twice.
      request.sessionItems = (0..<5).map { _ in items[Int(random.next() % UInt64(items.count))].id.rawValue } + [5, 6]
      request.sessionItems.append(request.sessionItems[0])
    case 3 where shape.hasFallback: request.user = UserID(12_345_678)
    default: request.vector = shape.isCoarse ? [Float](repeating: 0.5, count: shape.d) : random.floats(shape.d)
    }
    if model != nil, random.next() % 4 == 0 { request.userVector = random.floats(shape.u) }
    request.filter = filters[Int(random.next() % UInt64(filters.count))]
    if random.next() % 3 == 0 {
      request.exclude = (0..<20).map { _ in items[Int(random.next() % UInt64(items.count))].id.rawValue } + [12]
    }
    if random.next() % 3 == 0 {
      let attribute = ["category", "stock", "new"][Int(random.next() % 3)]
      request.groupCap = .init(attribute: attribute, most: UInt16(1 + random.next() % 4))
    }
    if random.next() % 2 == 0 { request.context = [("hour", .number(17.5)), ("device", .keyword("desk"))] }
    if random.next() % 4 == 0 { request.context = [("device", .keyword("watch")), ("unheard-of", .number(1))] }
    switch random.next() % 3 {
    case 0: request.attributes = .all
    case 1: request.attributes = .named(["title", "category", "stock"])
    default: break
    }
    return request
  }

  private let filters = [
    "", "", "", "price in 10..50", "not (category = shoes)", "category in (hats, \"Zelte für zwei\") and stock >= 0",
    "colours = red or new = true", "has price and price < 12.5 and new != true", "stock != 3",
    "colours in (blue, green) and not has category", "price > 1e9",
  ]
}
