import DataSets
import Kernels
import Ranking
import Support
import Testing
import Towers
import Vocabulary
import Wire

@testable import Learning

/// Histories that a cluster keeps and folds in, replayed through the trainer's path: the same vectors, inputs and logits,
/// bit for bit, at any number of shards and while slots move.
@Suite struct HistoryReplayTests {
  /// Who asks: what the shopper did, and the session's items.
  private struct Asked: Sendable {
    let user: Int
    let isKnown: Bool
    let id: UInt64
    let events: [(kind: ShopperAction, row: Int, time: Int64)]
    /// Rows of items.
    let session: [Int]
  }

  /// A shop whose cluster is asked.
  private struct Stage: Sendable {
    let schema: CollectionSchema
    let items: [Item]
    let files: [[UInt8]]
    let asked: [Asked]
    let requests: [RankRequest]
    let batch: EventRequest
    let now: Int64

    init(_ shop: ReplayShop, now: Int64, _ asked: [Asked]) throws {
      schema = try #require(
        CollectionSchema(embeddingDimension: 6, rerankDimension: 5, attributes: shop.plan.catalogue.definitions))
      let items = try shop.items(schema)
      let files = try shop.model.files()
      self.files = [files.manifest, files.weights, files.users, try #require(files.tower)]
      let ids = shop.model.itemIDs.map(\.rawValue)
      requests = asked.map { each in
        var request = RankRequest(collection: "shop", k: items.count, depth: items.count)
        request.user = UserID(each.id)
        request.sessionItems = each.session.map { ids[$0] }
        request.context = shop.context(of: each.user)
        return request
      }
      batch = EventRequest(
        collection: "shop", writer: 4, op: 1,
        events: asked.flatMap { each in
          each.events.map { .init(user: each.id, ShopperEvent($0.kind, item: ids[$0.row], time: $0.time)) }
        })
      (self.items, self.asked, self.now) = (items, asked, now)
    }

    /// Fills a cluster and sends all events.
    func fill(_ cluster: MemoryCluster) async throws {
      try await cluster.ask(CollectionCreateRequest(name: "shop", schema: schema))
      try await cluster.ask(UpsertRequest(items[...], schema, writer: 9, op: 1))
      for load in SlowModel.loads(files: files, upload: 7) { try await cluster.ask(load) }
      #expect(Int(try await cluster.ask(batch).counts.accepted) == batch.events.count)
    }

    /// Asks for everyone.
    func replies(_ cluster: MemoryCluster) async throws -> [RankResponse] {
      var replies: [RankResponse] = []
      for request in requests { replies.append(try await cluster.ask(request)) }
      return replies
    }

    func serve(shardCount: Int) throws -> [RankResponse] {
      try MemoryCluster.run(shardCount: shardCount, begin: now) { cluster in
        try await fill(cluster)
        return try await replies(cluster)
      }
    }
  }

  private static let hour: Int64 = 3_600_000_000

  /// Some did a thing before the model learned, all did several later, and a session has one of these and two others.
  private func asked(_ shop: ReplayShop, cut: Int64) -> [Asked] {
    let n = shop.model.itemIDs.count
    let kinds: [ShopperAction] = [.click, .view, .purchase, .impression, .cart, .rating]
    return (0..<12).map { user in
      let isKnown = user % 3 > 0
      let events = (0..<3 + user % 5).map { place in
        let time = place == 0 ? cut - Self.hour : cut + Int64(place * 7 + user) * Self.hour
        return (kind: kinds[(user + place) % kinds.count], row: (user * 7 + place * 3) % n, time: time)
      }
      return Asked(
        user: user, isKnown: isKnown, id: isKnown ? shop.model.userIDs[user].rawValue : 1 << 40 + UInt64(user),
        events: events, session: [(user + 11) % n, events[1].row, (user + 12) % n])
    }
  }

  /// What counts of all that a shopper did, as the page says it.
  private func later(_ each: Asked, _ settings: TowerSettings, cut: Int64, today: Double) -> [ReplayEvent] {
    let (kind, weight) = settings.sessionKind
    let past = each.events.filter { $0.kind != .impression && (!each.isKnown || $0.time > cut) }
    return past.map { event in
      let known = settings.weights[event.kind.word]
      return ReplayEvent(
        row: event.row, kind: known == nil ? kind : event.kind.word, weight: known ?? weight,
        day: Double(Moment(milliseconds: event.time / 1000).day))
    }
      + each.session.filter { row in !past.contains { $0.row == row } }.map {
        ReplayEvent(row: $0, kind: kind, weight: weight, day: today)
      }
  }

  @Test(arguments: ReplayTower.shapes)
  func storedHistoriesHaveTheTrainersVectorsInputsAndLogits(_ shape: TowerShape?) throws {
    var shop = try ReplayShop(readsOwned: false)
    let tower = ReplayTower(shape, &shop)
    shop.model.known = shop.known
    shop.model.renewal = shop.plan.renewal
    let cut = try #require(shop.known.cut)
    let now = cut + 96 * Self.hour
    let today = Double(Moment(milliseconds: now / 1000).day)
    let stage = try Stage(shop, now: now, asked(shop, cut: cut))
    let model = try Model.load(
      manifest: stage.files[0], weights: stage.files[1], users: stage.files[2], tower: stage.files[3])
    let replies = try stage.serve(shardCount: 3)
    for shardCount in [1, 7] {
      #expect(
        try stage.serve(shardCount: shardCount).map(\.results.body.bytes) == replies.map(\.results.body.bytes),
        "\(shardCount) shards")
    }
    let places = Dictionary(uniqueKeysWithValues: shop.model.itemIDs.enumerated().map { ($1.rawValue, $0) })
    let fallback = try #require(model.users.fallback)
    for (each, reply) in zip(stage.asked, replies) {
      let later = later(each, tower.tower.settings, cut: cut, today: today)
      let rows = reply.results.ids.compactMap { places[$0].map { UInt32($0) } }
      let expected = try shop.expected(
        of: each.user, stranger: each.isKnown ? nil : fallback, tower, later, today: today, rows: rows)
      #expect(reply.report.querySource == .history && reply.report.history.state == .read)
      #expect(reply.report.history.counted > 0 && reply.report.eventsSkipped == 0)
      #expect(reply.results.retrievalScores.map(\.bitPattern) == expected.scores.map(\.bitPattern))
      #expect(reply.results.logits.map(\.bitPattern) == expected.logits.map { ($0 + 0).bitPattern })
    }
    #expect(Set(replies.map(\.results.logits)).count == replies.count)
  }

  @Test func historiesAnswerTheSameWhileTheirSlotsMove() throws {
    var shop = try ReplayShop(readsOwned: false)
    _ = ReplayTower(ReplayTower.shapes[0], &shop)
    shop.model.known = shop.known
    shop.model.renewal = shop.plan.renewal
    let cut = try #require(shop.known.cut)
    let now = cut + 96 * Self.hour
    let stage = try Stage(shop, now: now, asked(shop, cut: cut))
    let before = try stage.serve(shardCount: 2).map(\.results.body.bytes)
    try MemoryCluster.run(shardCount: 2, spareCount: 1, begin: now) { cluster in
      try await stage.fill(cluster)
      try await cluster.ask(
        RebalanceRequest(.begin(.add(address: "shard:3", weight: 100), .init(verifies: true, bytesPerSecond: 5_000))))
      var rounds = 0
      for _ in 0..<10_000 {
        let replies = try await stage.replies(cluster)
        #expect(replies.map(\.results.body.bytes) == before)
        #expect(replies.allSatisfy { $0.report.history.state == .read && $0.report.history.counted > 0 })
        guard try await cluster.ask(RebalanceRequest(.status)).state != .atRest else { break }
        rounds += 1
        await cluster.sleep(50_000)
      }
      #expect(rounds > 5, "it was asked during the move")
      #expect(try await cluster.ask(StatusRequest()).shards.filter { $0.slots > 1000 }.count == 3)
    }
  }
}
