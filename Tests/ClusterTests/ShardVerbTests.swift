import Support
import Testing
import Transport
import Vocabulary
import Wire

extension ClusterSuite {
  /// `winnow shard` and `winnow cluster` against real processes.
  @Suite struct ShardVerbTests {
    private func winnow(
      _ cluster: ProcessCluster, _ arguments: String...
    ) async throws -> (code: Int32, output: String, errors: String) {
      let process = try ProgramProcess("winnow", ["--coordinator", cluster.address] + arguments)
      return (try await process.exitCode(within: 120), process.output, process.errors)
    }

    @Test func aShardIsAddedDrainedAndRemovedByThePlan() async throws {
      var shape = RandomShop.Shape()
      shape.itemCount = 400
      let shop = try #require(try RandomShop(shape, seed: 4))
      let spare = try ProgramProcess(
        "winnowd", ["shard", "--memory-only", "--listen", "127.0.0.1:0", "--threads", "1"])
      defer { spare.stop() }
      let address = try await spare.address()
      try await ProcessCluster.run(shardCount: 2) { cluster in
        try await cluster.fill(shop)
        let query = try #require(shop.requests(20).first { (try? shop.twin.answer($0)) ?? nil != nil })
        let asker = try await cluster.connect()
        let before = try await asker.ask(query).results

        let dry = try await winnow(cluster, "shard", "add", address, "--dry-run")
        #expect(dry.code == 0 && dry.output.contains("1365 of 4096 slots"), "\(dry)")
        #expect(try await asker.ask(StatusRequest()).shards.count == 2)
        let added = try await winnow(cluster, "shard", "add", address, "--verify")
        #expect(added.code == 0 && added.output.contains("1365 of 1365 slots moved"), "\(added)")
        #expect(try await asker.ask(query).results == before)
        let again = try await winnow(cluster, "shard", "add", address)
        #expect(again.code == 7 && again.errors.contains("CONFLICT"), "\(again)")
        let idle = try await winnow(cluster, "cluster", "rebalance")
        #expect(idle.code == 0 && idle.output.contains("nothing to move"), "\(idle)")
        let status = try await winnow(cluster, "cluster", "status")
        #expect(status.code == 0 && status.output.contains(address), "\(status)")

        let refused = try await winnow(cluster, "shard", "remove", "0")
        #expect(refused.code == 7 && refused.errors.contains("drain it first"), "\(refused)")
        let drained = try await winnow(cluster, "--format", "json", "shard", "drain", "0")
        #expect(drained.code == 0 && drained.output.contains("\"slots_left\": 0"), "\(drained)")
        #expect(try await asker.ask(query).results == before)
        let removed = try await winnow(cluster, "shard", "remove", "0")
        #expect(removed.code == 0 && removed.output.contains("can be stopped"), "\(removed)")
        // No alert fires for ever over a shard that was to go.
        let metrics = try await asker.ask(MetricsRequest()).text
        #expect(!metrics.contains("winnow_shard_up{shard=\"0\"}") && metrics.contains("winnow_shard_up{shard=\"1\"} 1"))
        cluster.shard(0).stop()
        #expect(try await asker.ask(query).results == before)
        let answer = try await asker.ask(StatusRequest())
        #expect(answer.shards.map(\.id) == [ShardID(1), ShardID(2)] && answer.shards.map(\.slots) == [2048, 2048])
        #expect(try await winnow(cluster, "cluster", "pause").code == 7)
        let unknown = try await winnow(cluster, "shard", "drain", "9")
        #expect(unknown.code == 7 && unknown.errors.contains("'winnow shard list' shows"), "\(unknown)")
        await asker.connection.close()
        // The list of the first start still names one of the shards.
        try await cluster.restartCoordinator()
        try await cluster.waitUntil("two shards are up") {
          $0.shards.count == 2 && $0.shards.allSatisfy { $0.state == .up }
        }
      }
    }
  }
}
