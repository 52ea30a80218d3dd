import DataSets
import Filters
import Names
import Ranking
import Storage
import Support
import Testing
import Towers
import Vocabulary
import Wire

@testable import Evaluation
@testable import Learning
@testable import Privacy

/// Private models that a cluster serves: what the trainer's own ranking says, bit for bit.
@Suite struct PrivateReplayTests {
  private struct Shop {
    let data: DataSet
    let list: PublicItems
    let files: [String: [UInt8]]
    let columns: [[AttributeValue?]]
    let model: Model
    let served: ServedModel
    let schema: CollectionSchema

    init(_ kind: PrivateModel.Kind, hasNetwork: Bool = false) throws {
      let text = BehaviourLog()
      let log = try EventLog(InputFile(name: "log", pieces: [Array(text.events.utf8)]))
      data = try DataSet(log, Cleaning(log, CleaningRules()))
      let table = try EntityTable(InputFile(name: "items.jsonl", pieces: [Array(text.items.utf8)]))
      let items = try PublicItems(table)
      list = items
      var settings = NeighbourSettings()
      settings.leastCount = 1
      settings.neighbours = 8
      let sums = PrivateLog(
        data, places: try items.places(data), itemCount: items.count, eventsMax: settings.eventsMax)
      // Without noise the release is the sums themselves: nothing is published here.
      let release = NeighbourRelease(sums, settings, noise: nil, threads: 2)
      let statement = PrivacyStatement(
        epsilon: 4, delta: 1e-6, mu: 1, mechanisms: [], keptItems: release.kept.count,
        clip: .init(events: 9, window: 9),
        noise: "key file", release: 1, totalEpsilon: 4)
      var vectors = SoftmaxVectors.Options()
      (vectors.dimension, vectors.steps) = (4, 20)
      let made = try PrivateModel(
        name: "private", items, release, settings, kind,
        network: hasNetwork ? Self.network(sums, items, release, settings) : nil, vectors: vectors, statement,
        flags: [:])
      files = Dictionary(uniqueKeysWithValues: made.files.map { ($0.name, $0.bytes) })
      model = try Model.load(
        manifest: files["manifest.json"] ?? [], weights: files["weights.safetensors"] ?? [],
        tower: files["tower.safetensors"] ?? [])
      columns = hasNetwork ? try PrivateInputs(items, release, settings).catalogue.columns : items.catalogue.columns
      schema = try CollectionSchema.read(json: files["schema.json"] ?? [])
      let directory = TemporaryDirectory()
      for (name, bytes) in made.files { try RealDisk().replace("\(directory.path)/\(name)", with: bytes) }
      served = try ServedModel.read(directory.path, on: RealDisk())
      #expect(release.kept.count > 4)
      #expect(model.manifest.privacy == statement)
      #expect(model.manifest.tower?.storedLength == 0)
    }

    private static func network(
      _ log: PrivateLog, _ items: PublicItems, _ release: NeighbourRelease, _ settings: NeighbourSettings
    ) throws -> PrivateNetworkFit {
      let inputs = try PrivateInputs(items, release, settings)
      let fits = try [1, 2, 5].map { threads in
        try PrivateNetworkFit(
          log, inputs, StepSettings(["users=24", "steps=30", "rate=1"]),
          noise: GaussianMechanism("network steps", sigma: 0.3), NoiseKey(random: [UInt8](repeating: 7, count: 32)),
          threads: threads)
      }
      #expect(fits[0].network == fits[1].network && fits[0].network == fits[2].network && fits[0].leftOut == 0)
      return fits[0]
    }

    /// The items of a shopper, the oldest first.
    func session(_ user: Int) throws -> [UInt64] {
      let log = data.interactions
      let places = try list.places(data)
      return try (0..<log.count).filter { Int(log.users[$0]) == user }.suffix(12).map { event in
        list.dictionary.ids[Int(try #require(places[Int(log.items[event])]))]
      }
    }
  }

  private func items(_ shop: Shop) throws -> [Item] {
    let vectors = try ItemVectors(shop.files["items.safetensors"] ?? [], for: shop.model.manifest.collection)
    let d = shop.schema.embeddingDimension
    return vectors.ids.enumerated().map { row, id in
      Item(
        id: id, embedding: Array(vectors.embeddings[row * d..<(row + 1) * d]), rerank: [],
        attributes: shop.columns.map { $0[row] })
    }
  }

  @Test(arguments: PrivateModel.Kind.allCases, [false, true])
  func aClusterAnswersWithTheTrainersBits(_ kind: PrivateModel.Kind, hasNetwork: Bool) throws {
    // A network re-ranks what the table names.
    guard kind == .neighbours || !hasNetwork else { return }
    let shop = try Shop(kind, hasNetwork: hasNetwork)
    let sessions = try (0..<6).map { try shop.session($0) }
    let items = try items(shop)
    let parts = ["manifest.json", "weights.safetensors", "users.safetensors", "tower.safetensors"].map {
      shop.files[$0] ?? []
    }
    let schema = shop.schema
    let replies = try MemoryCluster.run(shardCount: 3) { cluster in
      try await cluster.ask(CollectionCreateRequest(name: "shop", schema: schema))
      try await cluster.ask(UpsertRequest(items[...], schema, writer: 9, op: 1))
      for load in SlowModel.loads(files: parts, upload: 7) { try await cluster.ask(load) }
      var replies: [RankResponse] = []
      for session in sessions + [[]] {
        // What the table names stands beyond the depth; a network moves the others too.
        var request = RankRequest(collection: "shop", k: 10, depth: hasNetwork ? items.count : 10)
        request.user = UserID(77)
        request.wantsPromise = true
        request.sessionItems = session
        request.exclude = Set(session).sorted()
        replies.append(try await cluster.ask(request))
      }
      return replies
    }
    let ranker = TwoPhaseRanker(shop.served)
    for (session, reply) in zip(sessions + [[]], replies) {
      let user = try #require(ranker.vectors(of: session.map { ItemID($0) }))
      let query = CaseQuery(
        user: UserID(77), userIndex: 0, relevant: [], excluded: Set(session).sorted().map { ItemID($0) }, others: nil,
        negatives: [])
      var room = CatalogueRoom()
      let expected = ranker.rank(query, user, depth: items.count, k: 10, in: &room).reranked
      #expect(reply.results.ids == expected.first.map { $0.rawValue })
      #expect(reply.results.isExact && reply.report.coverage == 1_000_000)
      #expect(reply.report.querySource == (session.isEmpty ? .popularity : .session))
      // Without a network the logit is the retrieval score. Nothing that was left out comes back.
      #expect((reply.results.logits == reply.results.retrievalScores) != hasNetwork)
      #expect(Set(reply.results.ids).isDisjoint(with: session))
      #expect(reply.report.promise == PrivacyPromise(epsilon: 4, delta: 1e-6))
      #expect(reply.report.promise?.words == "private ε = 4")
    }
    #expect(Set(replies.map(\.results.ids)).count > 3)
  }

  @Test func filterAndCountsHoldForNeighboursToo() throws {
    let shop = try Shop(.neighbours)
    let session = try shop.session(1)
    let items = try items(shop)
    let parts = ["manifest.json", "weights.safetensors", "users.safetensors", "tower.safetensors"].map {
      shop.files[$0] ?? []
    }
    let schema = shop.schema
    let named = try #require(shop.model.tower?.neighbours(of: session).keys.sorted().first)
    let replies = try MemoryCluster.run(shardCount: 2) { cluster in
      try await cluster.ask(CollectionCreateRequest(name: "shop", schema: schema))
      try await cluster.ask(UpsertRequest(items[...], schema, writer: 9, op: 1))
      for load in SlowModel.loads(files: parts, upload: 7) { try await cluster.ask(load) }
      var replies: [RankResponse] = []
      for (excluded, filter) in [([], ""), ([named], ""), ([], "category = \"hats\"")] as [([UInt64], String)] {
        var request = RankRequest(collection: "shop", k: items.count, depth: items.count)
        request.user = UserID(77)
        request.sessionItems = session
        request.exclude = excluded
        request.filter = filter
        request.page.facets = [.init("category", .values, most: 50)]
        replies.append(try await cluster.ask(request))
      }
      return replies
    }
    let category = try #require(shop.schema.attributeIndex(named: "category"))
    let hats = Set(items.filter { $0.attributes[category] == .keyword("hats") }.map(\.id.rawValue))
    #expect(replies[2].results.ids == replies[0].results.ids.filter { hats.contains($0) } && hats.count > 5)
    #expect(replies[0].results.ids.count == items.count)
    #expect(Set(replies[0].results.ids) == Set(items.map(\.id.rawValue)))
    #expect(replies[1].results.ids == replies[0].results.ids.filter { $0 != named })
    // What shards leave out of their lists, since its owner sends it, counts as all else does.
    for (reply, shown) in zip(replies, [items.count, items.count - 1, hats.count]) {
      #expect(reply.report.page.total == UInt64(shown) && reply.report.page.facets[0].isExact)
      // A query that does not ask gets the reply of the version before.
      #expect(reply.report.promise == nil)
    }
    #expect(
      zip(replies[0].report.page.facets[0].values, replies[0].report.page.facets[0].counts).first { $0.0 == "hats" }?.1
        == UInt64(hats.count))
  }
}
