import Foundation
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
      /// How many members had the writes, as their answers say it.
      var copies: [UInt8] = []
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
        var write = cluster.upsert(number % 40 * 10..<number % 40 * 10 + 10, op: 100 + number)
        write.wantsCopies = true
        return write
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
                  if met.copies.last != answer.copies { met.copies.append(answer.copies) }
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
        let kills = TestScale.count(3, full: 40)
        let met = try await meet(cluster) {
          for number in 0..<kills {
            try await cluster.waitUntilInSync(4)
            // Of a shard's two members first the one that leads, then the other one.
            let primary = try #require(try await cluster.primaries().first)
            guard number % 2 == 0 else {
              cluster.killShard(primary ^ 1)
              try await cluster.waitUntilInSync(3)
              try await cluster.startShard(primary ^ 1)
              continue
            }
            cluster.killShard(primary)
            try await cluster.waitUntilAnotherLeads(primary)
            try await cluster.startShard(primary)
          }
          try await cluster.waitUntilInSync(4)
        }
        let failures = met.failures
        #expect(failures.count == 0, "\(failures.prefix(3)) of \(met.queries)")
        #expect(met.writes > 0)
        // While one of two is gone, the other one alone may have what is acknowledged.
        #expect(met.copies.first == 2 && met.copies.allSatisfy { 1...2 ~= $0 }, "\(met.copies)")
        TestScale.tell(
          "\(kills) kills, every other one of a primary, amid \(met.queries) queries and \(met.writes) writes: "
            + "\(met.failures.count) queries failed, the longest write took \(met.longestWrite)")
      }
    }

    @Test func aPrimaryThatHangsIsNotWaitedForAndAnswersNothingLater() async throws {
      try await DirectoryCluster.run(feeding: Self.ids, memberCount: 2) { cluster in
        let met = try await meet(cluster) {
          for _ in 0..<TestScale.count(1, full: 5) {
            try await cluster.waitUntilInSync(4)
            let primary = try #require(try await cluster.primaries().first)
            cluster.signal(SIGSTOP, toShard: primary)
            try await cluster.waitUntilAnotherLeads(primary)
            cluster.signal(SIGCONT, toShard: primary)
          }
          try await cluster.waitUntilInSync(4)
        }
        #expect(met.failures.isEmpty, "\(met.failures.prefix(3)) of \(met.queries)")
        #expect(met.writes > 0)
        TestScale.tell("a primary hung: the longest write took \(met.longestWrite)")
      }
    }

    @Test func aMemberThatLostItsDiskGetsACopy() async throws {
      try await DirectoryCluster.run(feeding: Self.ids, memberCount: 2) { cluster in
        let met = try await meet(cluster) {
          try await cluster.waitUntilInSync(4)
          let primary = try #require(try await cluster.primaries().first)
          cluster.killShard(primary)
          try await cluster.waitUntilAnotherLeads(primary)
          try FileManager.default.removeItem(atPath: cluster.path("shard-\(primary)"))
          try await cluster.startShard(primary)
          try await cluster.waitUntilInSync(4)
        }
        #expect(met.failures.isEmpty, "\(met.failures.prefix(3)) of \(met.queries)")
        #expect(met.writes > 0)
        // It has everything: the other one is not needed.
        let before = try await cluster.rank()
        let primary = try #require(try await cluster.primaries().first)
        cluster.killShard(primary)
        try await cluster.waitUntilAnotherLeads(primary)
        let after = try await cluster.rank()
        #expect(after.report.coverage == 1_000_000)
        #expect(after.results == before.results)
      }
    }

    @Test func aMemberThatLacksWritesNeverLeads() async throws {
      try await DirectoryCluster.run(feeding: Self.ids, memberCount: 2) { cluster in
        try await cluster.waitUntilInSync(4)
        let primary = try #require(try await cluster.primaries().first)
        let other = primary ^ 1
        cluster.killShard(other)
        try await cluster.waitUntilInSync(3)
        // The other one does not have this.
        try await cluster.write(Self.ids, op: 2)
        let newest = try await cluster.rank()
        cluster.killShard(primary)
        try await cluster.startShard(other)
        for _ in 0..<TestScale.count(10, full: 30) {
          let missing = try await cluster.rank().report.missing
          #expect(missing.count == 1, "\(missing)")
          #expect(try await !cluster.primaries().contains(other))
          try await Task.sleep(for: .milliseconds(200))
        }
        try await cluster.startShard(primary)
        try await cluster.waitUntilInSync(4)
        let after = try await cluster.rank()
        #expect(after.report.coverage == 1_000_000)
        #expect(after.results == newest.results)
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

    /// As a machine is replaced: a shard that was alone gets a member, then a third one, and the first one goes.
    @Test func membersComeAndGoAndCostNoQueryAndNoWrite() async throws {
      try await DirectoryCluster.run(feeding: Self.ids, memberCount: 1) { cluster in
        let old = cluster.memberAddresses[0]
        var new: [String] = []
        let met = try await meet(cluster) {
          for count in 2...3 {
            let address = try await cluster.startMember()
            let answer = try await cluster.winnow("replica", "add", "0", address)
            #expect(answer.code == 0, "\(answer.text)")
            try await cluster.waitUntilInSync(count)
            new.append(address)
          }
          let twice = try await cluster.winnow("replica", "add", "1", new[0])
          #expect(twice.code != 0 && twice.text.contains("is in the map"), "\(twice.text)")
          let primary = try await cluster.winnow("replica", "remove", "0", old)
          #expect(primary.code != 0 && primary.text.contains("promote another one first"), "\(primary.text)")
          let promoted = try await cluster.winnow("replica", "promote", "0", new[0])
          #expect(promoted.code == 0, "\(promoted.text)")
          try await cluster.waitUntilInSync(3)
          let removed = try await cluster.winnow("replica", "remove", "0", old)
          #expect(removed.code == 0, "\(removed.text)")
          try await cluster.waitUntilInSync(2)
          cluster.killShard(0)
          let last = try await cluster.winnow("replica", "remove", "0", new[1])
          #expect(last.code != 0 && last.text.contains("keeps two"), "\(last.text)")
          let list = try await cluster.winnow("replica", "list")
          #expect(list.code == 0 && !list.text.contains(old) && list.text.contains(new[0]), "\(list.text)")
          let events = try await cluster.winnow("cluster", "events")
          #expect(events.text.contains("replica add") && events.text.contains("replica remove"), "\(events.text)")
        }
        #expect(met.failures.isEmpty, "\(met.failures.prefix(3)) of \(met.queries)")
        #expect(met.writes > 0)
        TestScale.tell("members came and went: the longest write took \(met.longestWrite), copies \(met.copies)")

        // What came is all there, whoever leads, also for a coordinator that starts again.
        let before = try await cluster.rank()
        try await cluster.end(cluster.coordinator)
        try await cluster.startCoordinator("coordinator")
        try await cluster.waitUntilInSync(2)
        cluster.killShard(2)
        try await cluster.waitUntilInSync(1)
        let after = try await cluster.rank()
        #expect(after.report.coverage == 1_000_000)
        #expect(after.results == before.results)
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
