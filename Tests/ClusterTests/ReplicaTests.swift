import Glibc
import Support
import Testing
import Transport
import Vocabulary
import Wire

extension ClusterSuite {
  /// Two shards of two members each, as processes that end amid queries and writes.
  @Suite struct ReplicaTests {
    /// What clients met while members ended.
    private struct Met: Sendable {
      var queries = 0
      var failures: [String] = []
      var writes = 0
      var longestWrite = Duration.zero
    }

    private static let ids: Range<UInt64> = 0..<400

    /// Asks and writes until told to stop.
    private func meet(_ cluster: DirectoryCluster, during body: () async throws -> Void) async throws -> Met {
      let isOver = Lock(false)
      let met = Lock(Met())
      let (reader, writer) = (try await cluster.connect(), try await cluster.connect())
      var rank = RankRequest(collection: "shop", k: 100, depth: 1000)
      rank.vector = [1, 0.5, 0, 0]
      let writes = (0..<4000 as Range<UInt64>).map { number in
        cluster.upsert(number % 40 * 10..<number % 40 * 10 + 10, op: 100 + number)
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { [rank] in
          while !isOver.withLock({ $0 }) {
            do {
              let reply = try await reader.ask(rank)
              let missing = reply.report.missing.map { "\($0.cause.words)" }
              met.withLock { met in
                met.queries += 1
                if !missing.isEmpty { met.failures.append("missing: \(missing)") }
              }
            } catch { met.withLock { $0.failures.append("\(error)") } }
          }
        }
        group.addTask {
          for write in writes where !isOver.withLock({ $0 }) {
            let start = ContinuousClock.now
            // The coordinator may answer that it does not know: the same op is then made once.
            for _ in 0..<200 {
              let answer = try? await writer.ask(write)
              if let answer, answer.statuses.allSatisfy({ $0 == .replaced || $0 == .inserted }) {
                let took = ContinuousClock.now - start
                met.withLock { met in
                  met.writes += 1
                  met.longestWrite = max(met.longestWrite, took)
                }
                break
              }
              try await Task.sleep(for: .milliseconds(10))
            }
          }
        }
        try await body()
        isOver.withLock { $0 = true }
        try await group.waitForAll()
      }
      await reader.connection.close()
      await writer.connection.close()
      return met.withLock { $0 }
    }

    @Test func noDeathOfAMemberCostsAQueryOrAWrite() async throws {
      try await DirectoryCluster.run(feeding: Self.ids, memberCount: 2) { cluster in
        let kills = TestScale.count(3, full: 20)
        let met = try await meet(cluster) {
          for _ in 0..<kills {
            try await cluster.waitUntilInSync(4)
            let primary = try #require(try await cluster.primaries().first)
            cluster.killShard(primary)
            for _ in 0..<1200 {
              guard try await cluster.primaries().contains(primary) else { break }
              try await Task.sleep(for: .milliseconds(50))
            }
            #expect(try await !cluster.primaries().contains(primary))
            try await cluster.startShard(primary)
          }
          try await cluster.waitUntilInSync(4)
        }
        let failures = met.failures
        #expect(failures.count == 0, "\(failures.prefix(3)) of \(met.queries)")
        #expect(met.writes > 0)
        TestScale.tell(
          "\(kills) kills of primaries amid \(met.queries) queries and \(met.writes) writes: "
            + "\(met.failures.count) queries failed, the longest write took \(met.longestWrite)")
      }
    }

    /// As `cluster/restart` does it.
    @Test func restartingOneMemberAfterTheOtherCostsNoQueryAndNoWrite() async throws {
      try await DirectoryCluster.run(feeding: Self.ids, memberCount: 2) { cluster in
        let met = try await meet(cluster) {
          try await cluster.waitUntilInSync(4)
          for _ in 0..<TestScale.count(1, full: 3) {
            for index in 0..<4 {
              let address = cluster.memberAddresses[index]
              let answer = try await cluster.winnow("replica", "can-stop", address, "--wait", "120s")
              #expect(answer.code == 0, "\(answer.text)")
              try await cluster.endShard(index)
              let other = cluster.memberAddresses[index ^ 1]
              let refusal = try await cluster.winnow("replica", "can-stop", other)
              #expect(refusal.code == 3 && refusal.text.contains("0 are in sync, and 1 have to be"), "\(refusal.text)")
              try await cluster.startShard(index)
            }
          }
          try await cluster.waitUntilInSync(4)
        }
        #expect(met.failures.isEmpty, "\(met.failures.prefix(3)) of \(met.queries)")
        #expect(met.queries > 0 && met.writes > 0)
        TestScale.tell(
          "all members restarted amid \(met.queries) queries and \(met.writes) writes: the longest took "
            + "\(met.longestWrite)")
      }
    }

    @Test func handingOverCostsNoQueryAndNoWrite() async throws {
      try await DirectoryCluster.run(feeding: Self.ids, memberCount: 2) { cluster in
        let met = try await meet(cluster) {
          try await cluster.waitUntilInSync(4)
          let primary = try #require(try await cluster.primaries().first)
          try await cluster.endShard(primary)
          try await cluster.startShard(primary)
          try await cluster.waitUntilInSync(4)
          #expect(try await !cluster.primaries().contains(primary))
          let promoted = try await cluster.winnow(
            "replica", "promote", "\(primary / 2)", cluster.memberAddresses[primary])
          #expect(promoted.code == 0, "\(promoted.text)")
          #expect(try await cluster.primaries().contains(primary))
          try await cluster.waitUntilInSync(4)
          let list = try await cluster.winnow("replica", "list")
          #expect(list.code == 0, "\(list.text)")
          #expect(list.text.contains("primary") && list.text.contains("in sync"))
        }
        #expect(met.failures.isEmpty, "\(met.failures.prefix(3)) of \(met.queries)")
        #expect(met.writes > 0)
        TestScale.tell("a primary stopped, another promoted: the longest write took \(met.longestWrite)")
      }
    }
  }
}
