import FoundationEssentials
import Glibc
import Placement
import Support
import Testing
import Transport
import Vocabulary
import Wire

extension ClusterSuite {
  /// Three shards and a coordinator as processes: answers, clients, restarts.
  @Suite struct LoopbackTests {
    static func shop(_ itemCount: Int = 1500) throws -> RandomShop {
      var shape = RandomShop.Shape()
      (shape.d, shape.r, shape.u, shape.itemCount) = (16, 8, 8, itemCount)
      // What golden files have kept does not.
      shape.readsOwned = false
      return try #require(try RandomShop(shape, seed: 77))
    }

    @Test(arguments: ["lz4", "none"])
    func everyClientGetsTheBytesOfTheSlowTwin(compression: String) async throws {
      let shop = try Self.shop()
      let requests = shop.requests(12)
      let expected = try requests.map { try #require(try shop.twin.answer($0)).results.body.bytes }
      try await ProcessCluster.run(flags: ["--compression", compression]) { cluster in
        try await cluster.fill(shop)
        let asker = try await cluster.connect()
        for (request, bytes) in zip(requests, expected) {
          #expect(try resultBytes(try await asker.body(request)) == bytes)
        }
        #expect(try await Python.results(cluster.address, requests) == expected)
        #expect(try await Python.results(cluster.address, [requests[0]], lz4: false) == [expected[0]])
        let plain = try await cluster.connect(compression: .none)
        #expect(try resultBytes(try await plain.body(requests[0])) == expected[0])

        let status = try await asker.ask(StatusRequest())
        let fed = try #require(status.links.first { $0.peer == "clients" })
        let peers = status.links.filter { $0.peer != "clients" }
        #expect(peers.count == 3)
        for link in peers {
          // Feeds and attributes go out, id and score columns come in.
          if compression == "lz4" {
            #expect(link.wireBytesOut < link.rawBytesOut)
            #expect(link.wireBytesIn < link.rawBytesIn)
          } else {
            #expect(link.wireBytesOut == link.rawBytesOut && link.rawBytesOut > 0)
            #expect(link.wireBytesIn == link.rawBytesIn && link.rawBytesIn > 0)
          }
        }
        if compression == "lz4" { #expect(fed.wireBytesIn < fed.rawBytesIn) }
      }
    }

    @Test func thePythonClientFeedsRanksAndReadsStatus() async throws {
      try await ProcessCluster.run { cluster in
        try await cluster.waitUntil("all shards are up") { $0.shards.allSatisfy { $0.state == .up } }
        let address = cluster.address
        _ = try await Python.client(
          address,
          [
            "create", "--collection", "py", "--dimension", "2", "--rerank", "1", "--attribute", "price=float",
            "--attribute", "colours=keyword_set", "--attribute", "line=keyword", "--json",
          ])
        let file = "\(cluster.data.path)/items.jsonl"
        let lines = (1...300).map { id in
          #"{"id":\#(id),"embedding":[\#(id),1],"rerank":[0.5],"price":\#(id).5,"colours":["red","blue"],"line":"\#(id > 240 ? "new" : "old")"}"#
        }
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: file))
        let fed = try await Python.client(address, ["feed", "--collection", "py", "--json", file])
        #expect(fed.contains("\"inserted\": 300"))
        let ranked = try await Python.client(
          address,
          ["rank", "--collection", "py", "--vector", "[1,0]", "--k", "2", "--filter", "price < 250", "--json"])
        #expect(ranked.contains("\"id\": 249") && ranked.contains("\"id\": 248") && ranked.contains("\"exact\": true"))
        let changes = ["update", "--collection", "py", "--json", "249", "price=300", "colours=null"]
        #expect(try await Python.client(address, changes).contains("\"status\": [2]"))
        let again = try await Python.client(
          address,
          ["rank", "--collection", "py", "--vector", "[1,0]", "--k", "2", "--filter", "price < 250", "--json"])
        #expect(again.contains("\"id\": 248") && again.contains("\"id\": 247"))
        let page = ["rank", "--collection", "py", "--vector", "[1,0]", "--k", "2", "--filter", "price < 250"]
        let fair = try await Python.client(address, page + ["--exposure", "line:old=0.95", "--json"])
        #expect(fair.contains("\"id\": 240") && fair.contains("\"id\": 239"), "\(fair)")
        let rule = ["rule-put", "--collection", "py", "seven", #"{"pin": [{"item": 7, "place": 1}]}"#, "--json"]
        #expect(try await Python.client(address, rule).contains("\"changed\": 1"))
        #expect(try await Python.client(address, ["rules", "--collection", "py", "--json"]).contains("seven"))
        let pinned = try await Python.client(address, page + ["--total"])
        #expect(pinned.contains("rule seven: acted") && pinned.contains("   1                     7"), "\(pinned)")
        let removed = try await Python.client(address, ["rule-remove", "--collection", "py", "seven", "--json"])
        #expect(removed.contains("\"changed\": 1"))
        let status = try await Python.client(address, ["status", "--json"])
        #expect(status.contains("\"items\": 300"))
      }
    }

    @Test func aCoordinatorComesBackWithMapCollectionsAndModel() async throws {
      let shop = try Self.shop(400)
      let request = try #require(shop.requests(12).first { $0.user != nil && $0.filter.isEmpty })
      let expected = try #require(try shop.twin.answer(request)).results.body.bytes
      try await ProcessCluster.run { cluster in
        try await cluster.fill(shop)
        let first = try await cluster.connect()
        let map = try #require(try await first.ask(ShardMapRequest(.read)).map)
        #expect(try resultBytes(try await first.body(request)) == expected)

        try cluster.coordinator.signal(SIGTERM)
        #expect(try await cluster.coordinator.exitCode() == 0)
        for isKilled in [false, true] {
          if isKilled { try cluster.coordinator.signal(SIGKILL) }
          try await cluster.restartCoordinator()
          try await cluster.waitUntil("all shards are up and complete") {
            $0.shards.allSatisfy { $0.state == .up && $0.missing == nil }
          }
          let asker = try await cluster.connect()
          #expect(try await asker.ask(ShardMapRequest(.read)).map == map)
          let body = try await asker.body(request)
          #expect(try resultBytes(body) == expected)
          #expect(try RankResponse(body: body, version: request.sentVersion).report.coverage == 1_000_000)
        }
      }
    }

    @Test func drainingAnswersWhatIsInFlight() async throws {
      let shop = try Self.shop(300)
      let request = shop.requests(1)[0]
      let expected = try #require(try shop.twin.answer(request)).results.body.bytes
      try await ProcessCluster.run { cluster in
        try await cluster.fill(shop)
        let asker = try await cluster.connect()
        // A paused shard keeps queries in flight while the coordinator is told to end.
        try await cluster.shard(1).pause()
        async let body = asker.body(request, microseconds: 30_000_000)
        try await cluster.waitUntilAQueryIsAtWork()
        try cluster.coordinator.signal(SIGTERM)
        try await Task.sleep(for: .milliseconds(300))
        cluster.shard(1).signal(SIGCONT)
        #expect(try resultBytes(try await body) == expected)
        #expect(try await cluster.coordinator.exitCode() == 0)
        for index in 0..<3 {
          cluster.shard(index).signal(index == 0 ? SIGINT : SIGTERM)
          #expect(try await cluster.shard(index).exitCode() == 0)
        }
      }
    }

    @Test func aDataDirectoryServesOneCoordinatorAndOneClusterOnly() async throws {
      try await ProcessCluster.run(shardCount: 1) { cluster in
        let second = try ProgramProcess(
          "winnowd", ["coordinator", "--listen", ProgramProcess.lastingAddress, "--data-dir", cluster.data.path])
        #expect(try await second.exitCode() == 74)
        #expect(!second.errors.isEmpty)
        try cluster.coordinator.signal(SIGTERM)
        _ = try await cluster.coordinator.exitCode()
        let other = try ProgramProcess(
          "winnowd",
          [
            "coordinator", "--listen", ProgramProcess.lastingAddress, "--data-dir", cluster.data.path, "--shards",
            "127.0.0.1:9",
          ])
        #expect(try await other.exitCode() == 7)
      }
    }
  }
}
