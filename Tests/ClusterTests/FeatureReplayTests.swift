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
  /// One answer of the cluster.
  private struct Served: Sendable {
    let user: Int
    let results: RankResults
  }

  private func serve(
    _ shop: ReplayShop, _ schema: CollectionSchema, _ files: ModelFiles, session: [UInt64] = []
  ) throws -> [Served] {
    let items = try shop.items(schema)
    let requests = shop.model.userIDs.enumerated().map { user, id in
      var request = RankRequest(collection: "shop", k: items.count, depth: items.count)
      request.user = id
      request.attributes = .all
      request.sessionItems = session
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
    let shop = try ReplayShop()
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

  @Test func theItemsOfASessionCountAsHad() throws {
    let shop = try ReplayShop()
    let files = try shop.model.files()
    let model = try Model.load(manifest: files.manifest, weights: files.weights, users: files.users)
    let feature = try #require(model.manifest.owned)
    let schema = try #require(
      CollectionSchema(embeddingDimension: 6, rerankDimension: 5, attributes: shop.plan.catalogue.definitions))
    let session = [3, 5, 3].map { shop.model.itemIDs[$0].rawValue }
    let (before, after) = (try serve(shop, schema, files), try serve(shop, schema, files, session: session))
    let assembler = FeatureAssembler(model.manifest)
    let places = Dictionary(uniqueKeysWithValues: shop.model.itemIDs.enumerated().map { ($1.rawValue, $0) })
    for (without, answer) in zip(before, after) {
      let (results, context) = (answer.results, shop.eventContexts[answer.user].context)
      var user = try #require(model.users[shop.model.userIDs[answer.user]])
      let count = user.owned[session[0]]?.count ?? 0
      user.owned = feature.owned(user.owned, adding: session, context)
      #expect(user.owned[session[0]]?.count == count + 2)
      let columns = assembler.attributeNames.compactMap { name in schema.attributeIndex(named: name) }.map { column in
        results.ids.indices.map { results.attributes.value(row: $0, column: column) }
      }
      let expected = Reranker(model).rerank(
        CandidateInputs(
          ids: results.ids.map { ItemID($0) }, retrievalScores: results.retrievalScores,
          reranks: results.ids.flatMap { shop.model.network.items.row(places[$0] ?? 0) }, columns: columns),
        user: user, context: context)
      #expect(results.logits.map(\.bitPattern) == expected.map { $0?.value.bitPattern })
      // What is not of the session has the logits of before.
      func logits(_ results: RankResults) -> [UInt64: Float] {
        Dictionary(uniqueKeysWithValues: zip(results.ids, results.logits))
      }
      let (old, new) = (logits(without.results), logits(results))
      #expect(Set(old.keys.filter { old[$0] != new[$0] }) == Set(session))
    }
  }
}
