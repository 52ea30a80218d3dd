import CoordinatorNode
import Placement
import Storage
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// A coordinator's directory that is an older copy although no generation and no shard map tells it: shards know how often
/// catalogue and plan of moves have changed.
@Suite struct RevisionTests {
  /// Runs a coordinator for a while: it tells the shards its revisions, and moves slots.
  private static func run(_ cluster: TestCluster) throws {
    let (coordinator, executor) = (cluster.coordinator, cluster.executor)
    try executor.run {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await coordinator.run() }
        await executor.sleep(until: executor.clock.now().advanced(microseconds: 2_000_000))
        group.cancelAll()
      }
    }
  }

  private static func obstacles(_ cluster: TestCluster) throws -> [String] {
    let coordinator = cluster.coordinator
    return try cluster.executor.run { await coordinator.obstacles() }
  }

  private static func check(isOlder: Bool, _ cluster: TestCluster) throws {
    let report = try cluster.ask(cluster.rank()).report
    #expect(report.missing.map(\.cause) == (isOlder ? [.older, .older] : []))
    #expect((report.coverage == 1_000_000) == !isOlder)
    #expect(try cluster.ask(StatusRequest()).shards.map(\.missing) == (isOlder ? [.older, .older] : [nil, nil]))
    let metrics = try cluster.ask(MetricsRequest()).text
    #expect(metrics.contains("winnow_catalogue_older \(isOlder ? 1 : 0)\n"))
    let words = try obstacles(cluster).joined(separator: "\n")
    #expect(
      words.contains("directory is older than it was") == isOlder && words.contains("--adopt") == isOlder, "\(words)")
  }

  /// A copy of a directory on which a coordinator of the same shards starts.
  private static func back(_ cluster: TestCluster, _ copy: MemoryDisk, seed: UInt64 = 2) throws -> TestCluster {
    try TestCluster(
      shardCount: 2, seed: seed, disk: copy, shards: cluster.shards, executor: cluster.executor)
  }

  @Test func anOlderModelIsFoundAndMarked() throws {
    let first = try TestCluster(shardCount: 2)
    try first.createShop()
    _ = try first.ask(try TestCluster.upsert(TestCluster.items(60)))
    try first.load(try TestCluster.model(seed: 1))
    try Self.run(first)
    // A copy of what is newest is not older.
    let same = first.disk.copy()
    try Self.check(isOlder: false, try Self.back(first, same))
    let copy = first.disk.copy()
    try first.restart()
    first.greet()
    try first.load(try TestCluster.model(seed: 2))
    try Self.run(first)
    try Self.check(isOlder: false, first)
    let second = try Self.back(first, copy, seed: 3)
    try Self.check(isOlder: true, second)
    // Neither changes of its own nor another start make it pass for the newest, and it tells the shards nothing of them.
    try second.load(try TestCluster.model(seed: 3))
    try second.load(try TestCluster.model(seed: 4))
    try Self.run(second)
    try second.restart()
    second.greet()
    try Self.check(isOlder: true, second)
    // The newest directory has the cluster back.
    try first.restart()
    first.greet()
    try Self.check(isOlder: false, first)
  }

  @Test func anOlderPlanWaitsForAnOperator() throws {
    let first = try TestCluster(shardCount: 2)
    try first.createShop()
    _ = try first.ask(try TestCluster.upsert(TestCluster.items(60)))
    let move = RebalanceRequest(.begin(.move(slots: 130, from: ShardID(0), to: ShardID(1)), .init()))
    _ = try first.ask(move)
    let copies = [first.disk.copy(), first.disk.copy()]
    _ = try first.ask(RebalanceRequest(.cancel))
    try Self.run(first)
    #expect(try first.ask(RebalanceRequest(.status)).state != .working)
    for (copy, step) in zip(copies, [RebalanceRequest.Step.cancel, .resume(bytesPerSecond: 0)]) {
      let back = try Self.back(first, copy)
      try Self.run(back)
      let waiting = try back.ask(RebalanceRequest(.status))
      #expect(waiting.state == .stopped && waiting.reason.contains("older copy"), "\(waiting)")
      #expect(try back.ask(ShardMapRequest(.read)).map?.slotCounts == [2048, 2048])
      // Answers and writes do not depend on it.
      #expect(try back.ask(back.rank()).report.coverage == 1_000_000)
      _ = try back.ask(RebalanceRequest(step))
      try Self.run(back)
      let isCancelled = step == .cancel
      #expect(try back.ask(ShardMapRequest(.read)).map?.slotCounts == (isCancelled ? [2048, 2048] : [1918, 2178]))
    }
  }

  @Test func bytesOfRevisionsComeBack() throws {
    var confirmed = ConfirmedShards()
    confirmed.claim = 9
    let plain = confirmed.bytes
    #expect(plain.first == 1)
    confirmed.revisionsBefore = Revisions(catalogue: 7, plan: .max)
    confirmed.overtaken.plan = 8
    #expect(confirmed.bytes.first == 2)
    #expect(try ConfirmedShards(bytes: confirmed.bytes) == confirmed)
    for count in confirmed.bytes.indices {
      #expect(throws: WireError.self) { try ConfirmedShards(bytes: Array(confirmed.bytes.prefix(count))) }
    }
  }
}
