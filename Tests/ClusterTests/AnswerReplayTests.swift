import Foundation
import Support
import Testing
import Transport
import Vocabulary
import Wire

extension ClusterSuite {
  /// Answers that were logged while models were pushed, slots moved and a coordinator started again.
  @Suite struct AnswerReplayTests {
    private static let users = 40
    private static let settings = [
      "--dimension", "8", "--rerank-dimension", "8", "--layers", "12", "--epochs", "1", "--tower-epochs", "2",
      "--patience", "0", "--batch", "32",
    ]
    private let directory = TemporaryDirectory()

    private var path: String { directory.path }

    @discardableResult
    private func winnow(_ arguments: [String], expect code: Int32 = 0) async throws -> String {
      let process = try ProgramProcess("winnow", arguments, environment: ["XDG_STATE_HOME": "\(path)/state"])
      let ended = try await process.exitCode(within: 1800)
      #expect(ended == code, "\(arguments): \(process.output)\(process.errors)")
      return process.output
    }

    /// Trains a model of each seed on one log.
    private func models(_ seeds: [String]) async throws -> [String] {
      var random = SeededRandom(seed: 23)
      var text = "user\titem\tevent\ttime\n"
      for user in 0..<Self.users {
        for hour in 0..<10 { text += "u\(user)\ti\(random.next() % 60)\tclick\t\(1_700_000_000 + hour * 3600)\n" }
      }
      try Data(text.utf8).write(to: URL(filePath: "\(path)/log.tsv"))
      try await winnow(["import", "tsv", "--out", "\(path)/data", "\(path)/log.tsv"])
      var models: [String] = []
      for seed in seeds {
        models.append("\(path)/model-\(seed)")
        try await winnow(["train", "--seed", seed, "--out", models[models.count - 1], "\(path)/data"] + Self.settings)
      }
      return models
    }

    private func replay(_ models: [String], _ log: String, expect code: Int32 = 0) async throws -> [String: Any] {
      let output = try await winnow(
        ["log", "replay", "--json", "--model", models.joined(separator: ","), log], expect: code)
      return try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
    }

    @Test func everyAnswerIsComputedAgainToTheLastBit() async throws {
      let count = TestScale.isFull ? 100_000 : 300
      let models = try await models(["1", "2"])
      try await ProcessCluster.run(
        shardCount: 2, coordinatorFlags: ["--answer-log-max", "64GiB", "--input-log-rate", "1"]
      ) { cluster in
        try await cluster.waitUntil("all shards are up") { $0.shards.allSatisfy { $0.state == .up } }
        let at = ["--coordinator", cluster.address, "--timeout", "30s"]
        try await winnow(at + ["collection", "create", "shop", "--schema", "\(models[0])/schema.json"])
        try await winnow(at + ["model", "push", models[0]])

        // Shoppers ask all the time, in three parts.
        func ask(_ part: Range<Int>) async throws {
          let asker = try await cluster.connect()
          for number in part {
            var request = RankRequest(collection: "shop", k: 5, depth: 20)
            request.user = UserID(UInt64(number % Self.users))
            let report = try await asker.ask(request).report
            #expect(report.missing.isEmpty && report.model != 0)
            // The log takes what comes within a pause; faster answers may be dropped, and are counted then.
            if number % 100 == 99 { try await Task.sleep(for: .milliseconds(20)) }
          }
          await asker.connection.close()
        }
        async let first: Void = ask(0..<count / 3)
        try await winnow(at + ["model", "push", models[1]])
        try await first
        async let second: Void = ask(count / 3..<2 * count / 3)
        try await winnow(at + ["shard", "move", "500", "--from", "0", "--to", "1"])
        try await second
        try cluster.coordinator.signal(SIGTERM)
        #expect(try await cluster.coordinator.exitCode() == 0)
        try await cluster.restartCoordinator()
        try await cluster.waitUntil("all shards are up") { $0.shards.allSatisfy { $0.state == .up } }
        try await ask(2 * count / 3..<count)
        try cluster.coordinator.signal(SIGTERM)
        #expect(try await cluster.coordinator.exitCode() == 0)

        let log = "\(cluster.data.path)/answers"
        let whole = try await replay(models, log)
        #expect(
          whole["equal"] as? Int == count && whole["different"] as? Int == 0 && whole["without_model"] as? Int == 0,
          "\(whole)")

        // A log in which a bit is another one is not whole.
        let file = URL(
          filePath: "\(log)/\(try #require(try FileManager.default.contentsOfDirectory(atPath: log).min()))")
        var bytes = try Data(contentsOf: file)
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: file)
        #expect(try await replay(models, log, expect: 4)["log_whole"] as? Bool == false)
      }
    }
  }
}
