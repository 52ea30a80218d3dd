import Foundation
import Glibc
import Support
import Testing
import Vocabulary
import Wire

extension ClusterSuite {
  /// One query is followed from the program through the answer to the logs, and a cluster is watched.
  @Suite struct SeeingTests {
    private static let slowFlags = ["--slow-query-threshold", "1us", "--log-level", "debug"]

    private func winnow(_ cluster: ProcessCluster, _ arguments: String...) throws -> ProgramProcess {
      try ProgramProcess("winnow", ["--coordinator", cluster.address, "--timeout", "20s"] + arguments)
    }

    /// The output of a program that succeeds.
    private func output(_ process: ProgramProcess) async throws -> String {
      let code = try await process.exitCode(within: 60)
      #expect(code == 0, "\(process.errors)")
      return process.output
    }

    private func object(_ text: some StringProtocol) throws -> [String: Any] {
      try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "\(text)")
    }

    @Test func oneQueryIsExplainedAndFollowedThroughAllLogs() async throws {
      let shop = try LoopbackTests.shop(200)
      try await ProcessCluster.run(flags: Self.slowFlags) { cluster in
        try await cluster.fill(shop)
        let query = ["query", "--user", "7", "--k", "5", "--depth", "50", "--explain", "--filter", "price < 90"]
        let json = try object(
          try await output(
            try ProgramProcess("winnow", ["--coordinator", cluster.address, "--timeout", "20s", "--json"] + query)))
        let report = try #require(json["report"] as? [String: Any])
        let id = try #require(report["request_id"] as? String)
        #expect(id.count == 16 && id != "0000000000000000")
        #expect(report["depth"] as? Double == 50)
        try checkParts(of: json)

        // Each shard was asked for it, and says so; so does the coordinator, which found it slow.
        for shard in 0..<3 { try await appears("request=\(id)", in: cluster.shard(shard)) }
        try await appears("request=\(id)", in: try cluster.coordinator)
        #expect(try cluster.coordinator.errors.contains("message=\"slow query\""))

        let slow = try object(try await output(try winnow(cluster, "log", "slow", "--limit", "1000", "--json")))
        let queries = try #require(slow["queries"] as? [[String: Any]])
        let found = try #require(queries.first { $0["request_id"] as? String == id })
        #expect(found["filter"] as? String == "price < 90" && found["collection"] as? String == "shop")
        #expect(found["reranked"] as? Double == 50 && found["error"] is NSNull)
        #expect((found["waterfall"] as? [Any])?.isEmpty == false)

        let text = try await output(
          try ProgramProcess("winnow", ["--coordinator", cluster.address, "--timeout", "20s"] + query))
        for words in ["why", "= base", "█", "dot product", "held the answer up", "of which scan", "request "] {
          #expect(text.contains(words), "\(words)\n\(text)")
        }
        let table = try await output(try winnow(cluster, "log", "slow"))
        #expect(table.contains(id) && table.contains("price < 90") && table.contains("user 7"))
      }
    }

    /// The parts of each result sum to its logit less the base.
    private func checkParts(of json: [String: Any]) throws {
      let results = try #require(json["results"] as? [[String: Any]])
      let explanation = try #require(json["explanation"] as? [String: Any])
      #expect(explanation["state"] as? String == "complete")
      let base = try #require(explanation["base_logit"] as? Double)
      let items = try #require(explanation["items"] as? [[String: Any]])
      #expect(items.count == 5)
      for (item, result) in zip(items, results) {
        let parts = try #require(item["parts"] as? [[String: Any]]).compactMap { $0["part"] as? Double }
        let logit = try #require(result["logit"] as? Double)
        let greatest = parts.map { abs($0) }.max() ?? 0
        #expect(parts.count > 5)
        // JSON shows float32 values with as many digits as tell them apart.
        let bound = (Double(parts.count) * 0x1p-23 * greatest) + 0x1p-22 * (abs(logit) + abs(base))
        #expect(abs(parts.reduce(0, +) - (logit - base)) <= bound)
      }
    }

    private func appears(_ text: String, in process: ProgramProcess) async throws {
      for _ in 0..<3000 where !process.errors.contains(text) { try await Task.sleep(for: .milliseconds(20)) }
      #expect(process.errors.contains(text), "\(text)")
    }

    @Test func queriesThatAreFastEnoughLeaveNoTrace() async throws {
      let shop = try LoopbackTests.shop(50)
      let flags = ["--slow-query-threshold", "0s"]
      try await ProcessCluster.run(shardCount: 1, flags: flags) { cluster in
        try await cluster.fill(shop)
        #expect(try await output(try winnow(cluster, "query", "--user", "7")).contains("only one, took"))
        #expect(try await output(try winnow(cluster, "log", "slow")).hasPrefix("nothing is kept"))
        #expect(try !cluster.coordinator.errors.contains("slow query"))
      }
    }

    @Test func aStatusIsWatchedUntilItIsInterrupted() async throws {
      try await ProcessCluster.run(shardCount: 2) { cluster in
        try await cluster.waitUntil("all shards are up") { $0.shards.allSatisfy { $0.state == .up } }
        let text = try winnow(cluster, "cluster", "status", "--watch", "--interval", "100ms")
        let json = try winnow(cluster, "cluster", "status", "--watch", "--interval", "100ms", "--json")
        let log = try winnow(cluster, "log", "slow", "--follow")
        for _ in 0..<3000 where text.output.components(separatedBy: "shard map ").count < 4 || json.output.isEmpty {
          try await Task.sleep(for: .milliseconds(20))
        }
        // Plain blocks for who reads from a pipe: no escape sequence steers a terminal.
        #expect(text.output.components(separatedBy: "shard map ").count >= 4)
        #expect(!text.output.contains("\u{1B}"))
        for line in json.output.split(separator: "\n").dropLast() { _ = try object(line) }
        for process in [text, json, log] { process.signal(SIGINT) }
        for process in [text, json, log] { #expect(try await process.exitCode() == 130) }
      }
    }
  }
}
