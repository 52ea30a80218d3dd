import CoordinatorNode
import Support
import Testing
import Transport
import Vocabulary
import Wire

@Suite struct SlowQueryLogTests {
  private func cluster(_ configuration: Coordinator.Configuration) throws -> TestCluster {
    let cluster = try TestCluster(shardCount: 2, configuration: configuration)
    try cluster.createShop()
    _ = try cluster.ask(try TestCluster.upsert(TestCluster.items(50)))
    return cluster
  }

  private func threshold(_ microseconds: UInt64, keepsUsers: Bool = true) -> Coordinator.Configuration {
    var configuration = Coordinator.Configuration()
    configuration.slowQueryMicroseconds = microseconds
    configuration.slowQueriesKeepUsers = keepsUsers
    return configuration
  }

  @Test func onlySlowQueriesAreKeptAndWhyTheyWereSlow() throws {
    let cluster = try cluster(threshold(50_000))
    _ = try cluster.ask(cluster.rank())
    #expect(try cluster.ask(SlowLogRequest()).queries.isEmpty)
    cluster.shards[1].behaviour = .slow(200_000)
    _ = try cluster.ask(
      cluster.rank(k: 7, depth: 30) { request in
        request.user = UserID(5)
        request.filter = "price < 40"
        request.requestID = 0xFEED
        request.exclude = [1, 2, 3]
      })
    let log = try cluster.ask(SlowLogRequest())
    #expect((log.thresholdMicroseconds, log.total, log.queries.count) == (50_000, 1, 1))
    let query = try #require(log.queries.first)
    #expect((query.number, query.requestID, query.microseconds) == (1, 0xFEED, 200_000))
    #expect((query.collection, query.filter, query.filterBytes) == ("shop", "price < 40", 10))
    #expect((query.k, query.depth, query.depthUsed, query.coverage) == (7, 30, 30, 1_000_000))
    #expect((query.user, query.excluded, query.error) == (UserID(5), 3, nil))
    #expect(query.straggler == ShardID(1))
    #expect(query.waterfall.contains { $0.phase == .roundTrip && $0.durationMicroseconds == 200_000 })
    #expect(Straggler(in: query.waterfall)?.leadMicroseconds == 200_000)
  }

  @Test func failedQueriesAreKeptWithTheirError() throws {
    let cluster = try cluster(threshold(50_000))
    cluster.shards[1].behaviour = .hung
    let request = cluster.rank { $0.minimumCoverage = 1_000_000 }
    #expect(cluster.code(request, budget: 200_000) == .coverageNotMet)
    let query = try #require(try cluster.ask(SlowLogRequest()).queries.first)
    #expect(query.error == .coverageNotMet && query.waterfall.isEmpty && query.straggler == nil)
    #expect(query.querySource.rawValue == 0)
  }

  @Test func idsOfShoppersAreLeftOutWhereTheyAreNotToBeKept() throws {
    let cluster = try cluster(threshold(1, keepsUsers: false))
    cluster.shards[1].behaviour = .slow(10)
    _ = try cluster.ask(cluster.rank { $0.user = UserID(5) })
    #expect(try cluster.ask(SlowLogRequest()).queries.map(\.user) == [nil])
  }

  @Test func theLastThousandAreKeptAndAskedForInParts() throws {
    let log = SlowQueryLog(thresholdMicroseconds: 10, keepsUsers: true, clock: ManualClock(), log: nil)
    let request = RankRequest(collection: "shop", k: 1, depth: 1)
    for number in 1...1200 {
      var request = request
      request.requestID = UInt64(number)
      log.note(request, .failure(WireError(.cancelled)), microseconds: number % 3 == 0 ? 9 : 10)
    }
    let all = log.answer(SlowLogRequest())
    #expect((all.total, all.queries.count) == (800, 800))
    for number in 1201...1800 {
      var request = request
      request.requestID = UInt64(number)
      log.note(request, .failure(WireError(.cancelled)), microseconds: 10)
    }
    let kept = log.answer(SlowLogRequest())
    #expect((kept.total, kept.queries.count) == (1400, 1000))
    #expect(kept.queries.map(\.number) == Array(401...1400))
    #expect(log.answer(SlowLogRequest(after: 1390, limit: 1000)).queries.map(\.number) == Array(1391...1400))
    #expect(log.answer(SlowLogRequest(after: 0, limit: 3)).queries.map(\.requestID) == [1798, 1799, 1800])
    #expect(log.answer(SlowLogRequest(after: 1400, limit: 3)).queries.isEmpty)
  }

  @Test func longWaterfallsKeepTheCoordinatorAndTheStraggler() throws {
    var report = RankReport()
    report.waterfall = [.init(phase: .plan, startMicroseconds: 0, durationMicroseconds: 1)]
    for shard in 0..<100 {
      report.waterfall.append(
        .init(
          phase: .roundTrip, shard: ShardID(UInt16(shard)), startMicroseconds: 1,
          durationMicroseconds: shard == 42 ? 500 : 300 + UInt32(shard)))
      report.waterfall.append(
        .init(phase: .scan, shard: ShardID(UInt16(shard)), startMicroseconds: 2, durationMicroseconds: 5))
    }
    report.waterfall.append(.init(phase: .mlp, startMicroseconds: 600, durationMicroseconds: 1))
    let request = RankRequest(collection: "shop", k: 1, depth: 1)
    let query = SlowQuery(number: 1, request, report, error: nil, microseconds: 700, keepsUser: true)
    #expect(query.straggler == ShardID(42) && query.waterfall.count == 64)
    #expect(query.waterfall.filter { $0.shard == nil }.map(\.phase) == [.plan, .mlp])
    #expect(query.waterfall.filter { $0.shard == ShardID(42) }.count == 2)
    #expect(Straggler(in: query.waterfall)?.shard == ShardID(42))
    let again = try SlowQuery(body: query.body.bytes)
    #expect(again == query)
  }
}
