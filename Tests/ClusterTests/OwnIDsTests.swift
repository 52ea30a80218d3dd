import Foundation
import Support
import Testing
import Wire

extension ClusterSuite {
  /// A shop asks by its own ids: from its log to answers with names.
  @Suite struct OwnIDsTests {
    private static let (composed, apart) = ("caf\u{E9}", "cafe\u{301}")

    private let directory = TemporaryDirectory()

    private var path: String { directory.path }

    @discardableResult
    private func winnow(_ arguments: [String], expect code: Int32 = 0) async throws -> ProgramProcess {
      let process = try ProgramProcess("winnow", arguments, environment: ["XDG_STATE_HOME": "\(path)/state"])
      let ended = try await process.exitCode(within: 120)
      #expect(ended == code, "\(arguments): \(process.output)\(process.errors)")
      return process
    }

    private func object(_ process: ProgramProcess) throws -> [String: Any] {
      try #require(try JSONSerialization.jsonObject(with: Data(process.output.utf8)) as? [String: Any])
    }

    private func write(_ name: String, _ text: String) throws -> String {
      try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
      return "\(path)/\(name)"
    }

    /// One id has a comma.
    private static func item(_ number: Int) -> String { number == 23 ? "sku,23" : "sku-\(number)" }

    /// A log of alice, bob and two whose ids only look alike, among 24 items, and a model of it.
    private func make(_ flags: [String] = []) async throws {
      let users = ["alice", "bob", Self.composed, Self.apart, "7", "007"]
      var log = "user\titem\ttime\n"
      for (place, user) in users.enumerated() {
        for event in 0..<8 {
          log += "\(user)\t\(Self.item((place * 5 + event * 7) % 24))\t\(1_772_000_000 + place * 100 + event * 3600)\n"
        }
      }
      let items = (0..<24).map { item in
        let brand = item % 2 == 0 ? Self.composed : Self.apart
        return #"{"id": "\#(Self.item(item))", "brand": "\#(brand)", "price": \#(item).5}"# + "\n"
      }
      let (logFile, itemFile) = (try write("log.tsv", log), try write("items.jsonl", items.joined()))
      try await winnow(["import", "tsv", logFile, "--items", itemFile, "--out", "\(path)/data"] + flags)
      try await winnow([
        "train", "\(path)/data", "--epochs", "1", "--tower-epochs", "1", "--dimension", "8", "--out", "\(path)/model",
      ])
    }

    @Test func answersAreInTheWordsOfTheShop() async throws {
      try await make()
      try await ProcessCluster.run { cluster in
        try await cluster.waitUntil("all shards are up") { $0.shards.allSatisfy { $0.state == .up } }
        let at = ["--coordinator", cluster.address]
        try await winnow(at + ["collection", "create", "shop", "--schema", "\(path)/model/schema.json"])
        // What it may not be before a push, it says how.
        let early = try await winnow(at + ["query", "--user", "alice"], expect: 2)
        #expect(early.errors.contains("--dictionary"))
        try await winnow(at + ["model", "push", "--collection", "shop", "\(path)/model"])

        // The dictionary of the push is found again, and one can be named.
        for flags in [[], ["--dictionary", "\(path)/data"]] {
          let human = try await winnow(at + ["query", "--user", "alice"] + flags)
          #expect(human.output.contains("user alice") && human.output.contains("sku-") && human.errors.isEmpty)
          let asked = ["query", "--json", "--user", "alice", "--exclude", "sku-1,sku-2", "--k", "24"]
          let answer = try object(try await winnow(at + asked + flags))
          let results = try #require(answer["results"] as? [[String: Any]])
          #expect(results.count == 22 && answer["user_name"] as? String == "alice")
          #expect(UInt64(answer["user"] as? String ?? "") ?? 0 >= 1_000_000_000_000_000)
          let names = results.compactMap { $0["name"] as? String }
          #expect(names.count == 22 && !names.contains("sku-1"))
          #expect(results.allSatisfy { $0["id"] is String })
        }
        let answers = try await winnow(at + ["query", "--user", Self.composed, "--compare", Self.apart])
        #expect(answers.output.contains("user \(Self.composed)") && answers.output.contains("user \(Self.apart)"))
        try await winnow(at + ["query", "--session", "sku-3,sku-4", "--k", "3"])

        // A comma within an id is written with a backslash before it, in each list of ids.
        for flags in [["--exclude", #"sku\,23,sku-2"#], ["--exclude", "sku-2", "--exclude", #"sku\,23"#]] {
          let answer = try object(try await winnow(at + ["query", "--json", "--user", "bob", "--k", "24"] + flags))
          let names = try #require(answer["results"] as? [[String: Any]]).compactMap { $0["name"] as? String }
          #expect(names.count == 22 && !names.contains("sku,23") && names.contains("sku-3"))
        }
        try await winnow(at + ["query", "--session", #"sku\,23,sku-3"#, "--k", "3"])
        try await winnow(at + ["query", "--session", "sku,23", "--k", "3"], expect: 2)
        try await winnow(
          at + [
            "bench", "--concurrency", "1", "--duration", "100ms", "--warmup", "0s", "--users", "alice,bob", "--items",
            #"sku\,23,sku-1"#, "--sessions", "1-1",
          ])

        // Keywords that only look alike are two, on every shard.
        for brand in [Self.composed, Self.apart] {
          let asked = ["query", "--json", "--user", "bob", "--k", "24", "--filter", "brand = \"\(brand)\""]
          let found = try object(try await winnow(at + asked))
          let results = try #require(found["results"] as? [[String: Any]])
          #expect(results.count == 12)
          for result in results {
            let attributes = try #require(result["attributes"] as? [String: Any])
            #expect(Array((attributes["brand"] as? String ?? "").utf8) == Array(brand.utf8))
          }
        }
        let capped = try object(
          try await winnow(at + ["query", "--json", "--user", "bob", "--most-per", "brand=1"]))
        #expect((capped["results"] as? [Any])?.count == 2)

        // Who is not there is said, and a number of the wire is not taken for a name.
        for (flags, words) in [
          (["--user", "carol"], "does not have"), (["--user", "1000000000000000"], "it is the number of \"alice\""),
          (["--session", "sku-1,sku-99"], "sku-99"),
        ] {
          let wrong = try await winnow(at + ["query"] + flags, expect: 2)
          #expect(wrong.errors.contains(words) && wrong.errors.contains("dict"), "\(wrong.errors)")
        }
        let plain = at + ["query", "--dictionary", "none", "--user"]
        try await winnow(plain + ["1000000000000000"])
        for spelling in ["+7", "007", "1_0", " 7", "7.0", "٧"] { try await winnow(plain + [spelling], expect: 2) }
        try await winnow(plain + ["7"])
        try await winnow(at + ["query", "--user", "007"])

        // Items are fed, shown, changed and removed by name.
        let rows = [("sku-5", 77), ("sku-99", 1), ("00123", 2)].map { #"{"id": "\#($0)", "price": \#($1)}"# + "\n" }
        let feed = try write("feed.jsonl", rows.joined())
        let fed = try object(
          try await winnow(at + ["feed", "--json", "--partial", feed, "--reject", "\(path)/rejected"], expect: 1))
        #expect(fed["items_updated"] as? Int == 1 && fed["bad_lines"] as? Int == 2)
        #expect(try String(contentsOfFile: "\(path)/rejected", encoding: .utf8).contains("--dictionaries"))
        try await winnow(at + ["item", "update", "sku-6", "price=78"])
        let items = try await winnow(at + ["item", "get", "sku-5", "sku-6"])
        #expect(
          items.output.contains("item sku-5 (") && items.output.contains(" 77\n") && items.output.contains(" 78\n"))
        try await winnow(at + ["item", "delete", "sku-6"])
        #expect(try await winnow(at + ["item", "get", "sku-6"], expect: 1).output.contains("not found: sku-6"))

        try await winnow(
          at + [
            "bench", "--concurrency", "1", "--duration", "200ms", "--warmup", "0s", "--users", "alice,bob", "--items",
            "all", "--sessions", "1-2",
          ])
        let listed = try write("queries.jsonl", #"{"user": "alice", "session": ["sku-1"]}"# + "\n")
        try await winnow(
          at + ["bench", "--concurrency", "1", "--duration", "100ms", "--warmup", "0s", "--queries", listed])
        let unknown = try write("unknown.jsonl", #"{"user": "alice", "session": ["sku-1", "sku-99"]}"# + "\n")
        try await winnow(at + ["bench", "--queries", unknown], expect: 1)

        // The client in Python.
        let asked = try await Python.client(
          cluster.address,
          ["--dictionary", "\(path)/model", "rank", "--json", "--user", "alice", "--session", "sku-1", "--k", "5"])
        #expect(asked.contains(#""name": "sku-"#))
        let got = try await Python.client(cluster.address, ["--dictionary", "\(path)/model", "get", "--json", "sku-5"])
        #expect(got.contains(#""names": ["sku-5"]"#) || got.contains(#""names":["sku-5"]"#), "\(got)")
        let spelt = try ProgramProcess(
          "python3", ["\(Python.folder)/winnow_client.py", cluster.address, "rank", "--user", "007"],
          path: "/usr/bin/python3", environment: ["PYTHONDONTWRITEBYTECODE": "1"])
        #expect(try await spelt.exitCode(within: 60) == 1)
        #expect(spelt.errors.contains("'007' is no id"))

        // What is pushed without names is asked by number again.
        try FileManager.default.removeItem(atPath: "\(path)/model/users.dict")
        try FileManager.default.removeItem(atPath: "\(path)/model/items.dict")
        try await winnow(at + ["model", "push", "--model-only", "--collection", "shop", "\(path)/model"])
        try await winnow(at + ["query", "--user", "alice"], expect: 2)
      }
    }

    @Test func namesAndNumbersAreLookedUp() async throws {
      try await make()
      let look = ["id", "--dictionary", "\(path)/model"]
      let found = try object(try await winnow(look + ["--json", "alice", "sku-3", "7", "1000000000000000"]))
      let entries = try #require(found["found"] as? [[String: Any]])
      #expect(entries.compactMap { $0["name"] as? String }.contains("alice"))
      #expect((found["not_found"] as? [Any])?.isEmpty == true)
      #expect(entries.contains { $0["kind"] as? String == "user" && $0["id"] as? String == "7" })
      #expect(entries.allSatisfy { $0["id"] is String })
      #expect(try await winnow(look + ["--items", "alice", "sku-3"], expect: 1).output.contains("not found: alice"))
      #expect(try await winnow(look + [Self.apart]).output.utf8.count > 0)
      try await winnow(["id", "alice", "--dictionary", "none"], expect: 2)
    }

    @Test func pseudonymsAreAskedForWithTheirKey() async throws {
      let key = try write("key", "0123456789abcdef0123456789abcdef\n")
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key)
      try await make(["--pseudonym-key-file", key])
      let look = ["id", "--users", "--dictionary", "\(path)/model"]
      let (composed, apart) = (
        try await winnow(look + ["--pseudonym-key-file", key, Self.composed]).output,
        try await winnow(look + ["--pseudonym-key-file", key, Self.apart]).output
      )
      #expect(composed != apart && composed.contains("(a pseudonym)"))
      try await winnow(look + [Self.composed], expect: 1)
    }
  }
}
