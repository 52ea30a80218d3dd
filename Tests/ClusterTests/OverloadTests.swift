import CoordinatorNode
import ShardNode
import Support
import Testing
import Transport
import Vocabulary
import WinnowClient
import Wire

/// More queries than can be answered, over the whole protocol, in a time of its own: links of 5 ms and four queries in work
/// make a cluster that answers about 130 a second.
struct OverloadTests {
  private static let linkMicroseconds: UInt64 = 5_000
  private static let patience: UInt64 = 400_000

  /// What became of some queries.
  private struct Tally: Sendable {
    var good: [UInt64] = []
    /// Microseconds of each attempt that was refused.
    var refusals: [UInt64] = []
    var failures: [String: Int] = [:]
    var count = 0
  }

  /// A client's calls over one connection, timed.
  private final class Calls: Caller {
    let connection: ClientConnection
    let executor: ManualExecutor
    let refusals = Lock<[UInt64]>([])

    init(_ connection: ClientConnection, _ executor: ManualExecutor) {
      self.connection = connection
      self.executor = executor
    }

    func call(_ request: OutboundRequest) async throws(CallError) -> ReplyMessage {
      let start = executor.clock.now()
      do throws(CallError) { return try await connection.call(request) } catch {
        if case .refused(let refusal) = error, refusal.code == .overloaded {
          let took = start.microseconds(until: executor.clock.now())
          refusals.withLock { $0.append(took) }
        }
        throw error
      }
    }

    func traffic() async -> Traffic { await connection.traffic }
    func close() async {}
  }

  private static func run<Value: Sendable>(
    _ body: @escaping @Sendable (MemoryCluster, WinnowClient, Calls, RandomShop) async throws -> Value
  ) throws -> Value {
    var shape = RandomShop.Shape()
    shape.itemCount = 60
    let shop = try #require(try RandomShop(shape, seed: 5))
    var conditions = MemoryConditions()
    conditions.delayMicroseconds = linkMicroseconds...linkMicroseconds
    var configuration = Coordinator.Configuration()
    configuration.queries.inWorkMax = 4
    return try MemoryCluster.run(shardCount: 2, conditions: conditions, configuration: configuration) { cluster in
      try await cluster.fill(shop)
      let calls = Calls(cluster.client, cluster.executor)
      let client = WinnowClient(
        address: "coordinator:1", caller: calls, executor: cluster.executor, random: SeededRandomSource(seed: 8))
      return try await body(cluster, client, calls, shop)
    }
  }

  private static func query(_ shop: RandomShop) -> RankQuery {
    var query = RankQuery(collection: "shop", k: 3, depth: 20)
    query.vector = shop.items[3].embedding
    query.userVector = [1, 0, -1]
    query.timeout = .microseconds(Int64(patience))
    return query
  }

  /// Sends queries at random distances for a while.
  private static func load(
    _ cluster: MemoryCluster, _ client: WinnowClient, _ calls: Calls, _ shop: RandomShop, perSecond rate: Double,
    microseconds: UInt64, seed: UInt64
  ) async -> Tally {
    let executor = cluster.executor
    let before = calls.refusals.withLock { $0.count }
    var random = SeededRandom(seed: seed)
    let start = executor.clock.now()
    var time = 0.0
    var dues: [UInt64] = []
    while time < Double(microseconds) {
      repeat { time += 1e5 / rate } while random.next() % 10 != 0
      dues.append(UInt64(time))
    }
    let query = query(shop)
    return await withTaskGroup(of: Result<UInt64, WinnowError>.self) { group in
      for due in dues {
        group.addTask {
          await executor.sleep(until: start.advanced(microseconds: due))
          let begin = executor.clock.now()
          do throws(WinnowError) {
            let answer = try await client.rank(query)
            guard answer.report.isComplete, answer.report.reranked == 20 else { return .success(.max) }
            return .success(begin.microseconds(until: executor.clock.now()))
          } catch {
            return .failure(error)
          }
        }
      }
      var tally = Tally()
      for await result in group {
        tally.count += 1
        switch result {
        case .success(let latency) where latency <= patience: tally.good.append(latency)
        case .success: tally.failures["late or partial", default: 0] += 1
        case .failure(let error): tally.failures[error.name, default: 0] += 1
        }
      }
      tally.refusals = Array(calls.refusals.withLock { $0 }.dropFirst(before))
      return tally
    }
  }

  @Test func threeTimesTheLoadShedsAtOnceAndIsOverAtOnce() throws {
    try Self.run { cluster, client, calls, shop in
      // The most that there is: as many in flight as are in work.
      let calm = await Self.load(
        cluster, client, calls, shop, perSecond: 40, microseconds: 1_000_000, seed: 1)
      #expect(calm.good.count == calm.count && calm.refusals.isEmpty)
      let least = try #require(calm.good.min())
      // A query is in work for all of its time but the way there and back.
      let most = 4 * 1e6 / Double(least - 2 * Self.linkMicroseconds)
      let storm = await Self.load(
        cluster, client, calls, shop, perSecond: 3 * most, microseconds: 3_000_000, seed: 2)
      #expect(Double(storm.good.count) >= 0.9 * 3 * most, "\(storm.good.count) of \(3 * most)")
      // But for a few that were let in while the delay began to stand, and whose time was up in the line.
      let others = storm.failures.filter { $0.key != "OVERLOADED" }
      #expect(others.keys.allSatisfy { $0 == "TIMED_OUT" } && others.values.reduce(0, +) <= 3, "\(storm.failures)")
      // There and back, and no time at the coordinator; but for those who waited before the delay stood.
      let refusals = storm.refusals.sorted()
      #expect(refusals.count > 500)
      let nineTenths = refusals.isEmpty ? 0 : refusals[refusals.count * 9 / 10]
      #expect(nineTenths <= 2 * Self.linkMicroseconds + 1000, "\(nineTenths) µs")
      let attempts = client.attempts
      #expect(attempts.retries <= attempts.calls / 10 + 10)
      #expect(attempts.retries >= attempts.calls / 20, "retries are made")
      let after = await Self.load(
        cluster, client, calls, shop, perSecond: most / 2, microseconds: 1_000_000, seed: 3)
      #expect(after.good.count == after.count, "\(after.failures)")
      #expect(after.good.sorted()[after.count / 2] <= 2 * least)
    }
  }

  @Test func refusalComesBeforeTheBodyIsReadAndLookingIsNeverRefused() throws {
    try Self.run { cluster, client, calls, shop in
      async let storm = Self.load(
        cluster, client, calls, shop, perSecond: 500, microseconds: 1_500_000, seed: 4)
      await cluster.sleep(1_000_000)
      // At once, since one after another they would come whenever the one before has left a place.
      let codes = await withTaskGroup(of: ErrorCode?.self) { group in
        for _ in 0..<20 {
          group.addTask {
            let broken = OutboundRequest(
              .rank, body: MessageBody([1, 2, 3]),
              deadline: cluster.executor.clock.now().advanced(microseconds: 300_000))
            do throws(CallError) { _ = try await cluster.client.call(broken) } catch {
              if case .refused(let refusal) = error { return refusal.code }
            }
            return nil
          }
        }
        return await group.reduce(into: [ErrorCode?: Int]()) { $0[$1, default: 0] += 1 }
      }
      #expect(codes[.overloaded, default: 0] >= 10, "\(codes)")
      #expect(codes.values.reduce(0, +) == 20)
      let status = try await client.status()
      #expect(status.shards.count == 2)
      let metrics = try await client.metrics()
      #expect(metrics.contains("winnow_overloaded 1"))
      #expect(metrics.contains("winnow_queries_shed_total{reason=\"delay\"}"))
      #expect(try await client.collections().map(\.name) == ["shop"])
      #expect(await storm.good.count > 100)
    }
  }

  @Test func depthFallsForThoseWhoAllowItAndForNobodyElse() throws {
    try Self.run { cluster, client, calls, shop in
      var strict = Self.query(shop)
      let before = try await client.rank(strict)
      #expect(before.report.depth == 20)
      strict.timeout = .milliseconds(300)
      var lenient = strict
      lenient.leastDepth = 5
      async let storm = Self.load(
        cluster, client, calls, shop, perSecond: 500, microseconds: 3_000_000, seed: 6)
      var depths: Set<Int> = []
      for _ in 0..<400 {
        await cluster.sleep(5000)
        if let answer = try? await client.rank(lenient) {
          depths.insert(answer.report.depth)
          #expect(answer.isExact && answer.report.candidates == answer.report.depth)
        }
        if let answer = try? await client.rank(strict) {
          #expect(answer.report.depth == 20 && answer.results == before.results)
        }
      }
      #expect(depths.isSubset(of: Set(5...20)) && depths.count > 1, "\(depths)")
      _ = await storm
      await cluster.sleep(3_000_000)
      let after = try await client.rank(lenient)
      #expect(after.report.depth == 20 && after.results == before.results)
    }
  }

  @Test func hopelessQueriesNeverReachAShard() throws {
    try Self.run { cluster, client, calls, shop in
      _ = await Self.load(cluster, client, calls, shop, perSecond: 40, microseconds: 500_000, seed: 5)
      let searches = try await Self.searches(cluster)
      // Four in work, and behind them those whose time would be up before they were done.
      let codes = await withTaskGroup(of: String.self) { group in
        for index in 0..<40 {
          group.addTask {
            var query = Self.query(shop)
            query.timeout = .microseconds(index < 4 ? 400_000 : 25_000)
            do throws(WinnowError) {
              _ = try await client.rank(query)
              return "OK"
            } catch {
              return error.name
            }
          }
        }
        var codes: [String: Int] = [:]
        for await code in group { codes[code, default: 0] += 1 }
        return codes
      }
      // Some are let in that may still make it, and do not.
      let refused = codes["OVERLOADED"] ?? 0
      #expect(codes["OK"] ?? 0 >= 4 && refused >= 24, "\(codes)")
      #expect(try await Self.searches(cluster) <= searches + (40 - refused) * 2, "none for those that were refused")
    }
  }

  /// Searches that reached the shards.
  private static func searches(_ cluster: MemoryCluster) async throws -> Int {
    var count = 0
    for shard in cluster.shards {
      let now = cluster.executor.clock.now()
      let outcome = await shard.handle(
        InboundRequest(
          opcode: .metrics, body: MetricsRequest().body.bytes[...], arrival: now,
          deadline: now.advanced(microseconds: 1_000_000)))
      guard case .reply(let body) = outcome else { continue }
      let lines = try MetricsResponse(body: body.bytes).text.split(separator: "\n")
      for line in lines where line.hasPrefix("winnow_requests_total{") && line.contains("SEARCH") {
        count += Int(line.split(separator: " ").last ?? "") ?? 0
      }
    }
    return count
  }
}
