import CoordinatorNode
import Placement
import Storage
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// What the coordinator knows and says of its shards when they are not as they should be.
@Suite struct FleetTests {
  private func shop(_ shardCount: Int = 2) throws -> TestCluster {
    let cluster = try TestCluster(shardCount: shardCount)
    try cluster.createShop()
    _ = try cluster.ask(try TestCluster.upsert(TestCluster.items(60)))
    try cluster.load(try TestCluster.model(seed: 1))
    return cluster
  }

  private func obstacles(_ cluster: TestCluster) throws -> [String] {
    let coordinator = cluster.coordinator
    return try cluster.executor.run { await coordinator.obstacles() }
  }

  @Test func aShardThatHangsIsSeenAndComesBackByItself() throws {
    let cluster = try shop()
    #expect(try obstacles(cluster) == [])
    cluster.shards[1].behaviour = .hung
    for _ in 0..<3 { _ = try cluster.ask(cluster.rank(), budget: 100_000) }
    #expect(try cluster.ask(MetricsRequest()).text.contains("winnow_shard_unanswered{shard=\"1\"} 3"))
    let found = try obstacles(cluster)
    #expect(found.count == 1 && found[0].contains("up, does not answer: 4 requests in a row"), "\(found)")
    #expect(try cluster.ask(StatusRequest()).shards.map(\.missing) == [nil, .timedOut])
    cluster.shards[1].behaviour = .normal
    #expect(try obstacles(cluster) == [])
    #expect(try cluster.ask(MetricsRequest()).text.contains("winnow_shard_unanswered{shard=\"1\"} 0"))
  }

  @Test func aShardWhoseMemoryIsFullIsShownToTakeNoWrites() throws {
    let executor = ManualExecutor()
    let shards = (0..<2).map { FakeShard(number: $0, executor: executor, memoryMax: $0 == 1 ? 1000 : nil) }
    let cluster = try TestCluster(shardCount: 2, shards: shards, executor: executor)
    try cluster.createShop()
    var op: UInt64 = 0
    repeat {
      #expect(try cluster.ask(StatusRequest()).shards.map(\.state) == [.up, .up])
      op += 1
      let written = try cluster.ask(try TestCluster.upsert(TestCluster.items(1200), op: op))
      if written.statuses.contains(.notExecuted) { break }
    } while op < 10
    let states = try cluster.ask(StatusRequest()).shards.map(\.state)
    #expect(states == [.up, .upMemoryFull] && states[1].words == "up, takes no writes: memory full")
    #expect(try cluster.ask(StatusRequest()).shards.map(\.missing) == [nil, nil], "it answers queries")
  }

  @Test func aShardOfAnotherClusterIsCalledSo() throws {
    let cluster = try shop()
    cluster.shards[0].behaviour = .foreign
    let found = try obstacles(cluster)
    #expect(found.count == 1 && found[0].contains("belongs to another cluster"), "\(found)")
    #expect(try cluster.ask(StatusRequest()).shards.map(\.missing) == [.refused, nil])
  }

  @Test func theFirstRequestsWaitForConnections() throws {
    let cluster = try shop()
    let expected = try cluster.ask(cluster.rank())
    try cluster.restart()
    for shard in cluster.shards { shard.behaviour = .connecting }
    let shards = cluster.shards
    let answer = try cluster.askDuring(cluster.rank()) { _, _ in for shard in shards { shard.behaviour = .normal } }
    #expect(answer.results.body.bytes == expected.results.body.bytes && answer.report.coverage == 1_000_000)
    // Not for ever, and not later.
    for shard in cluster.shards { shard.behaviour = .connecting }
    func uncovered() throws -> UInt64 {
      try cluster.microseconds {
        let answer = try cluster.ask(cluster.rank(), budget: 10_000_000)
        #expect(answer.report.coverage == 0)
      }
    }
    let (first, second) = (try uncovered(), try uncovered())
    #expect(first <= 2_000_000 && second < 100_000)
  }

  /// The coordinator's directory is put back from a copy, after slots have moved.
  @Test func anOlderDirectoryTakesTheMapOfTheShards() throws {
    let cluster = try shop()
    let expected = try cluster.ask(cluster.rank()).results.body.bytes
    let copy = cluster.disk.copy()
    let (executor, coordinator) = (cluster.executor, cluster.coordinator)
    _ = try cluster.ask(RebalanceRequest(.begin(.move(slots: 130, from: ShardID(0), to: ShardID(1)), .init())))
    try executor.run {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await coordinator.run() }
        await executor.sleep(until: executor.clock.now().advanced(microseconds: 2_000_000))
        group.cancelAll()
      }
    }
    let newest = try #require(try cluster.ask(ShardMapRequest(.read)).map)
    #expect(newest.slotCounts == [1918, 2178])
    let back = try TestCluster(shardCount: 2, seed: 2, disk: copy, shards: cluster.shards, executor: executor)
    #expect(try back.ask(ShardMapRequest(.read)).map == newest)
    let answer = try back.ask(back.rank())
    #expect(answer.report.coverage == 1_000_000 && answer.results.body.bytes == expected)
    #expect(try back.ask(try TestCluster.upsert(TestCluster.items(60), op: 2)).statuses.allSatisfy { $0 == .replaced })
    try back.restart()
    #expect(try back.ask(ShardMapRequest(.read)).map == newest, "it is durable")
  }
}
