import FoundationEssentials
import Glibc
import Support
import Testing
import Transport
import Vocabulary
import Wire

extension ClusterSuite {
  /// `winnow snapshot` from one cluster into another.
  @Suite struct SnapshotTests {
    private func winnow(_ cluster: ProcessCluster?, _ arguments: String...) async throws -> (code: Int32, text: String)
    {
      let address = ["--coordinator", cluster?.address ?? "127.0.0.1:1", "--timeout", "20s"]
      let process = try ProgramProcess("winnow", address + arguments)
      return (try await process.exitCode(within: 60), process.output + process.errors)
    }

    /// Results of queries, as bytes, and all items.
    private func answers(_ shop: RandomShop, _ cluster: ProcessCluster) async throws -> ([[UInt8]], GetResponse) {
      let asker = try await cluster.connect()
      var results: [[UInt8]] = []
      for request in shop.requests(12) { results.append(try await asker.ask(request).results.body.bytes) }
      await asker.connection.close()
      return (results, try await items(shop, cluster))
    }

    /// Whole items with their versions.
    private func items(_ shop: RandomShop, _ cluster: ProcessCluster) async throws -> GetResponse {
      let asker = try await cluster.connect()
      var get = GetRequest(collection: "shop", ids: shop.items.map(\.id.rawValue))
      (get.wantsEmbeddings, get.wantsRerank, get.attributes) = (true, true, .all)
      var items = try await asker.ask(get)
      items.generation = Generation(0)
      await asker.connection.close()
      return items
    }

    @Test func aSnapshotSaysThatADamagedModelIsLeftOut() async throws {
      let shop = try LoopbackTests.shop(200)
      let place = TemporaryDirectory()
      let directory = place.path + "/day"
      try await ProcessCluster.run(shardCount: 2) { cluster in
        try await cluster.fill(shop)
        try cluster.coordinator.signal(SIGTERM)
        #expect(try await cluster.coordinator.exitCode() == 0)
        let models = "\(cluster.data.path)/models"
        let weights = try #require(
          try FileManager.default.contentsOfDirectory(atPath: models).first { $0.hasSuffix("weights.safetensors") })
        var bytes = try Data(contentsOf: URL(filePath: "\(models)/\(weights)"))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(filePath: "\(models)/\(weights)"))
        try await cluster.restartCoordinator()
        try await cluster.waitUntil("all shards are back") {
          $0.shards.allSatisfy { $0.state == .up && $0.missing == nil }
        }
        let created = try await winnow(cluster, "snapshot", "create", directory)
        #expect(created.code == 0 && created.text.contains("without the model of shop: "), "\(created.text)")
        #expect(created.text.contains("push it again"), "\(created.text)")
        #expect(try await winnow(nil, "snapshot", "verify", directory).code == 0)
        #expect(try await winnow(nil, "snapshot", "list", place.path).text.contains("left out: damaged"))
      }
      // Its items are whole.
      try await ProcessCluster.run(shardCount: 1) { cluster in
        try await cluster.waitUntil("the shard is up") { $0.shards.allSatisfy { $0.state == .up } }
        let restored = try await winnow(cluster, "snapshot", "restore", directory)
        #expect(restored.code == 0 && restored.text.contains("200 items"), "\(restored.text)")
      }
    }

    @Test func whoBeganASnapshotThatStandsInTheWayIsNamed() async throws {
      let shop = try LoopbackTests.shop(50)
      let place = TemporaryDirectory()
      try await ProcessCluster.run(shardCount: 1) { cluster in
        try await cluster.fill(shop)
        let asker = try await cluster.connect()
        try await asker.ask(SnapshotRequest(snapshot: 7, step: .begin(collections: [])))
        let create = ["snapshot", "create", place.path + "/day", "--wait-max"]
        let refused = try await winnow(cluster, create[0], create[1], create[2], create[3], "0s")
        #expect(refused.code == 1 && refused.text.contains("another snapshot began"), "\(refused.text)")
        #expect(refused.text.contains("(begun by "), "\(refused.text)")
        // Once that one has ended, or nothing more of it is read for a minute, this one begins.
        async let waiting = winnow(cluster, create[0], create[1], create[2], create[3], "5m")
        try await asker.ask(SnapshotRequest(snapshot: 7, step: .end))
        let created = try await waiting
        #expect(created.code == 0, "\(created.text)")
      }
    }

    @Test func aSnapshotGivesAnotherClusterTheSameAnswers() async throws {
      let shop = try LoopbackTests.shop(700)
      let place = TemporaryDirectory()
      let directory = place.path + "/day"
      let before = try await ProcessCluster.run(shardCount: 3) { cluster in
        try await cluster.fill(shop)
        let asker = try await cluster.connect()
        // Versions above 1, and slots whose last version belongs to nobody.
        for request in shop.upserts(batch: 500, writer: 77).prefix(1) { try await asker.ask(request) }
        await asker.connection.close()
        let created = try await winnow(cluster, "snapshot", "create", directory)
        #expect(created.code == 0, "\(created.text)")
        #expect(try await winnow(cluster, "snapshot", "create", directory).code == 7)
        #expect(try await winnow(cluster, "snapshot", "restore", directory).code == 7)
        return try await answers(shop, cluster)
      }
      #expect(try await winnow(nil, "snapshot", "list", place.path).text.contains("700"))
      #expect(try await winnow(nil, "snapshot", "verify", directory).code == 0)
      try await ProcessCluster.run(shardCount: 2) { cluster in
        try await cluster.waitUntil("all shards are up") { $0.shards.allSatisfy { $0.state == .up } }
        #expect(try await winnow(cluster, "snapshot", "restore", directory, "--dry-run").code == 0)
        let restored = try await winnow(cluster, "snapshot", "restore", directory)
        #expect(restored.code == 0, "\(restored.text)")
        let after = try await answers(shop, cluster)
        #expect(after.0 == before.0)
        #expect(after.1 == before.1)
        try await damageIsRefused(directory, cluster)
        #expect(try await answers(shop, cluster).1 == before.1)
      }
    }

    @Test func whatAShardHasLostComesBackAndLaterWritesStay() async throws {
      let shop = try LoopbackTests.shop(300)
      let directory = TemporaryDirectory()
      let day = directory.path + "/day"
      try await ProcessCluster.run(shardCount: 2) { cluster in
        try await cluster.fill(shop)
        let asker = try await cluster.connect()
        // So that a shard that begins at 1 gives lower versions.
        for writer: UInt64 in 61...64 { try await write(shop, asker, writer, 0..<300) }
        #expect(try await winnow(cluster, "snapshot", "create", day).code == 0)
        let status = try await asker.ask(StatusRequest())
        let lost = try #require(status.shards.last?.items)
        // Both shards get later writes.
        for writer: UInt64 in 71...72 { try await write(shop, asker, writer, 0..<300) }
        let later = try await items(shop, cluster)
        try await cluster.restartShard(1)
        try await cluster.waitUntil("the shard is back without its items") { $0.shards[1].missing == .restartedEmpty }
        // A few of its items are written again before they are restored, with versions from 1 on.
        try await write(shop, asker, 73, 0..<20)
        let before = try await items(shop, cluster)
        #expect(before.ids.count > 20 && before.ids.count < 300)
        let refused = try await winnow(cluster, "snapshot", "restore", day)
        #expect(refused.code == 7 && refused.text.contains("takes back every write since then"), "\(refused)")
        #expect(try await winnow(cluster, "snapshot", "restore", day, "--missing", "--replace").code == 2)
        let filled = try await winnow(cluster, "snapshot", "restore", day, "--missing")
        #expect(filled.code == 0 && filled.text.contains("a snapshot of 20"), "\(filled)")
        try await cluster.waitUntil("the shard is complete") { $0.shards.allSatisfy { $0.missing == nil } }
        let after = try await items(shop, cluster)
        #expect(after.ids.count == 300 && later.ids == after.ids)
        // What was there has not changed; what was not is as old as the snapshot.
        var versions = Dictionary(uniqueKeysWithValues: zip(after.ids, after.versions))
        for (id, version) in zip(before.ids, before.versions) { #expect(versions.removeValue(forKey: id) == version) }
        #expect(!versions.isEmpty && UInt64(versions.count) <= lost)
        // A write now is newer than all of the snapshot, so nothing that it says can take it back.
        try await write(shop, asker, 74, 0..<300)
        let newest = try await items(shop, cluster)
        #expect(zip(newest.versions, after.versions).allSatisfy { $0 > $1 })
        #expect(try await winnow(cluster, "snapshot", "restore", day, "--missing").code == 0)
        #expect(try await items(shop, cluster) == newest)
        // Without a terminal nothing is dropped unless that is said twice.
        let asked = try await winnow(cluster, "collection", "drop", "shop")
        #expect(asked.code == 2 && asked.text.contains("holds 300 items"), "\(asked)")
        #expect(try await items(shop, cluster) == newest)
        let dropped = try await winnow(cluster, "collection", "drop", "shop", "--yes")
        #expect(dropped.code == 0 && dropped.text.contains("with 300 items"), "\(dropped)")
        await asker.connection.close()
      }
    }

    /// Writes some items of a shop again.
    private func write(_ shop: RandomShop, _ asker: Asker, _ writer: UInt64, _ rows: Range<Int>) async throws {
      try await asker.ask(UpsertRequest(shop.items[rows], shop.schema, writer: writer, op: 1))
    }

    /// What version 1 wrote: every later version gives it back.
    @Test func theSnapshotOfVersionOneIsRestored() async throws {
      let golden = GoldenFolder("snapshot-1")
      let place = TemporaryDirectory()
      let directory = place.path + "/day"
      let shop = try LoopbackTests.shop(40)
      if GoldenFolder.isWanted {
        try await ProcessCluster.run(shardCount: 2) { cluster in
          try await cluster.fill(shop)
          #expect(try await winnow(cluster, "snapshot", "create", directory).code == 0)
          for name in try GoldenFolder.names(below: directory) {
            try golden.write(name, Array(try Data(contentsOf: URL(filePath: "\(directory)/\(name)"))))
          }
        }
        try FileManager.default.removeItem(atPath: directory)
      }
      try golden.copy(to: directory)
      #expect(try await winnow(nil, "snapshot", "verify", directory).code == 0)
      try await ProcessCluster.run(shardCount: 3) { cluster in
        try await cluster.waitUntil("all shards are up") { $0.shards.allSatisfy { $0.state == .up } }
        let restored = try await winnow(cluster, "snapshot", "restore", directory)
        #expect(restored.code == 0, "\(restored.text)")
        let asker = try await cluster.connect()
        for request in shop.requests(12) {
          guard let answer = try? shop.twin.answer(request) else { continue }
          #expect(try await resultBytes(asker.body(request)) == answer.results.body.bytes)
        }
        var get = GetRequest(collection: "shop", ids: shop.items.map(\.id.rawValue))
        get.attributes = .all
        let found = try await asker.ask(get)
        #expect(found.ids.count == 40 && found.versions.allSatisfy { $0 > 0 })
        await asker.connection.close()
      }
    }

    /// Each file with a byte changed, and without one of the files.
    private func damageIsRefused(_ directory: String, _ cluster: ProcessCluster) async throws {
      let files = FileManager.default
      for name in try files.contentsOfDirectory(atPath: directory) {
        let url = URL(filePath: directory + "/" + name)
        let whole = try Data(contentsOf: url)
        var broken = whole
        broken[whole.count / 2] ^= 0x10
        try broken.write(to: url)
        #expect(try await winnow(nil, "snapshot", "verify", directory).code == 4, "\(name)")
        try files.removeItem(at: url)
        #expect(try await winnow(cluster, "snapshot", "restore", directory, "--replace").code == 1, "\(name)")
        try whole.write(to: url)
      }
      #expect(try await winnow(nil, "snapshot", "verify", directory).code == 0)
    }
  }
}
