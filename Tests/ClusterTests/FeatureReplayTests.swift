import DataSets
import Kernels
import Names
import Ranking
import Support
import Testing
import Vocabulary
import Wire

@testable import Learning

/// Served requests, replayed through the trainer's path: the same inputs and the same logits, bit for bit.
@Suite struct FeatureReplayTests {
  /// A model that reads every kind of input there is, trained a little.
  private struct Shop {
    let plan: FeaturePlan
    let model: TrainedModel
    /// What the items and the schema are fed by: the files of the model directory.
    let itemLines: [UInt8]
    /// The moment in which each user is asked about.
    let eventContexts: [EventContext]

    init() throws {
      let text = BehaviourLog()
      let log = try EventLog(InputFile(name: "log", pieces: [Array(text.events.utf8)]))
      let data = try DataSet(
        log, Cleaning(log, CleaningRules()),
        items: EntityTable(InputFile(name: "items.jsonl", pieces: [Array(text.items.utf8)])),
        users: EntityTable(InputFile(name: "users.jsonl", pieces: [Array(text.users.utf8)])))
      let histories = Histories(data.interactions)
      let held = Set((0..<data.users.count).compactMap { histories.events(of: $0).last })
      let known = (0..<data.interactions.count).filter { !held.contains($0) }
      var features = FeatureOptions()
      features.ownHalfLife = 30
      plan = try FeaturePlan(data, known: known, options: features)
      eventContexts = TrainingEvents(data, known: known, learned: []).next
      itemLines = try #require(data.with(plan.catalogue).files(nil).first { $0.name == "items.jsonl" }).bytes
      let learned = data.interactions.filter { !held.contains($0) }
      var options = ImplicitALS.Options()
      options.dimension = 6
      let tower = ImplicitALS(learned, options)
      tower.iterate()
      var side = plan.side
      side.retrieval = .init(
        queries: tower.users, embeddings: tower.items, normalisation: Normalisation(mean: 0.1, scale: 2))
      let network = RankingNetwork(
        NetworkShape(dimension: 5, hidden: [16, 7], activation: .gelu, usesProduct: true, usesDot: true),
        userCount: data.users.count, itemCount: data.items.count, side: side)
      network.initialise(seed: 2, deviation: 0.2)
      var training = TrainingOptions()
      training.epochs = 3
      training.batchSize = 50
      #expect(RankingTrainer(network, learned, training).run() == .finished)
      model = TrainedModel(
        name: "features", userIDs: data.users.ids.map { UserID($0) }, itemIDs: plan.catalogue.ids,
        queries: tower.users, embeddings: tower.items, network: network, definitions: plan.catalogue.definitions,
        attributeFeatures: plan.attributeFeatures, contextFeatures: plan.contextFeatures,
        profileNames: plan.profileNames)
    }

    /// The items as a feed reads them.
    func items(_ schema: CollectionSchema) throws -> [Item] {
      var options = EntityTable.Options()
      for definition in schema.attributes { options.types[definition.name] = definition.type }
      let table = try EntityTable(InputFile(name: "items.jsonl", pieces: [itemLines]), options)
      let columns = schema.attributes.map { definition in
        table.definitions.firstIndex(of: definition).map { table.columns[$0] }
      }
      return model.itemIDs.indices.map { row in
        Item(
          id: model.itemIDs[row], embedding: model.embeddings.row(row), rerank: model.network.items.row(row),
          attributes: columns.map { $0?[row] })
      }
    }
  }

  /// One answer of the cluster.
  private struct Served: Sendable {
    let user: Int
    let results: RankResults
  }

  private func serve(_ shop: Shop, _ schema: CollectionSchema, _ files: ModelFiles) throws -> [Served] {
    let items = try shop.items(schema)
    let requests = shop.model.userIDs.enumerated().map { user, id in
      var request = RankRequest(collection: "shop", k: items.count, depth: items.count)
      request.user = id
      request.attributes = .all
      request.context = shop.eventContexts[user].context.sorted { $0.key < $1.key }.map { name, value in
        switch value {
        case .number(let number): (name, .number(number))
        case .word(let word): (name, .keyword(word.text))
        }
      }
      return request
    }
    return try MemoryCluster.run(shardCount: 3) { cluster in
      try await cluster.ask(CollectionCreateRequest(name: "shop", schema: schema))
      try await cluster.ask(UpsertRequest(items[...], schema, writer: 9, op: 1))
      for load in SlowModel.loads(files: [files.manifest, files.weights, files.users], upload: 7) {
        try await cluster.ask(load)
      }
      var served: [Served] = []
      for (user, request) in requests.enumerated() {
        served.append(Served(user: user, results: try await cluster.ask(request).results))
      }
      return served
    }
  }

  @Test func servedRequestsHaveTheTrainersInputsAndLogits() throws {
    let shop = try Shop()
    let files = try shop.model.files()
    let model = try Model.load(manifest: files.manifest, weights: files.weights, users: files.users)
    let manifest = model.manifest
    #expect(manifest.attributeFeatures.contains { if case .habit = $0 { true } else { false } })
    #expect(manifest.attributeFeatures.contains { if case .affinity = $0 { true } else { false } })
    #expect(manifest.attributeFeatures.contains { if case .age = $0 { true } else { false } })
    #expect(manifest.attributeFeatures.contains { if case .bool = $0 { true } else { false } })
    #expect(manifest.owned?.halfLife == 30)
    #expect(manifest.contextFeatures.map(\.name) == ["hour", "weekday", "device", "query_category"])
    let schema = try #require(
      CollectionSchema(embeddingDimension: 6, rerankDimension: 5, attributes: shop.plan.catalogue.definitions))
    let served = try serve(shop, schema, files)
    let assembler = FeatureAssembler(manifest)
    let network = shop.model.network
    let places = Dictionary(uniqueKeysWithValues: shop.model.itemIDs.enumerated().map { ($1.rawValue, UInt32($0)) })
    for answer in served {
      let results = answer.results
      #expect(results.ids.count == shop.model.itemIDs.count && results.rerankedCount == results.ids.count)
      let items = results.ids.compactMap { places[$0] }
      let logits = network.logits(user: answer.user, items: items)
      #expect(results.logits.map(\.bitPattern) == logits.map { ($0 + 0).bitPattern })

      // The inputs of serving, from what the cluster answered.
      let columns = assembler.attributeNames.compactMap { name in schema.attributeIndex(named: name) }.map { column in
        results.ids.indices.map { results.attributes.value(row: $0, column: column) }
      }
      let query = assembler.prepare(
        CandidateInputs(
          ids: results.ids.map { ItemID($0) }, retrievalScores: results.retrievalScores,
          reranks: items.flatMap { network.items.row(Int($0)) },
          columns: columns),
        user: try #require(model.users[shop.model.userIDs[answer.user]]),
        context: shop.eventContexts[answer.user].context)
      let inputs = FloatMatrix(rows: items.count, columns: assembler.columns)
      assembler.assemble(query, rows: 0..<items.count, into: inputs)
      let pass = NetworkPass(network)
      for start in stride(from: 0, to: items.count, by: NetworkPass.blockRows) {
        let block = items[start..<min(start + NetworkPass.blockRows, items.count)]
        _ = pass.forward(users: [UInt32](repeating: UInt32(answer.user), count: block.count)[...], items: block)
        for row in block.indices {
          let row = (served: query.user + inputs.row(row), trained: pass.inputs.row(row - start))
          #expect(row.served.map(\.bitPattern) == row.trained.map(\.bitPattern))
          #expect(row.served.count == manifest.inputCount)
        }
      }
    }
    // What they agree on is not always the same.
    #expect(Set(served.map { $0.results.logits }).count == served.count)
  }
}
