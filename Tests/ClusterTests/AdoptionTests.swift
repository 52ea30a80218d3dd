import Foundation
import Placement
import Support
import Testing
import Transport
import Vocabulary
import Wire

extension ClusterSuite {
  /// A coordinator whose directory is lost: what the shards hold makes a new one.
  @Suite struct AdoptionTests {
    /// Starts a coordinator that ends by itself.
    private func refusal(_ cluster: DirectoryCluster, _ name: String, _ flags: String...) async throws -> String {
      let node = try cluster.start("coordinator", listen: ProgramProcess.lastingAddress, name, flags)
      defer { node.stop() }
      #expect(try await node.exitCode() == 7, "\(node.errors)")
      return node.errors
    }

    @Test func theShardsGiveTheirCoordinatorBack() async throws {
      try await DirectoryCluster.run(feeding: 1..<200) { cluster in
        try await cluster.write(50..<70, op: 2)
        // So that the map is not the first one.
        let moved = try await cluster.winnow(
          "shard", "move", "64", "--from", "0", "--to", "1")
        let map = try #require(try await cluster.ask(ShardMapRequest(.read)).map)
        #expect(map.epoch.rawValue > 1, "\(moved)")
        let before = try await cluster.rank()
        #expect(before.report.coverage == 1_000_000 && before.results.ids.count == 100)
        cluster.coordinator?.stop()
        try FileManager.default.removeItem(atPath: cluster.path("coordinator"))
        try await cluster.startCoordinator("coordinator", ["--adopt", cluster.addresses])
        let told = try #require(cluster.coordinator).output
        #expect(told.contains("shard map \(map.epoch.rawValue) of 2 shards"), "\(told)")
        #expect(told.contains("collection shop: generation 1, ") && told.contains("winnow model push"), "\(told)")
        try await cluster.waitUntil("all is there") { $0.shards.allSatisfy { $0.missing == nil } }
        let after = try await cluster.rank()
        #expect(after.results.body.bytes == before.results.body.bytes && after.report.coverage == 1_000_000)
        #expect(try await cluster.ask(ShardMapRequest(.read)).map == map)
        try await cluster.write(50..<70, op: 3)
        // From then on it starts as it is, and is not made a second time.
        let alone = try #require(cluster.addresses.split(separator: ",").first)
        let again = try await refusal(cluster, "coordinator-2", "--adopt", String(alone))
        #expect(again.contains("the cluster has shard 1 at"), "\(again)")
        try await cluster.end(cluster.coordinator)
        let present = try await refusal(cluster, "coordinator", "--adopt", cluster.addresses)
        #expect(present.contains("is a coordinator's directory already"), "\(present)")
        try await cluster.startCoordinator("coordinator")
        try await cluster.waitUntil("all is there again") { $0.shards.allSatisfy { $0.missing == nil } }
        #expect(try await cluster.rank().report.coverage == 1_000_000)
      }
    }

    @Test func whatIsNoClusterIsNotAdopted() async throws {
      try await DirectoryCluster.run { cluster in
        try await DirectoryCluster.run { other in
          for each in [cluster, other] {
            try await each.waitUntil("all shards are up") {
              $0.shards.allSatisfy { $0.missing == nil && $0.state == .up }
            }
          }
          let first = cluster.addresses.split(separator: ",")
          let two = try await refusal(cluster, "new", "--adopt", "\(first[0]),\(other.addresses)")
          #expect(two.contains("belong to two clusters"), "\(two)")
          let node = try await refusal(cluster, "new", "--adopt", "\(cluster.addresses),\(cluster.address)")
          #expect(node.contains("is no shard"), "\(node)")
          try FileManager.default.createDirectory(atPath: cluster.path("full"), withIntermediateDirectories: true)
          try Data("x".utf8).write(to: URL(filePath: cluster.path("full/file")))
          let full = try cluster.start(
            "coordinator", listen: ProgramProcess.lastingAddress, "full", ["--adopt", cluster.addresses])
          defer { full.stop() }
          #expect(try await full.exitCode() == 74 && full.errors.contains("empty directory"), "\(full.errors)")
          let both = try cluster.start(
            "coordinator", listen: ProgramProcess.lastingAddress, "new",
            ["--adopt", cluster.addresses, "--shards", cluster.addresses])
          defer { both.stop() }
          #expect(try await both.exitCode() == 2, "\(both.errors)")
          let free = try cluster.start("shard", listen: ProgramProcess.lastingAddress, "free")
          defer { free.stop() }
          let none = try await refusal(cluster, "new", "--adopt", try await free.address())
          #expect(none.contains("belongs to no cluster"), "\(none)")
        }
      }
    }
  }
}
