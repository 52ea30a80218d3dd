import Foundation
import Glibc
import Support
import Testing
import Wire

extension ClusterSuite {
  /// `winnow loop` beside a cluster whose shoppers change their taste.
  @Suite struct LoopTests {
    private static let users = 80
    private let directory = TemporaryDirectory()

    private var path: String { directory.path }
    private var loop: String { "\(path)/loop" }

    private func process(_ arguments: [String]) throws -> ProgramProcess {
      try ProgramProcess("winnow", arguments, environment: ["XDG_STATE_HOME": "\(path)/state"])
    }

    @discardableResult
    private func winnow(_ arguments: [String], expect code: Int32 = 0) async throws -> String {
      let process = try process(arguments)
      let ended = try await process.exitCode(within: 300)
      #expect(ended == code, "\(arguments): \(process.output)\(process.errors)")
      return process.output + process.errors
    }

    /// Writes a log in which each shopper takes ten items of a taste, an hour after another.
    ///
    /// - Parameter start: Seconds since 1970.
    private func log(
      _ name: String, from start: Int, users: Range<Int> = 0..<users, taste: (Int) -> Range<Int>
    ) throws -> String {
      var random = SeededRandom(seed: UInt64(start % 7 + 1))
      var text = "user\titem\tevent\ttime\n"
      for user in users {
        var items = Array(taste(user))
        items.shuffle(using: &random)
        for (place, item) in items.prefix(10).enumerated() {
          text += "u\(user)\ti\(item)\tclick\t\(start + place * 3600 + user * 7)\n"
        }
      }
      try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
      return "\(path)/\(name)"
    }

    private static let settings =
      "--dimension 8 --rerank-dimension 8 --layers 12 --epochs 2 --tower-epochs 4 --patience 0 --depth 20 --batch 32"

    private func runs() -> [[String: Any]] {
      let text = (try? String(contentsOfFile: "\(loop)/runs.jsonl", encoding: .utf8)) ?? ""
      return text.split(separator: "\n").compactMap {
        try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
      }
    }

    private func serving(_ cluster: ProcessCluster) async throws -> Int {
      let process = try process(["model", "list", "--json", "--coordinator", cluster.address])
      #expect(try await process.exitCode(within: 60) == 0)
      let json = try JSONSerialization.jsonObject(with: Data(process.output.utf8)) as? [String: Any]
      let generations = json?["generations"] as? [[String: Any]] ?? []
      return generations.first { $0["state"] as? String == "active" }?["generation"] as? Int ?? 0
    }

    @Test func tasteThatDriftsIsLearnedAndAPoisonedDayIsNotPushed() async throws {
      let now = Int(Date().timeIntervalSince1970)
      let old = try log("old.tsv", from: now - 12 * 86_400) { $0 % 2 * 20..<$0 % 2 * 20 + 20 }
      let model = "\(path)/model"
      try await winnow(["import", "tsv", "--out", "\(path)/data", old])
      try await winnow(
        ["train", "--out", model, "\(path)/data"] + Self.settings.split(separator: " ").map(String.init))
      try await ProcessCluster.run(shardCount: 2) { cluster in
        try await cluster.waitUntil("all shards are up") { $0.shards.allSatisfy { $0.state == .up } }
        let at = ["--coordinator", cluster.address, "--timeout", "30s"]
        try await winnow(at + ["collection", "create", "shop", "--schema", "\(model)/schema.json"])
        try await winnow(at + ["model", "push", "--collection", "shop", model])
        let first = try await serving(cluster)

        // Those who liked one half like the other one now.
        let drift = try log("drift.tsv", from: now - 2 * 86_400) { (1 - $0 % 2) * 20..<(1 - $0 % 2) * 20 + 20 }
        try await winnow(at + ["event", "import", drift, "--collection", "shop"])
        let arguments =
          at + [
            "loop", "--collection", "shop", "--dir", loop, "--model", model, "--log", old, "--held-out", "3h", "--gate",
            "better", "--train-flags=\(Self.settings)",
          ]
        // A loop that is killed amid its first run, while another one is refused.
        let killed = try process(arguments)
        let state = "\(loop)/loop.json"
        for _ in 0..<600 where !FileManager.default.fileExists(atPath: state) {
          try await Task.sleep(for: .milliseconds(50))
        }
        killed.signal(SIGSTOP)
        let isFirst = runs().isEmpty
        if isFirst {
          let other = try await winnow(arguments, expect: 7)
          #expect(other.contains("another loop runs in"))
        }
        killed.signal(SIGKILL)
        _ = try await killed.exitCode(within: 60)
        if isFirst { try await winnow(arguments) }
        let pushed = try #require(runs().first)
        #expect(pushed["run"] as? Int == 1, "the run that was interrupted went on")
        #expect(pushed["outcome"] as? String == "pushed" && pushed["low"] as? Double ?? -1 > 0, "\(pushed)")
        let second = try await serving(cluster)
        #expect(second > first)

        // Programs click at random.
        let poison = try log("poison.tsv", from: now - 86_400, users: 0..<40) { _ in 0..<40 }
        try await winnow(at + ["event", "import", poison, "--collection", "shop"])
        let poisoned = try await winnow(arguments, expect: 4)
        #expect(!poisoned.contains("from the start"), "the model of the first run was trained further: \(poisoned)")
        let refused = try #require(runs().last)
        #expect(refused["run"] as? Int == 2 && refused["outcome"] as? String == "refused", "\(refused)")
        #expect(try await serving(cluster) == second, "what serves was left alone")
        #expect(refused["serving"] as? String == "\(loop)/runs/1/model", "the way back")

        let quality = try await winnow(at + ["cluster", "quality"])
        #expect(quality.contains("run 1: pushed; NDCG@10 ") && quality.contains("run 2: not pushed; "))
      }
    }
  }
}
