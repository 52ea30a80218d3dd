import Foundation
import Support
import Testing

/// `strace`, which fails system calls of a process.
private enum Tracer {
  static let path = "/usr/bin/strace"

  /// Whether a process can be traced: some containers forbid it.
  static let works =
    FileManager.default.isExecutableFile(atPath: path)
    && Command.succeeds([path, "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "/bin/true"])
}

extension ClusterSuite {
  /// System calls of real processes that are slow, fail or are interrupted, by `strace`.
  @Suite(.enabled(if: Tracer.works, "no strace here, or it may not trace")) struct ChaosDiskTests {
    /// The program keeps its process id, so that signals and exit codes are its own.
    private static func plan(_ fault: String, of calls: String) -> ChaosCluster.Plan {
      var plan = ChaosCluster.Plan()
      plan.shardFlags = ["--data-dir", "DATA"]
      plan.shardPrefix = [
        Tracer.path, "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(calls)", "-e", "inject=\(calls):\(fault)",
      ]
      return plan
    }

    @Test func aSlowDiskDelaysWritesOnly() async throws {
      try await ChaosCluster.run(Self.plan("delay_enter=50000", of: "fdatasync")) { cluster in
        let ledger = try ChaosLedger(cluster, seed: 5)
        try await ledger.fill()
        try await ledger.work(40)
        #expect(ledger.counts.doubtful == 0 && ledger.counts.refused == 0)
        #expect(ledger.fullAnswers > 0)
        try await ledger.verify()
        await ledger.close()
      }
    }

    // The tracer counts the calls of each thread.
    @Test func aFailedSyncEndsTheShardAndLosesNothing() async throws {
      try await ChaosCluster.run(Self.plan("error=EIO:when=15+", of: "fdatasync")) { cluster in
        let ledger = try ChaosLedger(cluster, seed: 6)
        try await ledger.fill()
        for _ in 0..<100 where cluster.shards.allSatisfy(\.isAlive) { try await ledger.work(5) }
        let index = try #require(cluster.shards.firstIndex { !$0.isAlive })
        #expect(try await cluster.shards[index].exitCode() == 74)
        #expect(ledger.counts.settled > 40)
        for index in cluster.shards.indices { try await cluster.restartShard(index) }
        try await ledger.verify()
        try await ledger.work(20)
        #expect(ledger.counts.refused < ledger.counts.settled)
        try await ledger.verify()
        await ledger.close()
      }
    }

    @Test func interruptedCallsAreMadeAgain() async throws {
      var plan = Self.plan("error=EINTR:when=3+3", of: "pwrite64,recvfrom,sendto,accept4,epoll_wait,epoll_pwait")
      plan.coordinatorPrefix = plan.shardPrefix
      try await ChaosCluster.run(plan) { cluster in
        let ledger = try ChaosLedger(cluster, seed: 9)
        try await ledger.fill()
        try await ledger.work(60)
        #expect(ledger.counts.doubtful == 0 && ledger.counts.refused == 0)
        try await ledger.verify()
        await ledger.close()
      }
    }
  }
}
