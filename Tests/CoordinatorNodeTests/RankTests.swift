import CoordinatorNode
import Filters
import Placement
import Ranking
import Support
import Testing
import Transport
import Vocabulary
import Wire

@Suite struct RankTests {
  /// A fed cluster, without a model unless one is given.
  private func cluster(
    _ shardCount: Int, items: [Item] = TestCluster.items(300), model: TestCluster.ModelFiles? = nil
  ) throws -> TestCluster {
    let cluster = try TestCluster(shardCount: shardCount)
    try cluster.createShop()
    for (index, start) in stride(from: 0, to: items.count, by: 100).enumerated() {
      let part = Array(items[start..<min(start + 100, items.count)])
      _ = try cluster.ask(try TestCluster.upsert(part, op: UInt64(index + 1)))
    }
    if let model { try cluster.load(model) }
    return cluster
  }

  @Test func retrievalOrderEqualsTheSlowTwin() throws {
    let items = TestCluster.items(300)
    let cluster = try cluster(3, items: items)
    let filter = try FilterParser.parse("price < 200").typed(against: try #require(TestCluster.schema))
    let excluded = Set(items.prefix(40).map(\.id))
    let reply = try cluster.ask(
      cluster.rank(k: 20, depth: 60) { request in
        request.filter = "price < 200"
        request.exclude = excluded.map(\.rawValue)
        request.attributes = .all
      })
    let slow = SlowSearch.search(items, query: TestCluster.query, limit: 20) {
      filter.matches($0.attributes) && !excluded.contains($0.id)
    }
    #expect(reply.results.ids == slow.map(\.itemID.rawValue))
    #expect(reply.results.retrievalScores.map(\.bitPattern) == slow.map(\.score.value.bitPattern))
    #expect(reply.results.isExact && !reply.results.isRanked && reply.results.rerankedCount == 0)
    #expect(reply.report.coverage == 1_000_000 && reply.report.missing.isEmpty)
    #expect(reply.report.itemsCovered == 300 && reply.report.candidates == 60)
    let first = try #require(items.first { $0.id.rawValue == reply.results.ids[0] })
    #expect((0..<3).map { reply.results.attributes.value(row: 0, column: $0) } == first.attributes)
  }

  @Test func resultsAreTheSameBytesAtAnyNumberOfShards() throws {
    let model = try TestCluster.model(seed: 5)
    var bytes: Set<[UInt8]> = []
    for shardCount in [1, 3, 7, 16] {
      let cluster = try cluster(shardCount, model: model)
      let reply = try cluster.ask(
        cluster.rank(k: 25, depth: 90) { request in
          request.vector = []
          request.user = UserID(2)
          request.attributes = .named(["title", "brand"])
          request.groupCap = .init(attribute: "brand", most: 7)
          request.context = [("hour", .number(9))]
        })
      #expect(reply.results.isExact && reply.results.isRanked && reply.results.rerankedCount == 25)
      #expect(reply.report.querySource == .user && reply.report.userVectorSource == .user)
      #expect(Int(reply.report.shardsAnswered) == shardCount)
      bytes.insert(reply.results.body.bytes)
    }
    #expect(bytes.count == 1)
  }

  @Test func clientsOfTheFirstVersionAreAnsweredAsBefore() throws {
    let cluster = try cluster(3, model: try TestCluster.model(seed: 5))
    let request = cluster.rank(k: 10, depth: 40) { request in
      request.leastDepth = 20
      request.requestID = 0xFEED
    }
    let first = try cluster.ask(request, version: 1)
    let second = try cluster.ask(request, version: 2)
    #expect(first.results.body.bytes == second.results.body.bytes)
    #expect((first.report.depth, first.report.requestID) == (0, 0))
    #expect((second.report.depth, second.report.requestID) == (40, 0xFEED))
    let drawn = try (0..<2).map { _ in try cluster.ask(cluster.rank(k: 10, depth: 40) { _ in }).report.requestID }
    #expect(drawn[0] != 0 && drawn[1] != 0 && drawn[0] != drawn[1])
  }

  @Test func explanationsAreTheSameAtAnyNumberOfShards() throws {
    let model = try TestCluster.model(seed: 5)
    var explanations: Set<[UInt8]> = []
    for shardCount in [1, 3, 7] {
      let cluster = try cluster(shardCount, model: model)
      let request = cluster.rank(k: 25, depth: 90) { request in
        request.vector = []
        request.user = UserID(2)
        request.context = [("hour", .number(9)), ("ignored", .keyword("x"))]
        request.explainedCount = 20
      }
      let reply = try cluster.ask(request)
      var explanation = reply.report.explanation
      #expect(explanation.state == .complete && explanation.items.count == 20)
      for (index, item) in explanation.items.enumerated() {
        let slot = Int(slot(of: ItemID(reply.results.ids[index])).rawValue)
        #expect(item.shard == ShardID(UInt16(slot * shardCount / 4096)))
        #expect(item.parts.count == 6)
        let sum = item.parts.reduce(0) { $0 + Double($1.logit) }
        let greatest = item.parts.map { Double(abs($0.logit)) }.max() ?? 0
        let difference = Double(reply.results.logits[index]) - Double(explanation.base)
        #expect(abs(sum - difference) <= 6 * 0x1p-24 * greatest)
        explanation.items[index].shard = ShardID(0)
        explanation.items[index].phase = .roundTrip
      }
      #expect(
        explanation.inputs.map(\.kind) == [
          .userVector, .itemVector, .product, .dot, .attribute, .attribute, .retrievalScore, .context,
        ])
      #expect(explanation.inputs.map(\.name) == ["", "", "", "", "price", "brand", "", "hour"])
      #expect(explanation.inputs.last?.shared == .number(9))
      explanations.insert(explanation.body.bytes)
      // Results are the same bytes as without an explanation, and the places are those of retrieval.
      var plain = request
      plain.explainedCount = 0
      let unexplained = try cluster.ask(plain)
      #expect(unexplained.results.body.bytes == reply.results.body.bytes)
      #expect(unexplained.report.explanation == RankExplanation())
      let order = reply.results.retrievalScores.prefix(20).enumerated().sorted { $0.element > $1.element }
      let places = order.map { explanation.items[$0.offset].place }
      #expect(places == places.sorted() && Set(places).count == 20)
      #expect(reply.report.waterfall.contains { $0.phase == .explanation })
    }
    #expect(explanations.count == 1)
  }

  @Test func withoutAModelThereIsOnlyWhereResultsCameFrom() throws {
    let cluster = try cluster(3)
    let reply = try cluster.ask(cluster.rank(k: 5, depth: 40) { $0.explainedCount = 100 })
    let explanation = reply.report.explanation
    #expect(explanation.state == .withoutModel && explanation.inputs.isEmpty && explanation.base == 0)
    #expect(explanation.items.map(\.place) == [1, 2, 3, 4, 5])
    #expect(explanation.items.allSatisfy { $0.parts.isEmpty })
  }

  @Test(arguments: Arithmetic.allCases) func rankingEqualsTheModelOverTheSlowTwin(arithmetic: Arithmetic) throws {
    let items = TestCluster.items(300)
    let files = try TestCluster.model(seed: 6).computing(in: arithmetic)
    let cluster = try cluster(4, items: items, model: files)
    let reply = try cluster.ask(
      cluster.rank(k: 30, depth: 100) { request in
        request.vector = []
        request.user = UserID(1)
      })
    let model = try files.model()
    let user = try #require(model.users[UserID(1)])
    let candidates = SlowSearch.search(items, query: user.query, limit: 100)
    let found = try candidates.map { candidate in try #require(items.first { $0.id == candidate.itemID }) }
    let logits = Reranker(model).rerank(
      CandidateInputs(
        retrievalScores: candidates.map(\.score.value), reranks: found.flatMap(\.rerank),
        columns: [found.map { $0.attributes[0] }, found.map { $0.attributes[1] }]), user: user)
    let order = RankedOrder(ids: candidates.map(\.itemID), logits: logits)
    #expect(reply.results.ids == order.positions.prefix(30).map { candidates[$0].itemID.rawValue })
    #expect(
      reply.results.logits.map(\.bitPattern) == order.positions.prefix(30).compactMap { logits[$0]?.value.bitPattern })
    #expect(reply.report.reranked == 100 && reply.report.model == model.id)
    let phases = Set(reply.report.waterfall.map(\.phase.rawValue))
    #expect(phases.isSuperset(of: [1, 2, 3, 4, 5, 6, 7, 8]))
  }

  @Test func groupsAreCappedAfterRanking() throws {
    let cluster = try cluster(2, model: try TestCluster.model(seed: 7))
    let free = try cluster.ask(cluster.rank(k: 40, depth: 40) { $0.attributes = .named(["brand"]) })
    let capped = try cluster.ask(
      cluster.rank(k: 12, depth: 40) { request in
        request.attributes = .named(["brand"])
        request.groupCap = .init(attribute: "brand", most: 2)
      })
    var counts: [AttributeValue?: Int] = [:]
    var expected: [UInt64] = []
    for row in free.results.ids.indices {
      let brand = free.results.attributes.value(row: row, column: 0)
      counts[brand, default: 0] += 1
      if counts[brand, default: 0] <= 2 { expected.append(free.results.ids[row]) }
    }
    #expect(capped.results.ids == expected)
    #expect(capped.report.displacedByCap == UInt32(40 - expected.count))
  }

  // MARK: Who is asked for

  @Test func sessionItemsGiveTheQueryVector() throws {
    let items = TestCluster.items(300)
    let cluster = try cluster(3, items: items, model: try TestCluster.model(seed: 8))
    let session = [items[4], items[250], items[4]]
    let reply = try cluster.ask(
      cluster.rank { request in
        request.vector = []
        request.user = UserID(404)
        request.sessionItems = session.map(\.id.rawValue) + [999_999]
      })
    var mean = session[0].embedding
    for item in session.dropFirst() { for index in mean.indices { mean[index] += item.embedding[index] } }
    mean = mean.map { $0 / 3 }
    let same = try cluster.ask(cluster.rank { $0.vector = mean })
    #expect(reply.report.querySource == .session && reply.report.sessionItemsFound == 3)
    #expect(reply.report.userVectorSource == .session, "u is r")
    let scores = Set(try allScores(cluster, mean))
    #expect(scores.isSuperset(of: reply.results.retrievalScores))
    #expect(same.report.querySource == .requestVector && same.report.userVectorSource == .none)
    #expect(cluster.shards.reduce(0) { $0 + $1.count(of: .get) } <= 3, "one GET phase")
  }

  private func allScores(_ cluster: TestCluster, _ query: [Float]) throws -> [Float] {
    try cluster.ask(cluster.rank(k: 300, depth: 300) { $0.vector = query }).results.retrievalScores
  }

  @Test func fallbackServesUnknownUsers() throws {
    let cluster = try cluster(2, model: try TestCluster.model(seed: 9, hasFallback: true))
    let reply = try cluster.ask(
      cluster.rank { request in
        request.vector = []
        request.user = UserID(404)
      })
    #expect(reply.report.querySource == .fallback && reply.report.userVectorSource == .fallback)
  }

  @Test func unknownUsersAreRankedBySessionThenSegmentThenPopularity() throws {
    let files = try TestCluster.model(seed: 9, hasFallback: true, hasPopularity: true, segments: ["young", "old"])
    let cluster = try cluster(2, model: files)
    let users = try files.model().users
    func ask(_ change: (inout RankRequest) -> Void) throws -> RankResponse {
      try cluster.ask(
        cluster.rank { request in
          request.vector = []
          request.user = UserID(404)
          request.context = [("age", .keyword("old"))]
          change(&request)
        })
    }
    let session = try ask { $0.sessionItems = [8] }
    #expect(session.report.querySource == .session)
    let segment = try ask { _ in }
    #expect(segment.report.querySource == .segment && segment.report.userVectorSource == .segment)
    let same = try cluster.ask(
      cluster.rank { request in
        request.vector = users.segment("old")?.query ?? []
        request.userVector = users.segment("old")?.vector ?? []
        request.context = [("age", .keyword("old"))]
      })
    #expect(segment.results.body.bytes == same.results.body.bytes, "by the vectors of that segment")
    for context: [(String, RankRequest.ContextValue)] in [
      [], [("age", .keyword("middle"))], [("age", .number(2))], [("sex", .keyword("old"))],
    ] {
      let popular = try ask { $0.context = context.map { (name: $0, value: $1) } }
      #expect(popular.report.querySource == .popularity && popular.report.userVectorSource == .popularity)
    }
    #expect(try ask { $0.user = UserID(1) }.report.querySource == .user, "who is known needs no segment")
  }

  @Test func nothingToRankByIsUnknownUser() throws {
    let cluster = try cluster(2, model: try TestCluster.model(seed: 9))
    let unknown = cluster.rank { request in
      request.vector = []
      request.user = UserID(404)
      request.sessionItems = [999_999]
    }
    #expect(cluster.code(unknown) == .unknownUser)
    let known = cluster.rank { $0.user = UserID(1) }
    #expect(try cluster.ask(known).report.querySource == .requestVector, "the vector of the request comes first")
  }

  @Test func requestsThatDoNotFitAreRefused() throws {
    let cluster = try cluster(2, model: try TestCluster.model(seed: 9))
    let cases: [(ErrorCode, (inout RankRequest) -> Void)] = [
      (.unknownCollection, { $0.collection = "other" }), (.unknownGeneration, { $0.generation = Generation(9) }),
      (.dimensionMismatch, { $0.vector = [1] }), (.dimensionMismatch, { $0.userVector = [1] }),
      (.unknownAttribute, { $0.groupCap = .init(attribute: "colour", most: 1) }),
      (.unknownAttribute, { $0.groupCap = .init(attribute: "price", most: 1) }),
      (.unknownAttribute, { $0.attributes = .named(["colour"]) }), (.badFilter, { $0.filter = "price <" }),
      (.badFilter, { $0.filter = "colour = red" }), (.badFilter, { $0.filter = "title = x" }),
      (.limitExceeded, { $0.filter = String(repeating: "price < 1 or ", count: 40) + "price < 1" }),
    ]
    for (code, change) in cases { #expect(cluster.code(cluster.rank(change)) == code) }
    do {
      _ = try cluster.ask(cluster.rank { $0.filter = "price > 1 and colour = red" })
    } catch let error as WireError {
      #expect(error.fieldOffset == 14)
    }
  }

  // MARK: Deadlines and missing shards

  @Test(arguments: [0, 1, 2, 3, 4])
  func missingShardIsLabelledInTime(kind: Int) throws {
    let cases: [(FakeShard.Behaviour, MissingCause)] = [
      (.away, .unreachable), (.hung, .timedOut), (.slow(5_000_000), .timedOut), (.partial, .partial),
      (.refuses(WireError(.shuttingDown)), .draining),
    ]
    let (behaviour, cause) = cases[kind]
    let cluster = try cluster(4, model: try TestCluster.model(seed: 10))
    cluster.shards[2].behaviour = behaviour
    let request = cluster.rank { $0.user = UserID(1) }
    let time = try cluster.microseconds {
      let reply = try cluster.ask(request, budget: 200_000)
      #expect(reply.report.missing == [.init(shard: ShardID(2), slots: 1024, cause: cause)])
      #expect(reply.report.coverage == 750_000 && reply.report.shardsAnswered == 3 && reply.report.shardCount == 4)
      #expect(!reply.results.isExact && reply.results.ids.count == 10)
    }
    #expect(time < 200_000)
  }

  @Test func coverageThatIsAskedForAndMissedIsAnError() throws {
    let cluster = try cluster(4)
    let request = cluster.rank { $0.minimumCoverage = 750_001 }
    cluster.shards[0].behaviour = .away
    let atOnce = cluster.microseconds { #expect(cluster.code(request) == .coverageNotMet) }
    #expect(atOnce == 0, "it cannot get better")
    cluster.shards[1].behaviour = .hung
    let stillAtOnce = cluster.microseconds { #expect(cluster.code(request) == .coverageNotMet) }
    #expect(stillAtOnce == 0, "nobody waits for a shard that cannot help")
    cluster.shards[0].behaviour = .normal
    let inTime = cluster.microseconds { #expect(cluster.code(request, budget: 100_000) == .coverageNotMet) }
    #expect(inTime > 50_000 && inTime < 100_000)
    #expect(try cluster.ask(cluster.rank { $0.minimumCoverage = 750_000 }).report.coverage == 750_000)
  }

  @Test func cancelledQueryEndsAtOnce() throws {
    let cluster = try cluster(2)
    cluster.shards[1].behaviour = .hung
    let cancellation = RequestCancellation()
    let time = cluster.microseconds {
      #expect(throws: WireError.self) {
        try cluster.askDuring(cluster.rank(), cancellation: cancellation) { _, _ in cancellation.cancel() }
      }
    }
    #expect(time == 50_000)
  }

  @Test func slowShardWithinTheDeadlineIsWaitedFor() throws {
    let cluster = try cluster(4)
    cluster.shards[3].behaviour = .slow(300_000)
    let reply = try cluster.ask(cluster.rank())
    #expect(reply.results.isExact && reply.report.coverage == 1_000_000)
    let trip = try #require(reply.report.waterfall.first { $0.phase == .roundTrip && $0.shard == ShardID(3) })
    #expect(trip.durationMicroseconds == 300_000)
  }

  @Test func rerankingStopsAtItsTime() throws {
    let model = try TestCluster.model(seed: 11).model()
    let m = 200
    let inputs = CandidateInputs(
      retrievalScores: [Float](repeating: 1, count: m), reranks: [Float](repeating: 0.5, count: m * 3),
      columns: [[AttributeValue?]](repeating: [AttributeValue?](repeating: nil, count: m), count: 2))
    let clock = ManualClock()
    let user = model.user(query: TestCluster.query)
    let outcome = RerankOutcome(
      Reranker(model), inputs, user: user, context: [:], clock: clock,
      shouldStop: {
        clock.advance(microseconds: 10)
        return clock.now().nanoseconds > 20_000
      })
    let reranked = 2 * Reranker.blockRows
    #expect(outcome.logits.count == reranked, "two blocks")
    let whole = RerankOutcome(Reranker(model), inputs, user: user, context: [:], clock: clock, shouldStop: { false })
    #expect(whole.logits.count == m && Array(whole.logits.prefix(reranked)) == outcome.logits)
  }

  @Test func logitsThatAreNotFiniteAreCounted() throws {
    let cluster = try cluster(2, model: try TestCluster.model(seed: 12, weight: 1e38))
    let reply = try cluster.ask(cluster.rank { $0.user = UserID(1) })
    #expect(reply.report.notFinite > 0 && reply.report.reranked == 50)
    #expect(reply.results.logits.allSatisfy { $0.isFinite })
  }

  @Test func queriesAreAdmittedInBounds() throws {
    var configuration = Coordinator.Configuration()
    configuration.queries.inWorkMax = 1
    configuration.queries.waitingMax = 1
    let cluster = try TestCluster(shardCount: 1, configuration: configuration)
    try cluster.createShop()
    cluster.shards[0].behaviour = .slow(100_000)
    let codes = try cluster.codesAtOnce(
      [cluster.rank(), cluster.rank(), cluster.rank()], budgets: [1_000_000, 50_000, 1_000_000])
    #expect(codes == [nil, .expiredInQueue, .overloaded])
    cluster.shards[0].behaviour = .normal
    cluster.coordinator.drain()
    #expect(cluster.code(cluster.rank()) == .shuttingDown)
    #expect(cluster.code(StatusRequest()) == nil)
  }
}
