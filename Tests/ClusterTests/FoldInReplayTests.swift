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
  /// Who asks, and after which items.
  private struct Asked: Sendable {
    let user: Int
    let isKnown: Bool
    /// Rows of items.
    let session: [Int]
  }

  private func serve(_ shop: ReplayShop, _ schema: CollectionSchema, _ asked: [Asked]) throws -> [RankResponse] {
    let items = try shop.items(schema)
    let files = try shop.model.files()
    let requests = asked.map { each in
      var request = RankRequest(collection: "shop", k: items.count, depth: items.count)
      request.user = each.isKnown ? shop.model.userIDs[each.user] : UserID(1 << 40)
      request.sessionItems = each.session.map { shop.model.itemIDs[$0].rawValue }
      request.context = shop.context(of: each.user)
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

  @Test(arguments: ReplayTower.shapes)
  func foldedSessionsHaveTheTrainersVectorsInputsAndLogits(_ shape: TowerShape?) throws {
    // Strangers stand in rows of users here, whose own items they do not have.
    var shop = try ReplayShop(readsOwned: false)
    let tower = ReplayTower(shape, &shop)
    let n = shop.model.itemIDs.count
    let places = Dictionary(uniqueKeysWithValues: shop.model.itemIDs.enumerated().map { ($1.rawValue, $0) })
    shop.model.known = shop.known
    shop.model.renewal = shop.plan.renewal
    let schema = try #require(
      CollectionSchema(embeddingDimension: 6, rerankDimension: 5, attributes: shop.plan.catalogue.definitions))
    let asked = (0..<12).map { user in
      Asked(user: user, isKnown: user % 3 > 0, session: [(user * 5 + 1) % n, (user * 5 + 2) % n, (user * 5 + 1) % n])
    }
    let files = try shop.model.files()
    let model = try Model.load(
      manifest: files.manifest, weights: files.weights, users: files.users, tower: files.tower)
    let replies = try serve(shop, schema, asked)
    let (kind, weight) = tower.tower.settings.sessionKind
    let fallback = try #require(model.users.fallback)
    for (each, reply) in zip(asked, replies) {
      let later = each.session.map { ReplayEvent(row: $0, kind: kind, weight: weight, day: 0) }
      let rows = reply.results.ids.compactMap { places[$0].map { UInt32($0) } }
      let expected = try shop.expected(
        of: each.user, stranger: each.isKnown ? nil : fallback, tower, later, today: 0, rows: rows)
      #expect(reply.report.querySource == (each.isKnown ? .userAndSession : .session))
      #expect(reply.report.eventsSkipped == 0 && reply.report.eventsCounted >= 3)
      #expect(reply.results.retrievalScores.map(\.bitPattern) == expected.scores.map(\.bitPattern))
      #expect(reply.results.logits.map(\.bitPattern) == expected.logits.map { ($0 + 0).bitPattern })
    }
    #expect(Set(replies.map(\.results.logits)).count == replies.count)
  }
}
