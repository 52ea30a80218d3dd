import Bytes
import Kernels
import Ranking
import Testing
import Training
import Vocabulary

struct SyntheticShopTests {
  /// One row of an answer.
  private struct Row {
    let item: Item
    let logit: Float

    /// The word of a keyword attribute.
    func word(_ index: Int) -> String? {
      if case .keyword(let word) = item.attributes[index] { word } else { nil }
    }

    /// The price in its shop's currency.
    var price: Double {
      if case .float(let price) = item.attributes[3] { price } else { 0 }
    }
  }

  private func model(_ shop: SyntheticShop) throws -> Model {
    try Model.load(manifest: shop.manifest.json, weights: shop.weights, users: shop.users)
  }

  /// Retrieval's best `depth` items, and the same re-ranked.
  private func answer(
    _ shop: SyntheticShop, _ model: Model, _ id: UserID, depth: Int = 100, context: [String: ContextValue] = [:]
  ) throws -> (retrieved: [Item], ranked: [Row]) {
    let user = try #require(model.users[id])
    let found = try shop.items.map { item in
      Candidate(score: try #require(Score(Exact.dot(user.query, item.embedding))), itemID: item.id)
    }.sorted().prefix(depth)
    let items = found.map { shop.items[Int($0.itemID.rawValue) - 1] }
    let reranker = Reranker(model)
    let columns = try reranker.assembler.attributeNames.map { name in
      let index = try #require(shop.schema.attributeIndex(named: name))
      return items.map { $0.attributes[index] }
    }
    let scores = reranker.rerank(
      CandidateInputs(retrievalScores: found.map(\.score.value), reranks: items.flatMap(\.rerank), columns: columns),
      user: user, context: context)
    let ranked = try zip(items, scores).map { Row(item: $0, logit: try #require($1).value) }
    return (items, ranked.sorted { ($1.logit, $0.item.id) < ($0.logit, $1.item.id) })
  }

  @Test func seedGivesTheSameBytesOnEveryMachine() throws {
    let files = try SyntheticShop(seed: 7, itemCount: 50, shopperCount: 9).files
    let again = try SyntheticShop(seed: 7, itemCount: 50, shopperCount: 9).files
    #expect(files.map(\.bytes) == again.map(\.bytes))
    let hash = ContentHash.hexadecimal(ContentHash.sha256(joining: files.map(\.bytes)))
    #expect(hash == "339044cc176a46ed6df2f37912a9d79b6a4f5b00cc96a821742de4e4b5adee1b")
    let other = try SyntheticShop(seed: 8, itemCount: 50, shopperCount: 9).files
    #expect(files[1].bytes != other[1].bytes)
  }

  @Test func modelFitsItsOwnCollectionAndItsFilesLoad() throws {
    let shop = try SyntheticShop(seed: 1, itemCount: 40, shopperCount: 8)
    let model = try model(shop)
    try model.manifest.check(against: shop.schema)
    #expect(model.users.count == 8)
    #expect(model.users[UserID(1)] == shop.shoppers[0].vectors)
    #expect(model.users.fallback != nil)
    let schemaFile = try #require(shop.files.first { $0.path == "schema.json" })
    #expect(try CollectionSchema.read(json: schemaFile.bytes) == shop.schema)
    let vectorFile = try #require(shop.files.first { $0.path == "items.safetensors" })
    let vectors = try ItemVectors(vectorFile.bytes, for: shop.schema)
    #expect(vectors.ids == shop.items.map(\.id))
    #expect(vectors.embeddings == shop.items.flatMap(\.embedding))
    let lines = try #require(shop.files.first { $0.path == "items.jsonl" }).bytes
    #expect(lines.count { $0 == 0x0A } == 40)
  }

  @Test func shoppersOfDifferentTastesSeeDifferentThings() throws {
    let shop = try SyntheticShop(seed: 42, itemCount: 1500, shopperCount: 5)
    let model = try model(shop)
    var tops: [Set<ItemID>] = []
    for shopper in shop.shoppers {
      let top = try answer(shop, model, shopper.id).ranked.prefix(10)
      let liked = Set(shopper.tastes.prefix(3))
      #expect(top.allSatisfy { liked.contains($0.word(0) ?? "") }, "\(shopper.name)")
      let favourites = Set(shopper.tastes)
      #expect(top.count { favourites.contains($0.word(1) ?? "") || favourites.contains($0.word(2) ?? "") } >= 8)
      tops.append(Set(top.map(\.item.id)))
    }
    for a in tops.indices {
      for b in 0..<a { #expect(tops[a].isDisjoint(with: tops[b])) }
    }
  }

  @Test func rerankingReordersWithoutForgettingRetrieval() throws {
    let shop = try SyntheticShop(seed: 42, itemCount: 1500, shopperCount: 5)
    let model = try model(shop)
    for shopper in shop.shoppers {
      let (retrieved, ranked) = try answer(shop, model, shopper.id)
      let before = Set(retrieved.prefix(20).map(\.id))
      let kept = ranked.prefix(20).count { before.contains($0.item.id) }
      #expect((2...18).contains(kept), "\(shopper.name) keeps \(kept) of 20")
      // Items out of stock sink: none among the first ten.
      #expect(ranked.prefix(10).allSatisfy { $0.item.attributes[6] == .bool(true) })
    }
  }

  @Test func priceHabitShows() throws {
    let shop = try SyntheticShop(seed: 42, itemCount: 3000, shopperCount: 5)
    let model = try model(shop)
    func priceRatio(_ id: UInt64) throws -> Double {
      let (retrieved, ranked) = try answer(shop, model, UserID(id), depth: 200)
      // The same category before and after, so that only the price level differs.
      let category = ranked[0].word(0)
      let all = retrieved.map { Row(item: $0, logit: 0) }.filter { $0.word(0) == category }
      let top = ranked.filter { $0.word(0) == category }.prefix(10)
      return top.reduce(0) { $0 + $1.price } / Double(top.count) / (all.reduce(0) { $0 + $1.price } / Double(all.count))
    }
    let ratios = try (1...5).map { try priceRatio(UInt64($0)) }
    #expect(ratios[1] > 1.15 && ratios[3] > 1.15, "premium: \(ratios)")
    #expect(ratios[2] < 0.87 && ratios[4] < 0.87, "thrifty: \(ratios)")
  }

  @Test func seasonMovesWhatItShould() throws {
    let shop = try SyntheticShop(seed: 42, itemCount: 1500, shopperCount: 5)
    let model = try model(shop)
    func tents(_ season: String) throws -> Int {
      try answer(shop, model, UserID(1), context: ["season": .word(season)]).ranked.prefix(10)
        .count { $0.word(0) == "tents" }
    }
    let counts = (summer: try tents("summer"), winter: try tents("winter"))
    #expect(counts.summer > counts.winter, "\(counts)")
  }
}
