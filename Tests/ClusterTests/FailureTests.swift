import Glibc
import Placement
import Support
import Testing
import Transport
import Vocabulary
import Wire

extension ClusterSuite {
  /// Shards that die, hang and come back empty under load.
  @Suite struct FailureTests {
    /// An answer against the twin over what the answer says that it has seen.
    static func check(_ body: [UInt8], _ request: RankRequest, _ shop: RandomShop, _ map: ShardMap) throws -> RankReport
    {
      let reply = try RankResponse(body: body, version: request.sentVersion)
      let report = reply.report
      let missingSlots = report.missing.reduce(0) { $0 + UInt32($1.slots) }
      #expect(report.coverage == UInt32((4096 - UInt64(missingSlots)) * 1_000_000 / 4096))
      #expect(report.missing.isEmpty || !reply.results.isExact)
      // A shard that answered in part, or that holds part of its items, is labelled but cannot be foreseen.
      let isForeseeable = report.missing.allSatisfy { [.unreachable, .timedOut].contains($0.cause) }
      guard isForeseeable, report.reranked == report.candidates else {
        #expect(!report.missing.isEmpty || report.reranked < report.candidates)
        return report
      }
      let missing = Set(report.missing.map(\.shard))
      let seen = shop.items.filter { !missing.contains(map.owner(of: slot(of: $0.id)).id) }
      var expected = try #require(
        try SlowQuery(schema: shop.schema, items: seen, model: shop.model).answer(request)
      ).results
      expected.isExact = report.missing.isEmpty
      #expect(try resultBytes(body) == expected.body.bytes, "missing \(report.missing)")
      return report
    }

    @Test func answersUnderKillsAndPausesAreOnTimeAndLabelled() async throws {
      let shop = try LoopbackTests.shop(900)
      // By vector or user: what a session item's vector is depends on shards that are gone.
      let requests = Array(shop.requests(40).filter { $0.sessionItems.isEmpty }.prefix(12))
      try await ProcessCluster.run { cluster in
        try await cluster.fill(shop)
        let asker = try await cluster.connect()
        let map = try #require(try await asker.ask(ShardMapRequest(.read)).map)

        // Beside a shard that hangs, time runs out; elsewhere it must not, however busy the machine is.
        func load(_ rounds: Int, microseconds: UInt64 = 20_000_000) async throws -> Set<MissingCause> {
          try await withThrowingTaskGroup(of: Set<MissingCause>.self) { group in
            for worker in 0..<3 {
              group.addTask {
                var causes: Set<MissingCause> = []
                for round in 0..<rounds {
                  let request = requests[(worker * 5 + round) % requests.count]
                  let start = asker.clock.now()
                  let body = try await asker.body(request, microseconds: microseconds)
                  // The client itself gives up at its deadline, so that an answer is an answer in time.
                  #expect(start.microseconds(until: asker.clock.now()) < microseconds + 8_500_000)
                  causes.formUnion(try Self.check(body, request, shop, map).missing.map(\.cause))
                }
                return causes
              }
            }
            var causes: Set<MissingCause> = []
            for try await some in group { causes.formUnion(some) }
            return causes
          }
        }

        // Healthy, then paused in mid-load, then healthy again.
        #expect(try await load(4).isEmpty)
        async let underPause = load(6, microseconds: 1_500_000)
        try await Task.sleep(for: .milliseconds(100))
        try await cluster.shard(1).pause()
        _ = try await underPause
        let hung = try await load(2, microseconds: 1_500_000)
        #expect(!hung.isEmpty && hung.isSubset(of: [.timedOut, .unreachable]))
        var picky = requests[0]
        picky.minimumCoverage = 1_000_000
        await #expect(throws: CallError.self) { try await asker.body(picky, microseconds: 1_500_000) }
        cluster.shard(1).signal(SIGCONT)
        try await cluster.waitUntil("the paused shard is up") { $0.shards.allSatisfy { $0.state == .up } }
        #expect(try await load(2).isEmpty)

        // Killed in mid-load: never unlabelled, then labelled as unreachable.
        async let underKill = load(8)
        try await Task.sleep(for: .milliseconds(100))
        cluster.shard(2).signal(SIGKILL)
        _ = try await underKill
        try await cluster.waitUntil("the dead shard is down") { $0.shards[2].state == .down }
        #expect(try await load(2) == [.unreachable])

        // Back and empty: labelled until a feed has completed it.
        try await cluster.restartShard(2)
        try await cluster.waitUntil("the empty shard is greeted") { $0.shards[2].state == .up }
        #expect(try await load(2).contains(.restartedEmpty))
        for request in shop.upserts(batch: 500, writer: 50) { try await asker.ask(request) }
        #expect(try await load(1) == [.restartedEmpty])
        try await cluster.feed(shop, asker, writer: 51)
        #expect(try await load(4).isEmpty)
      }
    }

    @Test func aCoordinatorWithoutDescriptorsKeepsAnsweringAndRecovers() async throws {
      let shop = try LoopbackTests.shop(200)
      let request = shop.requests(1)[0]
      let expected = try #require(try shop.twin.answer(request)).results.body.bytes
      try await ProcessCluster.run(prefix: ["/usr/bin/prlimit", "--nofile=40"]) { cluster in
        try await cluster.fill(shop)
        let asker = try await cluster.connect()
        let crowd = (0..<100).map { _ in RawSocket(port: cluster.address) }
        for _ in 0..<10 { #expect(try resultBytes(try await asker.body(request)) == expected) }
        for socket in crowd { socket.close() }
        // Who comes before the crowd's descriptors are free is turned away, and comes again.
        var late: Asker?
        for _ in 0..<1200 where late == nil {
          late = try? await cluster.connect()
          if late == nil { try await Task.sleep(for: .milliseconds(50)) }
        }
        #expect(try resultBytes(try await #require(late).body(request)) == expected)
        #expect(try cluster.coordinator.isAlive)
      }
    }
  }
}
