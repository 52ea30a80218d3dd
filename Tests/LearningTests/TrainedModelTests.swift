import DataSets
import Kernels
import Learning
import Ranking
import Support
import Testing
import Vocabulary

struct TrainedModelTests {
  private static let definitions = [
    AttributeDefinition(name: "price", type: .float), AttributeDefinition(name: "genre", type: .keywordSet),
    AttributeDefinition(name: "unread", type: .bool),
  ]
  private static let features: [AttributeFeature] = [
    .numeric(attribute: "price", Normalisation(mean: 1, scale: 0.5, missing: 0.25, takesLog: true)),
    .oneHot(attribute: "genre", OneHot(words: ["drama", "war"], hasOther: true)),
  ]

  private static func catalogue(_ ids: [ItemID]) -> AttributeColumns {
    AttributeColumns(
      ids: ids, definitions: definitions,
      columns: [
        ids.map { $0.rawValue % 5 == 0 ? nil : .float(Double($0.rawValue) * 1.7) },
        ids.map { .keywordSet([["drama"], ["drama", "war"], ["noir"], []][Int($0.rawValue % 4)]) },
        ids.map { .bool($0.rawValue % 2 == 0) },
      ])
  }

  /// A model of every kind of input, trained a little.
  private static func model(
    _ shape: NetworkShape = NetworkShape(
      dimension: 12, hidden: [20, 9], activation: .gelu, usesProduct: true, usesDot: true),
    attributes: Bool = true
  ) throws -> TrainedModel {
    let log = TrainerTests.log()
    var options = ImplicitALS.Options()
    options.dimension = 10
    let tower = ImplicitALS(log, options)
    for _ in 0..<3 { tower.iterate() }
    let itemIDs = (0..<log.itemCount).map { ItemID(UInt64(1000 - $0)) }
    var random = SeededRandom(seed: 2)
    var side = SideInputs()
    if attributes {
      side = SideInputs(
        profiles: FloatMatrix(rows: (0..<log.userCount).map { _ in random.floats(3) }, columns: 3),
        attributes: try catalogue(itemIDs).inputs(features),
        retrieval: .init(
          queries: tower.users, embeddings: tower.items, normalisation: Normalisation(mean: 0.5, scale: 3)))
    }
    let network = RankingNetwork(shape, userCount: log.userCount, itemCount: log.itemCount, side: side)
    network.initialise(seed: 3, deviation: 0.1)
    _ = RankingTrainer(network, log, TrainerTests.options { $0.epochs = 2 }).run()
    return TrainedModel(
      name: "small", userIDs: (0..<log.userCount).map { UserID(UInt64($0 * 7 + 1)) }, itemIDs: itemIDs,
      queries: tower.users, embeddings: tower.items, network: network,
      definitions: attributes ? definitions : [], attributeFeatures: attributes ? features : [])
  }

  /// What the server computes for a user and every item.
  private func served(_ files: ModelFiles, user: UserID, catalogue: AttributeColumns) throws -> [UInt32] {
    let model = try Model.load(manifest: files.manifest, weights: files.weights, users: files.users)
    let vectors = try ItemVectors(files.items, for: model.manifest.collection)
    let reranker = Reranker(model)
    let shopper = try #require(model.users[user])
    let (d, r) = (model.manifest.collection.embeddingDimension, model.manifest.collection.rerankDimension)
    let scores = vectors.ids.indices.map { Exact.dot(shopper.query, Array(vectors.embeddings[$0 * d..<($0 + 1) * d])) }
    #expect(vectors.reranks.count == vectors.ids.count * r && vectors.ids == catalogue.ids)
    let columns = reranker.assembler.attributeNames.compactMap { name in
      catalogue.definitions.firstIndex { $0.name == name }.map { catalogue.columns[$0] }
    }
    let logits = reranker.rerank(
      CandidateInputs(retrievalScores: scores, reranks: vectors.reranks, columns: columns), user: shopper)
    return logits.map { ($0?.value ?? .nan).bitPattern }
  }

  @Test func theServedLogitsAreTheTrainersBitForBit() throws {
    let shapes = [
      NetworkShape(dimension: 12, hidden: [20, 9], activation: .gelu, usesProduct: true, usesDot: true),
      NetworkShape(dimension: 32, hidden: [33], activation: .relu),
      NetworkShape(dimension: 17, hidden: [5], activation: .tanh, usesUser: false, usesItem: false, usesProduct: true),
    ]
    for shape in shapes {
      let model = try Self.model(shape)
      let files = try model.files()
      for user in [0, 7, 39] {
        let logits = model.network.logits(user: user, items: Array(0..<40)).map { ($0 + 0).bitPattern }
        #expect(try served(files, user: model.userIDs[user], catalogue: Self.catalogue(model.itemIDs)) == logits)
      }
    }
  }

  @Test func aModelWithoutLayersServesItsInnerProduct() throws {
    let model = try Self.model(.dotProduct(dimension: 8), attributes: false)
    let logits = model.network.logits(user: 5, items: Array(0..<40)).map { ($0 + 0).bitPattern }
    let bits = try served(model.files(), user: model.userIDs[5], catalogue: Self.catalogue(model.itemIDs))
    #expect(bits == logits)
  }

  @Test func shoppersWithoutVectorsGetThoseOfPopularityAndOfTheirSegment() throws {
    let model = try Self.model()
    // Popularity that the vectors can tell: a plane through them.
    let plane = (0..<model.embeddings.columns).map { Float($0 + 1) }
    func height(_ item: Int, _ query: [Float]) -> Float {
      zip(model.embeddings.row(item), query).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let heights = model.itemIDs.indices.map { height($0, plane) }
    let spread = max(heights.map(abs).max() ?? 1, 1e-6)
    let events = heights.map { Int(1000 + 900 * $0 / spread) }
    let segments = Manifest.Segments(name: "age", words: ["young", "old", "nobody"])
    let ofUser = model.userIDs.indices.map { $0 % 3 == 2 ? nil : $0 % 3 } as [Int?]
    let files = try model.files(
      coldStart: ColdStart(itemEvents: events.map(Double.init), segments: segments, segmentOfUser: ofUser))
    let served = try Model.load(manifest: files.manifest, weights: files.weights, users: files.users)
    #expect(served.manifest.segments == segments)
    let popular = try #require(served.users.popularity)
    let byPopularity = model.itemIDs.indices.sorted { (events[$0], $0) > (events[$1], $1) }
    let byVector = model.itemIDs.indices.sorted { height($0, popular.query) > height($1, popular.query) }
    let best = Set(byPopularity.prefix(10))
    #expect(byVector.prefix(10).count { best.contains($0) } >= 8, "its inner products follow popularity")
    let old = try #require(served.users.segment("old"))
    let members = model.userIDs.indices.filter { ofUser[$0] == 1 }
    let sum = members.reduce(Float(0)) { $0 + model.queries.row($1)[0] }
    #expect(old.query[0] == sum / Float(members.count))
    #expect(served.users.segment("nobody") == served.users.fallback && served.users.segment("middle") == nil)
    #expect(try model.files().users == Self.model().files().users, "nothing changes without")
  }

  @Test func aModelReadBackIsTheSame() throws {
    let model = try Self.model()
    let files = try model.files()
    let again = try TrainedModel(files, catalogue: Self.catalogue(model.itemIDs))
    #expect(TrainerTests.bits(again.network) == TrainerTests.bits(model.network))
    #expect(again.userIDs == model.userIDs && again.itemIDs == model.itemIDs)
    let written = try again.files()
    #expect(written.manifest == files.manifest && written.users == files.users && written.weights == files.weights)
    #expect(written.items == files.items)
    #expect(throws: ModelError.self) { try TrainedModel(files) }
    var broken = files
    broken.items = Array(files.items.dropLast(4))
    #expect(throws: ModelError.self) { try TrainedModel(broken, catalogue: Self.catalogue(model.itemIDs)) }
  }

  @Test func aWarmStartKeepsWhatItKnowsAndLearnsNewUsersAndItems() throws {
    let model = try Self.model()
    let users = [UserID(5000), model.userIDs[3], UserID(5001)]
    let items = [ItemID(2), ItemID(3), model.itemIDs[0]]
    let order = model.itemIDs + [ItemID(2), ItemID(3)]
    let warm = try model.extended(users: users, items: items, catalogue: Self.catalogue(order))
    #expect(warm.userIDs == model.userIDs + [UserID(5000), UserID(5001)] && warm.itemIDs == order)
    let known = model.network.logits(user: 3, items: Array(0..<40))
    #expect(warm.network.logits(user: 3, items: Array(0..<40)) == known)
    // Shopper 40 is new and takes item 40, which is new too.
    var log = Interactions(userCount: 42, itemCount: 42)
    for _ in 0..<6 { log.append(user: 40, item: 40) }
    let before = warm.network.logits(user: 40, items: [40, 41])
    let trainer = RankingTrainer(
      warm.network, log,
      TrainerTests.options {
        $0.epochs = 8
        $0.tableOptimiser = .rowLazy
      })
    #expect(trainer.run() == .finished)
    let after = warm.network.logits(user: 40, items: [40, 41])
    #expect(after[0] - after[1] > before[0] - before[1])
    // Nobody else's vector has moved.
    for user in 0..<40 { #expect(warm.network.users.row(user) == model.network.users.row(user)) }
    #expect(try served(warm.files(), user: UserID(5000), catalogue: Self.catalogue(order)).count == 42)
  }

  @Test func compressionSavesBytesAndCostsLittle() throws {
    let model = try Self.model()
    let catalogue = Self.catalogue(model.itemIDs)
    let whole = try model.files()
    let exact = model.network.logits(user: 1, items: Array(0..<40))
    for (storage, error) in [(TensorStorage.bfloat16, Float(0.03)), (.int8, 0.06)] {
      let files = try model.files(weights: storage, vectors: storage)
      #expect(files.count < whole.count)
      let small = try TrainedModel(files, catalogue: catalogue)
      let logits = small.network.logits(user: 1, items: Array(0..<40))
      for (a, b) in zip(exact, logits) { #expect(abs(a - b) < error * (1 + abs(a)), "\(storage)") }
      // What is served is what was measured.
      #expect(try served(files, user: model.userIDs[1], catalogue: catalogue) == logits.map { ($0 + 0).bitPattern })
    }
  }

  @Test func bfloat16RoundsToTheNearestEven() throws {
    var writer = SafetensorsWriter()
    let values: [Float] = [
      1, 1.00390625, 1.01171875, -1.005, .greatestFiniteMagnitude, 0, -0.0, .leastNonzeroMagnitude, 3.14159,
    ]
    writer.add(bfloat16: "x", values, shape: [9])
    writer.add(int8: "y", [1, -0.5, 0, 254, 0, 0], shape: [2, 3])
    let file = try SafetensorsFile(writer.file(), as: .weights)
    let back = try file.floats("x", shape: [9])
    #expect(back[0] == 1 && back[1] == 1 && back[2] == 1.015625 && back[4].isFinite && back[8] == 3.140625)
    #expect(try file.floats("y", shape: [2, 3]).map { ($0 * 127).rounded() / 127 }[3] == 254)
    #expect(abs(try file.floats("y", shape: [2, 3])[1] + 0.5) < 0.005)
  }
}
