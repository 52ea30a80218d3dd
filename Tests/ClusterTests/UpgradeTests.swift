import Foundation
import Support
import Testing
import Transport
import Vocabulary
import WinnowClient
import Wire

extension ClusterSuite {
  /// Nodes of this version and of an earlier one side by side: a cluster is upgraded amid queries and writes, and back.
  @Suite(.enabled(if: TestScale.isFull, "builds an earlier version"))
  struct UpgradeTests {
    /// The last version before the present round of changes. Its files have the formats of today: only then is there a
    /// way back, so a commit that changes a format takes a later one here, or the way up alone.
    private static let earlier = "d6f91e12"

    /// What clients met while nodes were replaced.
    private struct Met: Sendable {
      var queries = 0
      var failures: [String] = []
      var writes = 0
      /// The op by which each block of items was written last, as far as that was acknowledged.
      var acknowledged = [UInt64](repeating: 1, count: UpgradeTests.blocks)
      var nextOp: UInt64 = 2
      var wholeAnswers = 0
      /// The one coordinator is replaced: queries fail while it is away, and miss what it has not greeted yet.
      var isAlone = false
      var isOver = false
    }

    private static let (blocks, blockSize) = (10, 10)
    private static let ids: Range<UInt64> = 0..<UInt64(blocks * blockSize)

    /// Where the nodes of the earlier version are; `nil`: there is no history to build them from.
    private static func program() async throws -> String? {
      let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "earlier.sh").path
      let build = try ProgramProcess("earlier.sh", [earlier], path: script)
      switch try await build.exitCode(within: 4 * 3600) {
      case 0: return build.output.trimmingCharacters(in: .newlines)
      case 3:
        print("skipped: \(build.errors)")
        return nil
      default: throw ProgramProcess.Unexpected(description: build.errors)
      }
    }

    /// Asks until told to stop.
    private static func ask(_ address: String, _ met: Lock<Met>) async throws {
      var options = ClientOptions()
      options.timeout = .seconds(60)
      let client = try WinnowClient(address: address, options: options)
      var query = RankQuery(collection: "shop", k: ids.count, depth: 1000)
      query.vector = [1, 0.5, 0, 0]
      while !met.withLock({ $0.isOver }) {
        var failure: String?
        let wasAlone = met.withLock { $0.isAlone }
        do throws(WinnowError) {
          let report = try await client.rank(query).report
          if !report.isComplete { failure = "coverage \(report.coverage)" }
        } catch { failure = "\(error)" }
        met.withLock { met in
          met.queries += 1
          if let failure {
            if !wasAlone, !met.isAlone { met.failures.append(failure) }
          } else {
            met.wholeAnswers += 1
          }
        }
      }
      await client.close()
    }

    /// Writes one block of items after the other until told to stop, each until it is acknowledged: the same op changes
    /// nothing a second time.
    private static func write(_ met: Lock<Met>, _ write: (Range<UInt64>, UInt64) async throws -> Void) async throws {
      while true {
        let (isOver, op) = met.withLock { met in
          defer { met.nextOp += 1 }
          return (met.isOver, met.nextOp)
        }
        if isOver { return }
        let block = Int(op) % blocks
        try await write(UInt64(block * blockSize)..<UInt64((block + 1) * blockSize), op)
        met.withLock { met in
          met.acknowledged[block] = op
          met.writes += 1
        }
      }
    }

    private static func amidLoad(
      _ cluster: DirectoryCluster, _ met: Lock<Met>, _ body: () async throws -> Void
    ) async throws {
      met.withLock { $0.isOver = false }
      let (address, loops) = (cluster.address, cluster.loops)
      try await withThrowingTaskGroup(of: Void.self) { group in
        defer { met.withLock { $0.isOver = true } }
        group.addTask { try await Self.ask(address, met) }
        group.addTask {
          try await Self.write(met) { ids, op in
            let request = DirectoryCluster.upsert(ids, op: op)
            for _ in 0..<6000 {
              let asker = try? await DirectoryCluster.connect(address, loops)
              let answer = try? await asker?.ask(request)
              await asker?.connection.close()
              if let answer, answer.statuses.allSatisfy({ $0 == .inserted || $0 == .replaced }) { return }
              try await Task.sleep(for: .milliseconds(10))
            }
            throw ProgramProcess.Unexpected(description: "op \(op) was never acknowledged")
          }
        }
        try await body()
        met.withLock { $0.isOver = true }
        try await group.waitForAll()
      }
    }

    /// Replaces every member as `cluster/restart` does it.
    private static func replaceMembers(_ cluster: DirectoryCluster) async throws {
      for index in cluster.memberAddresses.indices {
        let address = cluster.memberAddresses[index]
        let answer = try await cluster.winnow("replica", "can-stop", address, "--wait", "600s")
        #expect(answer.code == 0, "\(answer.text)")
        try await cluster.endShard(index)
        try await cluster.startShard(index)
      }
      try await cluster.waitUntilInSync(cluster.memberAddresses.count)
    }

    private static func replaceCoordinator(_ cluster: DirectoryCluster, _ met: Lock<Met>) async throws {
      met.withLock { $0.isAlone = true }
      try await cluster.end(cluster.coordinator)
      try await cluster.startCoordinator("coordinator")
      try await cluster.waitUntilInSync(cluster.memberAddresses.count)
      try await cluster.waitUntil("all shards are whole") { $0.shards.allSatisfy { $0.missing == nil } }
      // The client has found it again.
      let before = met.withLock { $0.wholeAnswers }
      for _ in 0..<1200 where met.withLock({ $0.wholeAnswers }) == before {
        try await Task.sleep(for: .milliseconds(50))
      }
      met.withLock { $0.isAlone = false }
    }

    /// Every item is as it was written last, and an answer has all of them in their order.
    private static func check(_ cluster: DirectoryCluster, _ met: Lock<Met>) async throws {
      let acknowledged = met.withLock { $0.acknowledged }
      let scores = ids.map { (id: $0, score: Float($0) + 0.5 * Float(acknowledged[Int($0) / blockSize])) }
      let expected = scores.sorted { ($1.score, $0.id) < ($0.score, $1.id) }
      let answer = try await cluster.rank()
      #expect(answer.report.coverage == 1_000_000)
      #expect(answer.results.ids == expected.map { $0.id })
      #expect(answer.results.retrievalScores == expected.map { $0.score })
    }

    @Test func aClusterIsUpgradedAndDowngradedAmidQueriesAndWrites() async throws {
      guard let earlier = try await Self.program() else { return }
      try await DirectoryCluster.run(feeding: Self.ids, memberCount: 2, program: earlier) { cluster in
        let met = Lock(Met())
        try await cluster.waitUntilInSync(4)
        try await Self.check(cluster, met)
        cluster.program = nil
        try await Self.amidLoad(cluster, met) {
          try await Self.replaceMembers(cluster)
          try await Self.replaceCoordinator(cluster, met)
        }
        try await Self.check(cluster, met)
        // Back, the other way round.
        cluster.program = earlier
        try await Self.amidLoad(cluster, met) {
          try await Self.replaceCoordinator(cluster, met)
          try await Self.replaceMembers(cluster)
        }
        try await Self.check(cluster, met)
        let result = met.withLock { $0 }
        #expect(result.failures.isEmpty, "\(result.failures.count): \(result.failures.prefix(3))")
        #expect(result.queries > 0 && result.writes > 0)
        TestScale.tell(
          "upgraded from \(Self.earlier) and back amid \(result.queries) queries and \(result.writes) writes: "
            + "\(result.failures.count) queries failed while the coordinator was there")
      }
    }
  }
}
