import Foundation
import Glibc
import Support
import Testing
import Transport
import Vocabulary
import Wire

extension ClusterSuite {
  /// Nothing that is older than it was passes for current: directories that are put back, and coordinators of which there
  /// are two.
  @Suite struct OlderTests {
    private func check(isOlder: Bool, _ cluster: DirectoryCluster) async throws {
      let report = try await cluster.rank().report
      #expect(report.missing.map(\.cause) == (isOlder ? [.older] : []), "\(report.missing)")
      #expect((report.coverage < 1_000_000) == isOlder)
      let metrics = try await cluster.ask(MetricsRequest()).text
      #expect(metrics.contains("winnow_shard_older{shard=\"1\"} \(isOlder ? 1 : 0)\n"))
      #expect(metrics.contains("winnow_shard_complete{shard=\"1\"} \(isOlder ? 0 : 1)\n"))
    }

    @Test func anOlderDirectoryOfAShardIsFoundAndMended() async throws {
      try await DirectoryCluster.run(feeding: 1..<200) { cluster in
        let whole = try await cluster.rank()
        #expect(whole.report.coverage == 1_000_000)
        try await cluster.endShard(1)
        try cluster.copy("shard-1", to: "copy")
        try await cluster.startShard(1)
        try await cluster.waitUntil("shard 1 is back") { $0.shards.allSatisfy { $0.missing == nil } }
        try await cluster.write(1..<200, op: 2)
        let newest = try await cluster.rank()
        try await cluster.waitUntilConfirmed(1)
        cluster.killShard(1)
        try cluster.replace("shard-1", by: "copy")
        try await cluster.startShard(1)
        try await cluster.waitUntil("shard 1 is older") { $0.shards.map(\.missing) == [nil, .older] }
        try await check(isOlder: true, cluster)
        let words = try await cluster.readiness()
        #expect(words.contains("shard 1 at") && words.contains("older than it was"), "\(words)")
        let status = try await cluster.winnow("cluster", "status")
        #expect(status.text.contains("older than it was"), "\(status)")
        // Neither new writes nor a restart of any node make it pass for current.
        for op: UInt64 in 3..<40 { try await cluster.write(500..<502, op: op) }
        try await cluster.end(cluster.coordinator)
        try await cluster.endShard(1)
        try await cluster.startShard(1)
        try await cluster.startCoordinator("coordinator")
        try await cluster.waitUntil("shard 1 is older still") { $0.shards.map(\.missing) == [nil, .older] }
        try await check(isOlder: true, cluster)
        // A snapshot of it would look whole.
        #expect(try await cluster.winnow("snapshot", "create", cluster.path("day")).code != 0)
        try await cluster.feed(1..<200, op: 40)
        try await check(isOlder: false, cluster)
        #expect(try await cluster.rank().results.ids.count == newest.results.ids.count)
      }
    }

    @Test func anOlderDirectoryIsFoundByACoordinatorThatWasKilledMeanwhile() async throws {
      try await DirectoryCluster.run(feeding: 1..<50) { cluster in
        try await cluster.endShard(1)
        try cluster.copy("shard-1", to: "copy")
        try await cluster.startShard(1)
        try await cluster.waitUntil("shard 1 is back") { $0.shards.allSatisfy { $0.missing == nil } }
        try await cluster.write(1..<50, op: 2)
        try await cluster.waitUntilConfirmed(1)
        cluster.coordinator?.stop()
        cluster.killShard(1)
        try cluster.replace("shard-1", by: "copy")
        try await cluster.startShard(1)
        try await cluster.startCoordinator("coordinator")
        try await cluster.waitUntil("shard 1 is older") { $0.shards.map(\.missing) == [nil, .older] }
        try await check(isOlder: true, cluster)
      }
    }

    @Test func theDirectoryOfBeforeIsOlderThanTheOneThatTookItsPlace() async throws {
      try await DirectoryCluster.run(feeding: 1..<50) { cluster in
        try await cluster.endShard(1)
        try FileManager.default.moveItem(atPath: cluster.path("shard-1"), toPath: cluster.path("before"))
        try await cluster.startShard(1)
        try await cluster.waitUntil("shard 1 is empty") { $0.shards.map(\.missing) == [nil, .restartedEmpty] }
        try await cluster.write(1..<50, op: 2)
        try await cluster.endShard(1)
        try cluster.replace("shard-1", by: "before")
        try await cluster.startShard(1)
        try await cluster.waitUntil("shard 1 is older") { $0.shards.map(\.missing) == [nil, .older] }
        try await check(isOlder: true, cluster)
      }
    }

    @Test func shardsObeyTheCoordinatorThatStartedLast() async throws {
      try await DirectoryCluster.run(feeding: 1..<50) { cluster in
        try await cluster.end(cluster.coordinator)
        try cluster.copy("coordinator", to: "copy")
        try await cluster.startCoordinator("coordinator")
        try await cluster.waitUntil("all is well") { $0.shards.allSatisfy { $0.missing == nil } }
        let first = try #require(cluster.coordinator)
        let second = try cluster.start("coordinator", listen: ProgramProcess.lastingAddress, "copy")
        defer { second.stop() }
        let other = try await second.address()
        // The first one notices by itself, and says it everywhere.
        try await cluster.waitUntil("it is displaced") { $0.shards.allSatisfy { $0.missing == .displaced } }
        #expect(first.errors.contains("another coordinator has taken over the shards"), "\(first.errors)")
        #expect(try await cluster.readiness().contains("another coordinator"))
        do {
          try await cluster.write(1..<50, op: 2)
          Issue.record("a coordinator that was displaced took a write")
        } catch CallError.refused(let error) { #expect(error.code == .displaced) }
        #expect(try await cluster.rank().report.missing.map(\.cause) == [.displaced, .displaced])
        let taken = try await cluster.ask(cluster.upsert(1..<50, op: 3), of: other)
        #expect(taken.durability == .disk && taken.statuses.allSatisfy { $0 == .replaced })
        #expect(try await cluster.rank(of: other).report.coverage == 1_000_000)
        // A shard that starts again obeys the same one.
        try await cluster.endShard(0)
        try await cluster.startShard(0)
        for _ in 0..<1200 where try await cluster.rank(of: other).report.coverage < 1_000_000 {
          try await Task.sleep(for: .milliseconds(50))
        }
        #expect(try await cluster.rank(of: other).report.coverage == 1_000_000)
        try await cluster.waitUntil("it is displaced still") { $0.shards.allSatisfy { $0.missing == .displaced } }
        try await cluster.end(second)
        try await cluster.end(first)
      }
    }

    @Test func aCatalogueThatIsOlderThanTheShardsIsNamedAndMarked() async throws {
      try await DirectoryCluster.run(feeding: 1..<50) { cluster in
        try await cluster.end(cluster.coordinator)
        try cluster.copy("coordinator", to: "copy")
        try await cluster.startCoordinator("coordinator")
        try await cluster.waitUntil("all is well") { $0.shards.allSatisfy { $0.missing == nil } }
        _ = try await cluster.ask(CollectionCreateRequest(name: "other", schema: try #require(DirectoryCluster.schema)))
        let schema = try #require(DirectoryCluster.schema)
        _ = try await cluster.ask(GenerationRequest(collection: "shop", step: .stage(schema)))
        _ = try await cluster.ask(
          GenerationRequest(collection: "shop", step: .activate(Generation(3), content: ItemDigest())))
        try await cluster.write(100..<120, op: 2)
        try await cluster.end(cluster.coordinator)
        try cluster.replace("coordinator", by: "copy")
        try await cluster.startCoordinator("coordinator")
        try await cluster.waitUntil("it is older") { $0.shards.allSatisfy { $0.missing == .older } }
        // The generation of before is there, and its answers do not pass for current.
        let answer = try await cluster.rank()
        #expect(answer.report.coverage == 0 && answer.report.missing.map(\.cause) == [.older, .older])
        let words = try await cluster.readiness()
        #expect(words.contains("generation 2 of other, generation 3 of shop") && words.contains("--adopt"), "\(words)")
        #expect(try await cluster.ask(MetricsRequest()).text.contains("winnow_catalogue_unknown_generations 2\n"))
        do {
          _ = try await cluster.ask(CollectionCreateRequest(name: "other", schema: schema))
          Issue.record("a collection was made that shards hold already")
        } catch CallError.refused(let error) { #expect(error.code == .conflict) }
        // Another restart changes nothing; from the shards all comes back.
        try await cluster.end(cluster.coordinator)
        try await cluster.startCoordinator("coordinator")
        try await cluster.waitUntil("it is older still") { $0.shards.allSatisfy { $0.missing == .older } }
        try await cluster.end(cluster.coordinator)
        try FileManager.default.removeItem(atPath: cluster.path("coordinator"))
        try await cluster.startCoordinator("coordinator", ["--adopt", cluster.addresses])
        // Nothing says whether generation 3 was only staged, so a feed has to complete it.
        try await cluster.waitUntil("the shards are greeted, and shop is incomplete") {
          $0.shards.allSatisfy { $0.state == .up && $0.missing == .restartedEmpty }
        }
        try await cluster.feed(100..<120, op: 3)
        try await cluster.waitUntil("shop is complete") { $0.shards.allSatisfy { $0.missing == nil } }
        #expect(try await cluster.rank().results.ids.count == 20)
      }
    }
  }
}
