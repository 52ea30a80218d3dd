import CoordinatorNode
import Kernels
import Placement
import Ranking
import Support
import Testing
import Towers
import Transport
import Vocabulary
import Wire

/// A session is folded into the query vector by the model's tower, whoever asks.
@Suite struct FoldInTests {
  private static let items = TestCluster.items(200)
  private static let d = TestCluster.dimension
  private static let constant: [Float] = [0.25, -0.5, 0.125, 1, -0.75, 0.0625]
  private static let histories: [[(item: UInt64, weight: Float)]] = [
    [(items[7].id.rawValue, 2), (items[90].id.rawValue, 1), (424_242, 1), (items[31].id.rawValue, 2)], [],
  ]

  private static var sum: Tower {
    let parameters = TowerParameters(TowerShape(dimension: d, encoder: .sum, decay: 0.5))
    parameters.matrices[0].setRow(0, constant)
    return .history(parameters)
  }

  private static var leastSquares: Tower {
    let vectors = FloatMatrix(rows: items.map(\.embedding), columns: d)
    let fold = ALSFold(items: vectors, alpha: 0.1, lambda: 0.02, length: 5)
    return .als(fold, weights: ["click": 2, "view": 1])
  }

  private func cluster(_ shardCount: Int, _ files: TestCluster.ModelFiles) throws -> TestCluster {
    let cluster = try TestCluster(shardCount: shardCount)
    try cluster.createShop()
    for (index, start) in stride(from: 0, to: Self.items.count, by: 100).enumerated() {
      let part = Array(Self.items[start..<start + 100])
      _ = try cluster.ask(try TestCluster.upsert(part, op: UInt64(index + 1)))
    }
    try cluster.load(files)
    return cluster
  }

  private func request(user: UInt64?, _ session: [UInt64]) -> RankRequest {
    TestCluster.rank { request in
      request.vector = []
      request.user = user.map { UserID($0) }
      request.sessionItems = session
    }
  }

  private let session = [3, 55, 3].map { items[$0].id.rawValue }

  /// The vector after the session by the page alone.
  private func slowSum(from query: [Float]?) -> [Float] {
    var z = query.map { zip($0, Self.constant).map { $0 - $1 } } ?? [Float](repeating: 0, count: Self.d)
    for item in [3, 55, 3] {
      z = zip(z, Self.items[item].embedding).map { $1.addingProduct(0.5, $0) }
    }
    return zip(Self.constant, z).map { $0 + $1 }
  }

  @Test(arguments: [1, 3, 7])
  func aSessionChangesTheAnswerOfAKnownShopper(shardCount: Int) throws {
    let files = try TestCluster.model(seed: 8, hasFallback: true, tower: Self.sum)
    let users = try files.model().users
    let cluster = try cluster(shardCount, files)
    let known = try #require(users[UserID(1)])
    let before = try cluster.ask(request(user: 1, []))
    let reply = try cluster.ask(request(user: 1, session + [999_999]))
    #expect(reply.report.querySource == .userAndSession && reply.report.userVectorSource == .user)
    #expect(reply.report.eventsCounted == 3 && reply.report.eventsSkipped == 1)
    #expect(reply.results.ids != before.results.ids)
    let same = try cluster.ask(
      TestCluster.rank { request in
        request.vector = slowSum(from: known.query)
        request.userVector = known.vector
      })
    #expect(reply.results.body.bytes == same.results.body.bytes, "by the page's vector, at any number of shards")
    #expect(reply.report.waterfall.contains { $0.phase == .foldIn })

    let stranger = try cluster.ask(request(user: 404, session))
    #expect(stranger.report.querySource == .session && stranger.report.userVectorSource == .fallback)
    let alike = try cluster.ask(
      TestCluster.rank { request in
        request.vector = slowSum(from: nil)
        request.userVector = users.fallback?.vector ?? []
      })
    #expect(stranger.results.body.bytes == alike.results.body.bytes)
    #expect(before.report.eventsCounted == 0 && before.report.querySource == .user)
  }

  @Test func storedEventsCountBesideTheSession() throws {
    let files = try TestCluster.model(seed: 8, tower: Self.leastSquares, histories: Self.histories)
    let model = try files.model()
    let known = try #require(model.users[UserID(1)])
    #expect(model.users.state(of: UserID(1))?.history == Self.histories[0].map(\.item))
    #expect(model.users.state(of: UserID(1))?.weights == [2, 1, 1, 2])
    func event(_ item: Int, _ weight: Float) -> Tower.Event { .init(Self.items[item].embedding, weight: weight) }
    let query = Self.leastSquares.query(
      from: known.query, stored: [event(7, 2), event(90, 1), event(31, 2)],
      session: [event(3, 2), event(55, 2), event(3, 2)])
    var answers: [[UInt8]] = []
    for shardCount in [1, 3, 7] {
      let cluster = try cluster(shardCount, files)
      let reply = try cluster.ask(request(user: 1, session))
      #expect(reply.report.querySource == .userAndSession)
      #expect(reply.report.eventsCounted == 6 && reply.report.eventsSkipped == 1, "one stored item is gone")
      #expect(cluster.shards.reduce(0) { $0 + $1.count(of: .get) } <= shardCount, "one GET for both")
      let same = try cluster.ask(
        TestCluster.rank { request in
          request.vector = query
          request.userVector = known.vector
        })
      #expect(reply.results.body.bytes == same.results.body.bytes)
      answers.append(reply.results.body.bytes)
    }
    #expect(Set(answers).count == 1)
  }

  @Test func whatADeadShardOwnsIsSkippedAndTheQueryAnswered() throws {
    let files = try TestCluster.model(seed: 8, hasFallback: true, tower: Self.sum)
    let cluster = try cluster(3, files)
    let owned = { (shard: Int) in
      Self.items.map(\.id.rawValue).filter { Int(slot(of: ItemID($0)).rawValue) * 3 / 4096 == shard }
    }
    cluster.shards[1].behaviour = .away
    let mixed = try cluster.ask(request(user: 1, [owned(0)[0], owned(1)[0], owned(1)[1]]))
    #expect(mixed.report.querySource == .userAndSession)
    #expect(mixed.report.eventsCounted == 1 && mixed.report.eventsSkipped == 2)
    #expect(mixed.report.missing.map(\.shard.rawValue) == [1])
    let known = try cluster.ask(request(user: 1, [owned(1)[0]]))
    #expect(known.report.querySource == .user && known.report.eventsSkipped == 1 && known.report.eventsCounted == 0)
    let stranger = try cluster.ask(request(user: 404, [owned(1)[0]]))
    #expect(stranger.report.querySource == .fallback && stranger.report.eventsSkipped == 1)
  }

  @Test func aRequestsOwnVectorIsNotFolded() throws {
    let cluster = try cluster(2, try TestCluster.model(seed: 8, tower: Self.sum))
    let plain = try cluster.ask(TestCluster.rank(k: 50) { $0.user = UserID(1) })
    let reply = try cluster.ask(
      TestCluster.rank(k: 50) { request in
        request.user = UserID(1)
        request.sessionItems = session
      })
    #expect(reply.report.querySource == .requestVector && reply.report.eventsCounted == 0)
    // The order is another one, since the items of the session give the user vector.
    #expect(reply.results.retrievalScores.sorted() == plain.results.retrievalScores.sorted())
    #expect(!reply.report.waterfall.contains { $0.phase == .foldIn })
  }

  @Test func aModelWithoutATowerServesAsBefore() throws {
    let files = try TestCluster.model(seed: 8)
    let cluster = try cluster(2, files)
    let plain = try cluster.ask(request(user: 1, []))
    let reply = try cluster.ask(request(user: 1, session))
    #expect(reply.results.body.bytes == plain.results.body.bytes)
    #expect(reply.report.querySource == .user && reply.report.eventsCounted == 0 && reply.report.eventsSkipped == 0)
    var asked = request(user: 404, session)
    asked.k = 50
    let stranger = try cluster.ask(asked)
    var mean = Self.items[3].embedding
    for item in [55, 3] { mean = zip(mean, Self.items[item].embedding).map { $0 + $1 } }
    let same = try cluster.ask(TestCluster.rank(k: 50) { $0.vector = mean.map { $0 / 3 } })
    #expect(stranger.report.querySource == .session)
    #expect(stranger.results.retrievalScores.sorted() == same.results.retrievalScores.sorted())
  }

  @Test func olderBodiesKnowNothingOfEvents() throws {
    let cluster = try cluster(2, try TestCluster.model(seed: 8, tower: Self.sum))
    let newest = try cluster.ask(request(user: 1, session))
    for version: UInt16 in [1, 2] {
      let reply = try cluster.ask(request(user: 1, session), version: version)
      #expect(reply.results.body.bytes == newest.results.body.bytes)
      #expect(reply.report.querySource == .userAndSession && reply.report.eventsCounted == 0)
    }
  }

  @Test func aTowerGoesThroughARestartOfTheCoordinator() throws {
    let files = try TestCluster.model(seed: 8, tower: Self.sum)
    let cluster = try cluster(2, files)
    let before = try cluster.ask(request(user: 1, session))
    try cluster.restart()
    cluster.greet()
    let after = try cluster.ask(request(user: 1, session))
    #expect(after.results.body.bytes == before.results.body.bytes && after.report.querySource == .userAndSession)
  }
}
