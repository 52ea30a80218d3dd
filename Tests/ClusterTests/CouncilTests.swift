import Foundation
import Glibc
import Support
import Testing
import Transport
import Vocabulary
import WinnowClient
import Wire

extension ClusterSuite {
  /// Several coordinators over etcd, with real processes.
  @Suite(.enabled(if: EtcdProcess.path != nil, "etcd-server is not installed"))
  struct CouncilTests {
    /// A client that knows every coordinator asks all the time, each answer compared with what it has to be.
    private static func ask(
      _ cluster: CouncilCluster, _ shop: RandomShop, until isOver: Lock<Bool>
    ) async throws -> (answered: Int, failures: [String]) {
      var options = ClientOptions()
      options.timeout = .seconds(10)
      let client = try WinnowClient(address: cluster.addresses.joined(separator: ","), options: options)
      var query = RankQuery(collection: "shop", k: 10)
      query.vector = shop.items[0].embedding
      var (answered, failures) = (0, [String]())
      while !isOver.withLock({ $0 }) {
        do {
          let answer = try await client.rank(query)
          if answer.report.isComplete { answered += 1 } else { failures.append("coverage \(answer.report.coverage)") }
        } catch { failures.append("\(error)") }
        try? await Task.sleep(for: .milliseconds(2))
      }
      await client.close()
      return (answered, failures)
    }

    /// Runs something while a client asks, which must get an answer each time.
    private static func amidQueries(
      _ cluster: CouncilCluster, _ shop: RandomShop, _ body: () async throws -> Void
    ) async throws {
      let isOver = Lock(false)
      async let asked = ask(cluster, shop, until: isOver)
      let outcome: Result<Void, any Error>
      do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
      try? await Task.sleep(for: .milliseconds(200))
      isOver.withLock { $0 = true }
      let (answered, failures) = try await asked
      try outcome.get()
      #expect(answered > 0 && failures.isEmpty, "\(failures.prefix(3))")
    }

    @Test func eachCoordinatorAnswersTheSameAtOnceAndSoDoesOneThatHasLostItsDisk() async throws {
      let shop = try LoopbackTests.shop(400)
      let requests = shop.requests(8)
      let expected = try requests.map { try #require(try shop.twin.answer($0)).results.body.bytes }
      try await CouncilCluster.run { cluster in
        let chair = try await cluster.awaitChair(among: cluster.addresses)
        let others = cluster.addresses.filter { $0 != chair }
        // Administration over a coordinator that does not have the chair.
        try await cluster.fill(shop, over: others[0])
        for address in cluster.addresses {
          let asker = try await cluster.connect(address)
          for (request, bytes) in zip(requests, expected) {
            #expect(try resultBytes(try await asker.body(request)) == bytes, "\(address) of \(chair)")
          }
          await asker.connection.close()
        }
        #expect(try await Python.results(cluster.addresses.joined(separator: ","), requests) == expected)
        let status = try await askWinnow(["cluster", "status", "--coordinator", others[1]])
        let metadata = try #require(status["metadata"] as? [String: Any])
        #expect(metadata["store"] as? String == "etcd" && metadata["state"] as? String == "answers")
        let rows = try #require(metadata["coordinators"] as? [[String: Any]])
        #expect(
          rows.count == 3 && rows.filter { $0["chair"] as? Bool == true }.map { $0["address"] as? String } == [chair])

        let lost = try #require(cluster.addresses.firstIndex(of: others[0]))
        let place = TemporaryDirectory()
        try await cluster.restart(lost, directory: place.path)
        try await cluster.awaitChair(among: cluster.addresses)
        try await cluster.poll("the model is fetched") {
          try await cluster.asking(others[0]) { try resultBytes(try await $0.body(requests[0])) } == expected[0]
        }
        let models = try FileManager.default.contentsOfDirectory(atPath: "\(place.path)/models")
        #expect(models.contains { $0.hasSuffix("manifest.json") })
      }
    }

    @Test func noQueryFailsWhenTheChairOrALeaderOfEtcdIsKilled() async throws {
      let shop = try LoopbackTests.shop(300)
      try await CouncilCluster.run(etcd: 3) { cluster in
        let chair = try await cluster.awaitChair(among: cluster.addresses)
        try await cluster.fill(shop, over: chair)
        let killed = try #require(cluster.addresses.firstIndex(of: chair))
        let left = cluster.addresses.filter { $0 != chair }
        try await Self.amidQueries(cluster, shop) {
          cluster.coordinator(killed).signal(SIGKILL)
          _ = try await cluster.coordinator(killed).exitCode()
          let next = try await cluster.awaitChair(among: left)
          #expect(next != chair)
        }
        // The new chair administers, over the other one too.
        for (number, address) in left.enumerated() {
          try await cluster.poll("a collection is made over \(address)") {
            _ = try await cluster.asking(address) {
              try await $0.ask(CollectionCreateRequest(name: "more\(number)", schema: shop.schema))
            }
            return true
          }
        }
        try await Self.amidQueries(cluster, shop) {
          // Which member leads is for etcd: each is killed once, with time to elect another and to come back in between.
          cluster.etcdMember(0).signal(SIGKILL)
          _ = try await cluster.etcdMember(0).exitCode()
          try await cluster.make("two of three go on", over: left[0], madeBefore: .unknownCollection) {
            _ = try await $0.ask(CollectionDropRequest(generation: Generation(0), name: "more0"))
          }
        }
        // Without a majority nothing is administered, and queries go on.
        try await Self.amidQueries(cluster, shop) {
          cluster.etcdMember(1).signal(SIGKILL)
          _ = try await cluster.etcdMember(1).exitCode()
          try await cluster.poll("administration is refused") {
            try await cluster.asking(left[1]) { asker in
              do {
                try await asker.ask(CollectionDropRequest(generation: Generation(0), name: "more1"))
                return false
              } catch CallError.refused(let error) { return error.code == .metadataUnavailable }
            }
          }
        }
      }
    }

    /// What a backup of etcd does not have, and all coordinators that are asked to let it count.
    private struct PutBack {
      let cluster: CouncilCluster
      let shop: RandomShop
      let backup = TemporaryDirectory()

      func winnow(_ arguments: String...) async throws -> (code: Int32, text: String) {
        let all = cluster.addresses.joined(separator: ",")
        let verb = try ProgramProcess("winnow", ["--coordinator", all] + arguments)
        return (try await verb.exitCode(), verb.output + verb.errors)
      }

      /// Keeps what etcd has, then makes a collection and another member lead.
      func prepare() async throws {
        try await cluster.restartEtcd(0) { try FileManager.default.copyItem(atPath: $0, toPath: "\(backup.path)/etcd") }
        let chair = try await cluster.awaitChair(among: cluster.addresses)
        try await cluster.make("a collection is made", over: chair, madeBefore: .conflict) {
          try await $0.ask(CollectionCreateRequest(name: "later", schema: shop.schema))
        }
        try await cluster.poll("the other member leads") {
          try await winnow("replica", "promote", "0", cluster.shardAddresses[1]).code == 0
        }
        for address in cluster.addresses {
          try await cluster.poll("\(address) knows it") {
            let members = try await cluster.asking(address) {
              try await $0.ask(StatusRequest(wantsMembers: true)).members
            }
            return members.contains { $0.isPrimary && $0.address == cluster.shardAddresses[1] }
          }
        }
      }

      func putBack(_ path: String) throws {
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.copyItem(atPath: "\(backup.path)/etcd", toPath: path)
      }

      func checkThatItIsNoticed() async throws {
        for address in cluster.addresses {
          try await cluster.poll("\(address) says that it went back") {
            try await cluster.asking(address) { try await $0.ask(MetadataRequest(.read)).state == .wentBack }
          }
          try await cluster.poll("nothing is administered over \(address)") {
            try await cluster.asking(address) { asker in
              do {
                try await asker.ask(CollectionDropRequest(generation: Generation(0), name: "later"))
                return false
              } catch CallError.refused(let error) { return error.code == .metadataWentBack }
            }
          }
        }
        let refused = try await winnow("collection", "drop", "later", "--yes")
        #expect(refused.code != 0 && refused.text.contains("went back"), "\(refused.text)")
      }

      /// All that was known counts, and the shard goes on with the member that led.
      func recover(_ request: RankRequest, _ expected: [UInt8]) async throws {
        let recovered = try await winnow("cluster", "recover")
        #expect(recovered.code == 0, "\(recovered.text)")
        let chair = try await cluster.awaitChair(among: cluster.addresses)
        try await cluster.make("what came later is dropped", over: chair, madeBefore: .unknownCollection) {
          _ = try await $0.ask(CollectionDropRequest(generation: Generation(0), name: "later"))
        }
        try await cluster.poll("both members are in sync") { try await winnow("replica", "list").code == 0 }
        for address in cluster.addresses {
          #expect(try await cluster.asking(address) { try resultBytes(try await $0.body(request)) } == expected)
        }
        let epoch = try await cluster.asking(chair) { try await $0.ask(StatusRequest()).epoch }
        #expect(epoch.rawValue > 1000)
      }
    }

    @Test func anEtcdThatWasPutBackIsNoticedAndRecovered() async throws {
      let shop = try LoopbackTests.shop(200)
      let request = shop.requests(1)[0]
      try await CouncilCluster.run(coordinators: 2, isReplicated: true) { cluster in
        let chair = try await cluster.awaitChair(among: cluster.addresses)
        try await cluster.fill(shop, over: chair)
        let expected = try await cluster.asking(chair) { try resultBytes(try await $0.body(request)) }
        let story = PutBack(cluster: cluster, shop: shop)
        try await story.prepare()
        try await Self.amidQueries(cluster, shop) {
          try await cluster.restartEtcd(0) { try story.putBack($0) }
          try await story.checkThatItIsNoticed()
        }
        try await story.recover(request, expected)
      }
    }

    @Test func coordinatorsThatStartWithoutEtcdAnswerAndKnowThatItWasPutBack() async throws {
      let shop = try LoopbackTests.shop(200)
      let request = shop.requests(1)[0]
      try await CouncilCluster.run(coordinators: 2, isReplicated: true) { cluster in
        let chair = try await cluster.awaitChair(among: cluster.addresses)
        try await cluster.fill(shop, over: chair)
        let expected = try await cluster.asking(chair) { try resultBytes(try await $0.body(request)) }
        let story = PutBack(cluster: cluster, shop: shop)
        try await story.prepare()
        // Until what is known is on their disks.
        try await Task.sleep(for: .milliseconds(500))
        try await cluster.restartEtcd(0) { path in
          for index in cluster.addresses.indices { try await cluster.restart(index) }
          for address in cluster.addresses {
            try await cluster.poll("\(address) answers without etcd") {
              try await cluster.asking(address) { try resultBytes(try await $0.body(request)) } == expected
            }
            try await cluster.poll("nothing is administered") { try await Self.isClosed(cluster, address) }
          }
          try story.putBack(path)
        }
        try await story.checkThatItIsNoticed()
        try await story.recover(request, expected)
      }
    }

    /// Whether administration over a coordinator is refused since the store cannot be had.
    private static func isClosed(_ cluster: CouncilCluster, _ address: String) async throws -> Bool {
      try await cluster.asking(address) { asker in
        do {
          try await asker.ask(CollectionDropRequest(generation: Generation(0), name: "none"))
          return false
        } catch CallError.refused(let error) { return error.code == .metadataUnavailable }
      }
    }

    @Test func aCoordinatorThatIsCutOffFromEtcdGoesOnAndTheOthersAdminister() async throws {
      let shop = try LoopbackTests.shop(200)
      try await CouncilCluster.run(coordinators: 2, hasProxy: true) { cluster in
        try await cluster.fill(shop, over: try await cluster.awaitChair(among: cluster.addresses))
        let (well, cut) = (cluster.addresses[0], cluster.addresses[1])
        let proxy = try #require(cluster.proxy)
        var weather = ChaosProxy.Weather()
        (weather.toServer.isHeld, weather.toClient.isHeld) = (true, true)
        try await Self.amidQueries(cluster, shop) {
          proxy.weather = weather
          try await cluster.poll("it says so") {
            try await cluster.asking(cut) { try await $0.ask(MetadataRequest(.read)).state == .silent }
          }
          try await cluster.awaitChair(among: [well])
          try await cluster.make("the other one administers", over: well, madeBefore: .conflict) {
            try await $0.ask(CollectionCreateRequest(name: "later", schema: shop.schema))
          }
          for request in shop.upserts(batch: 100, writer: 11) {
            let answer = try await cluster.asking(cut) { try await $0.ask(request) }
            #expect(answer.statuses.allSatisfy { $0 == .replaced })
          }
          proxy.weather = ChaosProxy.Weather()
          try await cluster.awaitChair(among: cluster.addresses)
        }
        try await cluster.make("over it what came meanwhile is dropped", over: cut, madeBefore: .unknownCollection) {
          _ = try await $0.ask(CollectionDropRequest(generation: Generation(0), name: "later"))
        }
      }
    }

    @Test func anEtcdWithoutSpaceStopsAdministrationAlone() async throws {
      let shop = try LoopbackTests.shop(200)
      let flags = ["--quota-backend-bytes", "\(8 << 20)"]
      try await CouncilCluster.run(coordinators: 2, etcdFlags: flags) { cluster in
        let chair = try await cluster.awaitChair(among: cluster.addresses)
        try await cluster.fill(shop, over: chair)
        let filler = Data("filler".utf8).base64EncodedString()
        try await Self.amidQueries(cluster, shop) {
          let value = Data(repeating: 7, count: 512 << 10).base64EncodedString()
          var puts = 0
          while try await cluster.etcd("/v3/kv/put", ["key": filler, "value": value])["error"] == nil {
            puts += 1
            try #require(puts < 40, "there is room without an end")
          }
          for address in cluster.addresses {
            try await cluster.poll("administration is refused") { try await Self.isClosed(cluster, address) }
          }
          for request in shop.upserts(batch: 100, writer: 11) {
            let answer = try await cluster.asking(chair) { try await $0.ask(request) }
            #expect(answer.statuses.allSatisfy { $0 == .replaced })
          }
          let status = try await askWinnow(["cluster", "status", "--coordinator", chair])
          let fault = (status["metadata"] as? [String: Any])?["fault"] as? String ?? ""
          #expect(fault.contains("space"), "\(status)")
          // As the page of several coordinators says it.
          let now = try await cluster.etcd("/v3/kv/range", ["key": filler, "keys_only": true])
          let header = try #require(now["header"] as? [String: Any])
          let (revision, member) = (try #require(header["revision"]), try #require(header["member_id"]))
          _ = try await cluster.etcd("/v3/kv/compaction", ["revision": revision, "physical": true])
          _ = try await cluster.etcd("/v3/maintenance/defragment", [:])
          _ = try await cluster.etcd(
            "/v3/maintenance/alarm", ["action": "DEACTIVATE", "memberID": member, "alarm": "NOSPACE"])
          try await cluster.awaitChair(among: cluster.addresses)
        }
        try await cluster.make("there is room again", over: chair, madeBefore: .conflict) {
          try await $0.ask(CollectionCreateRequest(name: "later", schema: shop.schema))
        }
      }
    }

    @Test func filesAreTakenToEtcdOnceAndWrongFlagsAreSaid() async throws {
      let shop = try LoopbackTests.shop(100)
      let etcd = try await EtcdProcess.start()
      try await ProcessCluster.run(shardCount: 2) { cluster in
        try await cluster.fill(shop)
        let asker = try await cluster.connect()
        let query = shop.requests(1)[0]
        let before = try resultBytes(try await asker.body(query))
        await asker.connection.close()
        try cluster.coordinator.signal(SIGTERM)
        #expect(try await cluster.coordinator.exitCode() == 0)

        func coordinator(_ flags: [String]) throws -> ProgramProcess {
          try ProgramProcess(
            "winnowd",
            ["coordinator", "--listen", cluster.address, "--data-dir", cluster.data.path, "--threads", "1"] + flags)
        }
        func refusal(_ flags: [String], _ code: Int32, _ words: String) async throws {
          let process = try coordinator(flags)
          #expect(try await process.exitCode() == code, "\(flags): \(process.errors)")
          #expect(process.errors.contains(words), "\(flags): \(process.errors)")
        }
        let store = ["--metadata", "etcd", "--etcd", "http://\(etcd.address)"]
        try await refusal(["--metadata", "etcd"], 2, "needs the members of etcd")
        try await refusal(["--etcd", "http://\(etcd.address)"], 2, "without --metadata etcd")
        try await refusal(["--metadata", "etcd", "--etcd", "https://\(etcd.address)"], 2, "say by --etcd-tls-dir DIR")
        try await refusal(["--metadata", "etcd", "--etcd", "here"], 2, "not like http://10.0.0.1:2379")
        try await refusal(store + ["--etcd-prefix", "a/b"], 2, "1 to 64 of the characters")
        try await refusal(store + ["--etcd-user", "winnow"], 2, "--etcd-password-file")
        try await refusal(["--metadata", "etcd", "--etcd", "http://127.0.0.1:1"], 5, "127.0.0.1:1")
        try await refusal(store, 7, "--import-metadata")

        let imported = try coordinator(store + ["--import-metadata"])
        _ = try await imported.address()
        try await cluster.waitUntil("the shards are told") {
          $0.shards.allSatisfy { $0.state == .up && $0.missing == nil }
        }
        let again = try await cluster.connect()
        var after: [UInt8]?
        for _ in 0..<1200 where after == nil {
          // It answers SHUTTING_DOWN until it has all that etcd has.
          after = try? resultBytes(try await again.body(query))
          if after == nil { try await Task.sleep(for: .milliseconds(50)) }
        }
        #expect(after == before)
        await again.connection.close()
        imported.signal(SIGTERM)
        #expect(try await imported.exitCode() == 0)
        try await refusal(store + ["--import-metadata"], 7, "has a cluster")
        try await refusal(store + ["--shards", "127.0.0.1:9"], 7, "127.0.0.1:9")
        let later = try coordinator(store)
        _ = try await later.address()
        later.stop()
      }
    }
  }
}
