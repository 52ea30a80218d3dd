import Foundation
import Glibc
import SocketTransport
import Support
import Testing
import Transport
import Vocabulary
import Wire

extension ClusterSuite {
  /// Events by `winnow` against real processes, and a shard that is killed amid them.
  @Suite struct EventVerbTests {
    private func winnow(_ address: String, _ arguments: String...) async throws -> (code: Int32, text: String) {
      let process = try ProgramProcess("winnow", ["--coordinator", address, "--timeout", "20s"] + arguments)
      return (try await process.exitCode(within: 60), process.output + process.errors)
    }

    @Test func eventsGoInAndOutAndAreForgotten() async throws {
      let shop = try LoopbackTests.shop(60)
      let place = TemporaryDirectory()
      try await ProcessCluster.run(shardCount: 2) { cluster in
        try await cluster.fill(shop)
        let address = cluster.address
        let sent = try await winnow(address, "event", "send", "--user", "7", "1", "2", "3")
        #expect(sent.code == 0 && sent.text.contains("3 accepted"), "\(sent)")
        let search = try await winnow(
          address, "event", "send", "--user", "7", "--kind", "search", "--text", "blue shoes", "--collection", "shop")
        #expect(search.code == 0, "\(search)")
        #expect(try await winnow(address, "event", "send", "--user", "7", "--kind", "search", "4").code == 2)
        #expect(try await winnow(address, "event", "send", "--user", "7", "--kind", "stare", "4").code == 2)
        let late = try await winnow(address, "event", "send", "--user", "7", "--time", "2001-01-01", "4")
        #expect(late.code == 1 && late.text.contains("older than the collection keeps"), "\(late)")
        let shown = try await winnow(address, "user", "show", "7")
        #expect(shown.code == 0 && shown.text.contains("4 events (3 click, 1 search)"), "\(shown)")
        #expect(shown.text.contains("blue shoes"))
        let tail = try await winnow(address, "event", "tail", "7", "8", "--duration", "10ms")
        #expect(tail.code == 0 && tail.text.split(separator: "\n").count == 4, "\(tail)")
        let settings = try await winnow(address, "event", "settings", "--length", "2", "--keep-days", "30")
        #expect(settings.text.contains("keep 2 events of a shopper for 30 days"), "\(settings)")

        let log = "\(place.path)/events.tsv"
        let exported = try await winnow(address, "event", "export", "--out", log)
        #expect(exported.code == 0 && exported.text.contains("1 events of 1 users"), "\(exported)")
        let imported = try await winnow(
          address, "event", "import", log, "--resume", "\(place.path)/place", "--collection", "shop")
        #expect(imported.code == 0 && imported.text.contains("1 accepted"), "\(imported)")
        #expect(!FileManager.default.fileExists(atPath: "\(place.path)/place"))

        let day = "\(place.path)/day"
        let created = try await winnow(address, "snapshot", "create", day)
        #expect(created.code == 0 && created.text.contains("1 histories"), "\(created)")
        let forgotten = try await winnow(address, "user", "forget", "7")
        #expect(forgotten.code == 0 && forgotten.text.contains("2 events removed"), "\(forgotten)")
        #expect(try await winnow(address, "user", "show", "7").code == 1)
        // A snapshot from before forgets again.
        let restored = try await winnow(address, "snapshot", "restore", day, "--replace", "--yes")
        #expect(restored.code == 0, "\(restored)")
        #expect(try await winnow(address, "user", "show", "7").code == 1)
        try await ProcessCluster.run(shardCount: 3) { other in
          try await other.waitUntil("all shards are up") { $0.shards.allSatisfy { $0.state == .up } }
          let elsewhere = try await winnow(other.address, "snapshot", "restore", day)
          #expect(elsewhere.code == 0, "\(elsewhere)")
          let history = try await winnow(other.address, "user", "show", "7")
          #expect(history.code == 0 && history.text.contains("5 events"), "\(history)")
        }
      }
    }

    @Test func tailWithoutNamesShowsWhatEveryShopperDoesFromNowOn() async throws {
      try await ProcessCluster.run(shardCount: 2) { cluster in
        try await cluster.fill(try LoopbackTests.shop(60))
        #expect(try await winnow(cluster.address, "event", "send", "--user", "7", "--kind", "cart", "1").code == 0)
        let tail = try ProgramProcess(
          "winnow", ["--coordinator", cluster.address, "event", "tail", "--interval", "10ms", "--collection", "shop"])
        // When its first look is over cannot be seen from here, so shoppers click until one is shown.
        for user in 20..<400 where !tail.output.contains("click") {
          #expect(try await winnow(cluster.address, "event", "send", "--user", "\(user)", "2").code == 0)
        }
        #expect(tail.output.contains("click") && !tail.output.contains("cart"), "\(tail.output)")
        tail.signal(SIGINT)
        _ = try await tail.exitCode()
      }
    }

    @Test func historiesThatAShardHasLostComeBack() async throws {
      let shop = try LoopbackTests.shop(60)
      let place = TemporaryDirectory()
      let day = "\(place.path)/day"
      try await ProcessCluster.run(shardCount: 2) { cluster in
        try await cluster.fill(shop)
        let asker = try await cluster.connect()
        func send(_ op: UInt64, _ count: UInt64) async throws {
          let entries = (0..<30 as Range<UInt64>).flatMap { user in
            (0..<count).map { EventRequest.Entry(user: user, ShopperEvent(.click, item: op * 10 + $0, time: 0)) }
          }
          let request = EventRequest(collection: "shop", writer: 3, op: op, events: entries)
          // A shard that has just come back takes events once it has been greeted.
          var accepted = 0
          for _ in 0..<600 where accepted < entries.count {
            if accepted > 0 { try await Task.sleep(for: .milliseconds(50)) }
            accepted = Int(try await asker.ask(request).counts.accepted)
          }
          #expect(accepted == entries.count)
        }
        func histories() async throws -> [[UInt64]] {
          var found: [[UInt64]] = []
          for user in 0..<30 as Range<UInt64> {
            let history = try await asker.ask(HistoryRequest(.get, collection: "shop", user: user)).histories.first
            found.append(try history?.kept().map(\.item) ?? [])
          }
          return found
        }
        try await send(1, 2)
        #expect(try await winnow(cluster.address, "snapshot", "create", day).code == 0)
        try await cluster.restartShard(1)
        try await cluster.waitUntil("the shard is back without its items") { $0.shards[1].missing == .restartedEmpty }
        try await send(2, 1)
        let before = try await histories()
        #expect(before.contains([20]) && before.contains([10, 11, 20]))
        for _ in 0..<2 {
          let filled = try await winnow(cluster.address, "snapshot", "restore", day, "--missing")
          #expect(filled.code == 0, "\(filled)")
          #expect(try await histories().allSatisfy { $0 == [10, 11, 20] })
        }
        await asker.connection.close()
      }
    }

    /// A shard that has lost its directory does not know whom it has forgotten; its coordinator does.
    @Test func aSnapshotFromBeforeForgetsAgainOnShardsThatLostTheirDirectories() async throws {
      try await DirectoryCluster.run(feeding: 1..<50) { cluster in
        let users = (1...20).map { 0x5b31_c7a9_0e64_d200 as UInt64 + $0 }
        let gone = Set(users.prefix(10))
        let begun = Int64(Date().timeIntervalSince1970 * 1e6)
        func events(_ op: UInt64) -> EventRequest {
          EventRequest(
            collection: "shop", writer: 3, op: op,
            events: users.map { .init(user: $0, ShopperEvent(.click, item: 7, time: begun)) })
        }
        func known() async throws -> [UInt64] {
          var known: [UInt64] = []
          for user in users {
            known += try await cluster.ask(HistoryRequest(.get, collection: "shop", user: user)).histories.map(\.user)
          }
          return known
        }
        /// Whether a file of a shard has the id of one of the first ten shoppers.
        func filesKnow() -> Bool {
          Command.succeeds(
            ["env", "LC_ALL=C", "grep", "-rqaP", #"[\x01-\x0a]\xd2\x64\x0e\xa9\xc7\x31\x5b"#]
              + (0..<2).map { cluster.path("shard-\($0)") })
        }
        #expect(try await cluster.ask(events(1)).counts.accepted == 20)
        #expect(filesKnow())
        #expect(try await cluster.winnow("snapshot", "create", cluster.path("day")).code == 0)
        for user in gone {
          let receipts = try await cluster.ask(HistoryRequest(.forget, collection: "shop", user: user)).receipts
          #expect(receipts.count == 2 && receipts.allSatisfy { $0.state == .done })
        }
        for index in 0..<2 {
          cluster.killShard(index)
          try FileManager.default.removeItem(atPath: cluster.path("shard-\(index)"))
        }
        try await cluster.end(cluster.coordinator)
        for index in 0..<2 { try await cluster.startShard(index) }
        try await cluster.startCoordinator("coordinator")
        try await cluster.waitUntil("both are empty") { $0.shards.allSatisfy { $0.missing == .restartedEmpty } }
        let filled = try await cluster.winnow("snapshot", "restore", cluster.path("day"), "--missing")
        #expect(filled.code == 0, "\(filled)")
        #expect(try await known() == users.filter { !gone.contains($0) })
        // What comes in late, from before, is dropped again too; and soon no file of a shard has such an id.
        let late = try await cluster.ask(events(9)).counts
        #expect((late.accepted, late.forgotten) == (10, 10))
        #expect(try await known() == users.filter { !gone.contains($0) })
        for _ in 0..<1200 {
          guard filesKnow() else { break }
          try await Task.sleep(for: .milliseconds(50))
        }
        #expect(!filesKnow())
      }
    }

    private static func kill(_ process: ProgramProcess, after microseconds: UInt64) async {
      try? await Task.sleep(for: .microseconds(microseconds))
      process.signal(SIGKILL)
    }

    /// Kills a shard amid events: what was acknowledged is there, once.
    @Test func noKillLosesAnEvent() async throws {
      let data = TemporaryDirectory()
      let loops = try EventLoopGroup(loopCount: 1)
      var random = SeededRandom(seed: 5)
      var (op, acknowledged, kept) = (UInt64(0), 0, [UInt64: [UInt64]]())
      let begun = Int64(Date().timeIntervalSince1970 * 1e6)
      func request(_ op: UInt64) -> EventRequest {
        var random = SeededRandom(seed: op)
        let entries = (0..<1 + random.next() % 20).map { place in
          EventRequest.Entry(
            user: random.next() % 30, ShopperEvent(.click, item: op * 100 + place, time: begun + Int64(op)))
        }
        var request = EventRequest(collection: "shop", writer: 9, op: op, events: entries)
        (request.received, request.settings) = (
          begun + Int64(op), HistorySettings(length: 500, keepDays: 90, eventsPerMinuteMax: 1_000_000)
        )
        return request
      }
      let kills = TestScale.count(8, full: 200)
      for _ in 0..<kills {
        let process = try ProgramProcess(
          "winnowd",
          ["shard", "--listen", ProgramProcess.lastingAddress, "--data-dir", "\(data.path)/shard", "--threads", "1"])
        let shard = try await LoneShard.connect(try await process.address(), loops, schema: DurableWriter.schema)
        let delay = 1000 + random.next() % 100_000
        async let killing: Void = Self.kill(process, after: delay)
        while true {
          // The op whose answer did not come is sent again: it counts once.
          let next = request(op + 1)
          guard let answer = try? await shard.ask(next, epoch: 1), answer.durability == .disk else { break }
          #expect(Int(answer.counts.accepted) == next.events.count)
          for entry in next.events { kept[entry.user, default: []].append(entry.event.item) }
          (op, acknowledged) = (op + 1, acknowledged + next.events.count)
        }
        await killing
        process.stop()
        await shard.connection.close()
      }
      let process = try ProgramProcess(
        "winnowd",
        ["shard", "--listen", ProgramProcess.lastingAddress, "--data-dir", "\(data.path)/shard", "--threads", "1"])
      let shard = try await LoneShard.connect(try await process.address(), loops, schema: DurableWriter.schema)
      _ = try await shard.ask(request(op + 1), epoch: 1)
      for entry in request(op + 1).events { kept[entry.user, default: []].append(entry.event.item) }
      for (user, items) in kept {
        var get = HistoryRequest(.get, collection: "shop", user: user)
        (get.now, get.settings) = (begun, request(1).settings)
        let history = try #require(try await shard.ask(get, epoch: 1).histories.first)
        #expect(history.version == UInt64(items.count))
        #expect(try history.kept().map(\.item) == Array(items.suffix(500)))
      }
      TestScale.tell("\(kills) kills amid \(acknowledged) acknowledged events: none lost, none twice")
      process.stop()
      await shard.connection.close()
      await loops.shutdown()
    }
  }
}
