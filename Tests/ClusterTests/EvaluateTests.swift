import Foundation
import SocketTransport
import Support
import Testing
import Transport
import Wire

extension ClusterSuite {
  /// `winnow evaluate` on a model directory, offline and against the cluster that serves it.
  @Suite struct EvaluateTests {
    @discardableResult
    private func winnow(_ arguments: [String], expect code: Int32 = 0) async throws -> ProgramProcess {
      let process = try ProgramProcess("winnow", arguments)
      let ended = try await process.exitCode(within: 120)
      #expect(ended == code, "\(arguments): \(process.output)\(process.errors)")
      return process
    }

    /// Makes a `shop`, a log of it as `data`, and `model`, which knows nothing of the last events and reads what shoppers
    /// have had.
    private func make(_ path: String) async throws {
      try await winnow([
        "import", "synthetic", "--items", "300", "--users", "40", "--seed", "5", "--out", "\(path)/shop",
      ])
      var random = SeededRandom(seed: 7)
      var log = "user,item,time\n"
      for user in 2...41 {
        for event in 0..<4 + Int(random.next() % 9) {
          log += "\(user),\(1 + random.next() % 300),\(1_600_000_000 + event * 86_400 + user)\n"
        }
      }
      try Data(log.utf8).write(to: URL(filePath: "\(path)/log.csv"))
      try await winnow([
        "import", "tsv", "\(path)/log.csv", "--items", "\(path)/shop/items.jsonl", "--out", "\(path)/data",
      ])
      try await winnow([
        "train", "\(path)/data", "--epochs", "1", "--tower-epochs", "2", "--dimension", "8", "--inputs",
        "user,item,product,features", "--keep-known", "--hold-out", "last", "--out", "\(path)/model",
      ])
      // As a model from elsewhere has none.
      try FileManager.default.removeItem(atPath: "\(path)/model/training.json")
    }

    private func object(_ process: ProgramProcess) throws -> [String: Any] {
      try #require(try JSONSerialization.jsonObject(with: Data(process.output.utf8)) as? [String: Any])
    }

    private func system(_ name: String, _ report: [String: Any]) throws -> [String: Any] {
      let systems = try #require(report["systems"] as? [[String: Any]])
      return try #require(systems.first { $0["name"] as? String == name })
    }

    @Test func theClusterAnswersWhatTheOfflinePathSays() async throws {
      let directory = TemporaryDirectory()
      let path = directory.path
      try await make(path)
      try await ProcessCluster.run { cluster in
        try await cluster.waitUntil("all shards are up") { $0.shards.allSatisfy { $0.state == .up } }
        let at = ["--coordinator", cluster.address]
        try await winnow(at + ["collection", "create", "shop", "--schema", "\(path)/model/schema.json"])
        try await winnow(
          at + [
            "feed", "--collection", "shop", "--complete", "--vectors", "\(path)/model/items.safetensors",
            "\(path)/model/items.jsonl",
          ])
        try await winnow(at + ["model", "push", "--collection", "shop", "\(path)/model"])
        let evaluate = [
          "--format", "json", "--timeout", "20s", "evaluate", "\(path)/model", "\(path)/data", "--k", "5,20", "--live",
          cluster.address, "--collection", "shop",
        ]
        for flags in [[], ["--keep-known", "--depth", "25", "--most-per", "category=1"]] {
          let report = try object(try await winnow(evaluate + flags))
          let live = try #require(report["live"] as? [String: Any])
          let cases = try #require(report["cases"] as? Int)
          #expect(cases > 30 && live["whole"] as? Int == cases && live["same"] as? Int == cases)
          #expect(live["unanswered"] as? Int == report["unanswered"] as? Int)
          let (offline, asked) = (try system("re-ranked", report), try system("live", report))
          for k in [5, 20] {
            for metric in ["hr", "ndcg", "mrr", "recall"] {
              let key = "\(metric)@\(k)"
              #expect(
                offline[key] is [String: Double] && offline[key] as? [String: Double] == asked[key] as? [String: Double]
              )
            }
            #expect(offline["coverage@\(k)"] as? Double == asked["coverage@\(k)"] as? Double)
          }
          if !flags.isEmpty {
            let capped = try system("at most 1 per category", report)
            #expect(
              capped["ndcg@20"] as? [String: Double] == (try system("live, capped", report))["ndcg@20"]
                as? [String: Double])
            #expect((report["live, capped"] as? [String: Any])?["same"] as? Int == cases)
            #expect(capped["coverage@20"] as? Double != offline["coverage@20"] as? Double)
          }
          #expect(
            try system("retrieval", report)["ndcg@20"] as? [String: Double] != offline["ndcg@20"] as? [String: Double])
        }

        // So does a model that computes in 8 bits, and what that costs is said beside it.
        let small = "\(path)/small"
        let compress = ["model", "compress", "\(path)/model", "\(path)/data", "--out", small]
        let cost = try object(try await winnow(["--format", "json"] + compress))
        #expect(cost["arithmetic"] as? String == "int8" && cost["samples"] as? Int == 40)
        #expect(try system("float32", cost)["ndcg@10"] is [String: Double])
        #expect((cost["differences"] as? [[String: Any]])?.first?["other"] as? String == "float32")
        for file in ["users.dict", "items.dict"] {
          #expect(FileManager.default.contentsEqual(atPath: "\(small)/\(file)", andPath: "\(path)/model/\(file)"))
        }
        try await winnow(compress, expect: 7)
        try await winnow(["model", "compress", small, "\(path)/data", "--out", "\(path)/smaller"], expect: 7)
        try await winnow(at + ["model", "push", "--model-only", "--collection", "shop", small])
        let asked = try object(try await winnow(evaluate.map { $0 == "\(path)/model" ? small : $0 }))
        let answers = try #require(asked["live"] as? [String: Any])
        #expect(answers["same"] as? Int == asked["cases"] as? Int)
        #expect(try system("live", asked)["ndcg@20"] is [String: Double])

        // A dead shard makes answers partial: they are named and do not count.
        cluster.shard(1).signal(SIGKILL)
        try await cluster.waitUntil("the dead shard is down") { $0.shards[1].state == .down }
        let degraded = try object(try await winnow(evaluate, expect: 3))
        let live = try #require(degraded["live"] as? [String: Any])
        #expect(live["whole"] as? Int == live["unanswered"] as? Int)
        let partial = try #require(live["partial"] as? [String: Int])
        #expect(partial.keys.allSatisfy { $0.contains("shard 1") } && partial.values.reduce(0, +) > 30)
      }
    }

    /// A coordinator that refuses three of four calls, as one does that has too much to do.
    @Test func verbsOfManyCallsWaitForRoom() async throws {
      let directory = TemporaryDirectory()
      let path = directory.path
      try await make(path)
      let loops = try EventLoopGroup(loopCount: 1)
      let coordinator = ScriptedServer { request, count in
        guard count % 4 == 0 else { return .failure(WireError(.overloaded, message: "no room for this call")) }
        guard request.opcode == .modelLoad,
          let load = try? ModelLoadRequest(body: request.body, version: request.bodyVersion)
        else {
          return .reply(ScriptedServer.emptyAnswer().body(version: request.bodyVersion))
        }
        guard case .chunk(_, _, let offset, let part) = load.step else {
          return .reply(ModelLoadResponse(received: 0, model: 9).body(version: request.bodyVersion))
        }
        return .reply(ModelLoadResponse(received: offset + UInt64(part.count)).body(version: request.bodyVersion))
      }
      let server = try await Server.listen(
        "127.0.0.1:0", over: SocketNetwork(group: loops), handler: coordinator, random: SystemRandom())
      // Answers of a coordinator without a model are told as that; a call that failed would end this with code 1.
      let evaluate = [
        "--json", "--timeout", "20s", "evaluate", "\(path)/model", "\(path)/data", "--live", server.address,
        "--collection",
        "shop",
      ]
      let evaluated = try await winnow(evaluate, expect: 3)
      let live = try #require(try object(evaluated)["live"] as? [String: Any])
      #expect((live["partial"] as? [String: Int])?["no model serves the collection"] ?? 0 > 30)
      #expect(evaluated.errors.contains("waiting: OVERLOADED: no room for this call"))
      let impatient = try await winnow(evaluate + ["--wait-max", "0s"], expect: 1)
      #expect(impatient.errors.contains("no room for this call"))
      let push = ["model", "push", "--model-only", "--collection", "shop", "\(path)/model"]
      try await winnow(["--coordinator", server.address, "--timeout", "20s"] + push)
      await server.close()
      await loops.shutdown()
    }

    @Test func whatCannotBeEvaluatedIsSaid() async throws {
      let directory = TemporaryDirectory()
      let path = directory.path
      try await make(path)
      let evaluate = ["evaluate", "\(path)/model", "\(path)/data"]
      let human = try await winnow(evaluate + ["--against", "popularity", "--require", "hr@10<=1"])
      #expect(
        human.output.contains("NDCG@10") && human.output.contains("PASS") && human.output.contains("training.json"))
      let groups = ["--fairness", "category,price_band", "--user-group", "activity", "--most-per", "category=2"]
      let report = try object(try await winnow(["--format", "json"] + evaluate + groups))
      let fairness = try #require(report["fairness"] as? [String: Any])
      for grouping in try #require(fairness["items"] as? [[String: Any]]) {
        let rows = try #require(grouping["groups"] as? [[String: Any]])
        for key in ["relevance", "exposure", "capped_exposure"] {
          #expect(abs(rows.reduce(0) { $0 + ($1[key] as? Double ?? .nan) } - 1) < 1e-9)
        }
      }
      #expect(try await winnow(evaluate + groups).output.contains("shown under the cap"))
      for flags in [["--fairness", "title"], ["--user-group", "title"], ["--most-per", "price=2"]] {
        try await winnow(evaluate + flags, expect: 2)
      }
      try await winnow(evaluate + ["--require", "ndcg@10>=0.99"], expect: 4)
      try await winnow(evaluate + ["--require", "ndcg@11>=0.1"], expect: 2)
      try await winnow(evaluate + ["--k", "20", "--depth", "10"], expect: 2)
      try await winnow(evaluate + ["--split", "yesterday"], expect: 2)
      #expect(try await winnow(evaluate + ["--split", "test"], expect: 1).errors.contains("test.tsv"))
      #expect(try await winnow(evaluate + ["--split", "validation"], expect: 1).errors.contains("training.json"))
      #expect(
        try await winnow(["evaluate", "\(path)/shop", "\(path)/data"], expect: 1).errors.contains("manifest.json"))
      #expect(try await winnow(["evaluate", "\(path)/model", path], expect: 1).errors.contains("dataset.json"))
      try await winnow(evaluate + ["--live", "127.0.0.1:1", "--timeout", "2s"], expect: 5)
      let again = try await winnow(["--format", "json"] + evaluate + ["--threads", "3"])
      #expect(try await winnow(["--format", "json"] + evaluate + ["--threads", "1"]).output == again.output)
    }

    @Test func aModelThatLearnedFromTheTestIsCaughtAndOneThatDidNotIsNot() async throws {
      let directory = TemporaryDirectory()
      let path = directory.path
      try await make(path)
      let train = ["train", "\(path)/data", "--epochs", "1", "--tower-epochs", "2", "--dimension", "8", "--out"]
      try await winnow(train + ["\(path)/fair", "--hold-out", "last"])
      try await winnow(train + ["\(path)/greedy"])
      let evaluate = ["--format", "json", "evaluate", "--baselines", "none", "--against", "\(path)/greedy"]
      let report = try object(try await winnow(evaluate + ["\(path)/fair", "\(path)/data"]))
      let notes = try #require(report["notes"] as? [String])
      let learned = notes.filter { $0.contains("has learned from") }
      #expect(learned.count == 1 && learned[0].hasPrefix("\(path)/greedy"))
      // What the greedy one has seen it finds again.
      let hits = try ["retrieval", "\(path)/greedy"].map { try system($0, report)["auc"] as? [String: Double] }
      #expect(try #require(hits[0]?["mean"]) < 0.9 && hits[1] != nil)
      let validation = try await winnow(["evaluate", "\(path)/fair", "\(path)/data", "--split", "validation"])
      #expect(validation.output.contains("--no-refit"))
      try await winnow(train + ["\(path)/chosen", "--hold-out", "last", "--no-refit"])
      let honest = try await winnow(["evaluate", "\(path)/chosen", "\(path)/data", "--split", "validation"])
      #expect(!honest.output.contains("has learned from"))
      #expect(honest.output.contains("split validation, strict,"))
      try await winnow(train + ["\(path)/odd", "--hold-out", "first"], expect: 2)
      // Neither the last event nor the one before it is learned from.
      let trained = try await winnow(train + ["\(path)/strict", "--hold-out", "last-two"])
      #expect(
        trained.output.contains("held-out events, strict") && trained.output.contains("which nothing learned from"))
      let strict = try await winnow(["evaluate", "\(path)/strict", "\(path)/data"])
      #expect(strict.output.contains("split last, strict,") && !strict.output.contains("has learned from"))
      let mixed = try await winnow(["evaluate", "\(path)/strict", "\(path)/data", "--split", "validation"], expect: 1)
      #expect(mixed.errors.contains("--no-refit"))
      let fair = try object(try await winnow(["--format", "json", "evaluate", "\(path)/fair", "\(path)/data"]))
      #expect(fair["manner"] as? String == "refitted")
      let odd = try await winnow(train + ["\(path)/odd", "--hold-out", "last-two", "--tower", "bpr"], expect: 2)
      #expect(odd.errors.contains("--no-refit"))
    }
  }
}
