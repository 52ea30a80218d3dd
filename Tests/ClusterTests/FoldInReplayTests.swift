import DataSets
import Kernels
import Ranking
import Support
import Testing
import Towers
import Vocabulary
import Wire

@testable import Learning

/// Sessions that were folded in by a cluster, replayed through the trainer's path: the same vectors, inputs and logits, bit
/// for bit.
@Suite struct FoldInReplayTests {
  private static let shapes: [TowerShape?] =
    [nil]
    + TowerShape.Encoder.allCases.flatMap { encoder in
      [false, true].compactMap { isMixed in
        isMixed && encoder == .sum
          ? nil : TowerShape(dimension: 6, encoder: encoder, isMixed: isMixed, decay: 0.625, length: 5)
      }
    }

  /// Who asks, and after which items.
  private struct Asked: Sendable {
    let user: Int
    let isKnown: Bool
    /// Rows of items.
    let session: [Int]
  }

  /// The trainer's path over a window of events, the last row.
  private func query(_ parameters: TowerParameters, _ events: [(vector: [Float], weight: Float)]) -> [Float] {
    let pass = EncoderPass(parameters.shape, rowCapacity: events.count)
    for (row, event) in events.enumerated() { pass.events.setRow(row, event.vector) }
    pass.forward(parameters, EncoderWindows(lengths: [events.count], weights: events.map(\.weight)))
    return pass.queries.row(events.count - 1)
  }

  /// A tower for the shop's items, and what training gives a user by it.
  private struct Trained {
    let tower: Tower
    let parameters: TowerParameters?
  }

  private func trained(_ shape: TowerShape?, _ shop: ReplayShop) -> Trained {
    guard let shape else {
      let fold = ALSFold(
        items: shop.tower.items, alpha: shop.options.unobservedWeight, lambda: shop.options.regularisation, length: 50)
      return Trained(tower: .als(fold, weights: shop.known.weights), parameters: nil)
    }
    let parameters = TowerParameters(shape, seed: 3)
    parameters.matrices[0].setRow(0, [0.5, -0.25, 0.125, 0, -1, 0.75])
    return Trained(tower: .history(parameters, weights: shop.known.weights), parameters: parameters)
  }

  private func serve(_ shop: ReplayShop, _ schema: CollectionSchema, _ asked: [Asked]) throws -> [RankResponse] {
    let items = try shop.items(schema)
    let files = try shop.model.files()
    let requests = asked.map { each in
      var request = RankRequest(collection: "shop", k: items.count, depth: items.count)
      request.user = each.isKnown ? shop.model.userIDs[each.user] : UserID(1 << 40)
      request.sessionItems = each.session.map { shop.model.itemIDs[$0].rawValue }
      request.context = shop.eventContexts[each.user].context.sorted { $0.key < $1.key }.map { name, value in
        switch value {
        case .number(let number): (name, .number(number))
        case .word(let word): (name, .keyword(word.text))
        }
      }
      return request
    }
    let parts = [files.manifest, files.weights, files.users, try #require(files.tower)]
    return try MemoryCluster.run(shardCount: 3) { cluster in
      try await cluster.ask(CollectionCreateRequest(name: "shop", schema: schema))
      try await cluster.ask(UpsertRequest(items[...], schema, writer: 9, op: 1))
      for load in SlowModel.loads(files: parts, upload: 7) { try await cluster.ask(load) }
      var replies: [RankResponse] = []
      for request in requests { replies.append(try await cluster.ask(request)) }
      return replies
    }
  }

  @Test(arguments: shapes)
  func foldedSessionsHaveTheTrainersVectorsInputsAndLogits(_ shape: TowerShape?) throws {
    // Strangers stand in rows of users here, whose own items they do not have.
    var shop = try ReplayShop(readsOwned: false)
    let trained = trained(shape, shop)
    let (network, n) = (shop.model.network, shop.model.itemIDs.count)
    let places = Dictionary(uniqueKeysWithValues: shop.model.itemIDs.enumerated().map { ($1.rawValue, $0) })
    func vector(_ row: Int) -> [Float] { shop.model.embeddings.row(row) }
    let histories = shop.known.histories.map { $0.map { (row: places[$0.item] ?? 0, weight: $0.weight) } }
    if let parameters = trained.parameters {
      for (user, history) in histories.enumerated() where !history.isEmpty {
        let window = parameters.shape.encoder == .sum ? history[...] : history.suffix(parameters.shape.length)
        shop.model.queries.setRow(user, query(parameters, window.map { (vector($0.row), $0.weight) }))
      }
    }
    let (known, renewal) = (shop.known, try #require(shop.plan.renewal))
    shop.model.tower = trained.tower
    shop.model.known = known
    shop.model.renewal = renewal
    let schema = try #require(
      CollectionSchema(embeddingDimension: 6, rerankDimension: 5, attributes: shop.plan.catalogue.definitions))
    let asked = (0..<12).map { user in
      Asked(user: user, isKnown: user % 3 > 0, session: [(user * 5 + 1) % n, (user * 5 + 2) % n, (user * 5 + 1) % n])
    }
    let files = try shop.model.files()
    let model = try Model.load(
      manifest: files.manifest, weights: files.weights, users: files.users, tower: files.tower)
    let replies = try serve(shop, schema, asked)
    let reader = HistoryReader(renewal.rules.inputs, decay: renewal.rules.decay)
    let parts = reader.parts(of: shop.plan.catalogue)
    let (kind, weight) = trained.tower.settings.sessionKind
    let profiles = try #require(network.side.profiles)
    let fallback = try #require(model.users.fallback)
    for (each, reply) in zip(asked, replies) {
      let before = shop.model.queries.row(each.user)
      let session = each.session.map { (vector: vector($0), weight: weight) }
      let stored = each.isKnown ? histories[each.user] : []
      let expected: [Float]
      if let parameters = trained.parameters {
        let known = stored.map { (vector: vector($0.row), weight: $0.weight) }
        if parameters.shape.encoder == .sum {
          let sum = zip(before, parameters.matrices[0].row(0)).map { $0 - $1 }
          expected = query(parameters, (each.isKnown ? [(sum, Float(1))] : []) + session)
        } else {
          expected = query(parameters, (known + session).suffix(parameters.shape.length))
        }
      } else if each.isKnown {
        func event(_ each: (vector: [Float], weight: Float)) -> Tower.Event { .init(each.vector, weight: each.weight) }
        expected = trained.tower.query(
          from: before, stored: stored.map { event((vector($0.row), $0.weight)) }, session: session.map(event))
      } else {
        var log = Interactions(userCount: 1, itemCount: n)
        for (place, row) in each.session.enumerated() {
          log.append(user: 0, item: row, weight: weight, time: Int64(place))
        }
        expected = shop.tower.foldIn(log).row(0)
      }
      // The trainer's user takes over what serving has made of them.
      var history = UserHistory(reader)
      if each.isKnown {
        history = UserHistory(
          reader, profile: profiles.row(each.user), weights: renewal.weights.row(each.user))
      }
      for row in each.session { history.add(parts[row], kind: kind, weight: weight, day: 0) }
      let others = (each.isKnown ? profiles.row(each.user) : fallback.profile)[reader.inputs.count...]
      shop.model.queries.setRow(each.user, expected)
      profiles.setRow(each.user, history.row(at: 0) + others)
      if !each.isKnown { network.users.setRow(each.user, fallback.vector) }
      let rows = reply.results.ids.compactMap { places[$0].map { UInt32($0) } }
      let users = [UInt32](repeating: UInt32(each.user), count: n)
      let scores = RetrievalTower(queries: shop.model.queries, embeddings: shop.model.embeddings)
        .scores(users: users, items: rows)
      #expect(reply.report.querySource == (each.isKnown ? .userAndSession : .session))
      #expect(reply.report.eventsSkipped == 0 && reply.report.eventsCounted >= 3)
      #expect(reply.results.retrievalScores.map(\.bitPattern) == scores.map(\.bitPattern))
      let logits = network.logits(user: each.user, items: rows)
      #expect(reply.results.logits.map(\.bitPattern) == logits.map { ($0 + 0).bitPattern })
    }
    #expect(Set(replies.map(\.results.logits)).count == replies.count)
  }
}
