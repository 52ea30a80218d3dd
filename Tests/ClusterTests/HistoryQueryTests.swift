import Foundation
import Support
import Testing
import Wire

extension ClusterSuite {
  /// Events of shoppers whom no model has met, and the answers right after them, by real processes.
  @Suite struct HistoryQueryTests {
    /// What the shop sells: the ids 1…120, a department each forty.
    private static let departments: [(name: String, categories: [String])] = [
      ("sports", ["balls", "sports shoes", "sportswear", "rackets"]),
      ("kitchen", ["pans", "knives", "plates", "mixers"]), ("garden", ["seeds", "spades", "pots", "hoses"]),
    ]

    private static func category(_ item: Int) -> String {
      departments[(item - 1) / 40].categories[(item - 1) % 4]
    }

    /// A model of shoppers of one department each; gardens sell best.
    private func train(_ directory: String) async throws -> String {
      var random = SeededRandom(seed: 11)
      var rows = ["user\titem\tevent\ttime"]
      for user in 1...120 {
        let department = [0, 0, 1, 1, 2, 2, 2, 2][user % 8]
        var items = Array(department * 40 + 1...department * 40 + 40)
        items.shuffle(using: &random)
        for (place, item) in items.prefix(12).enumerated() {
          let (kind, time) = (place % 4 == 3 ? "purchase" : "click", 1_700_000_000 + place * 3600 + user)
          rows.append("\(user)\t\(item)\t\(kind)\t\(time)")
        }
      }
      let items = (1...120).map { #"{"id":\#($0),"category":"\#(Self.category($0))","title":"Article \#($0)"}"# }
      try Data((rows.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: "\(directory)/events.tsv"))
      try Data((items.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: "\(directory)/items.jsonl"))
      let (data, model) = ("\(directory)/data", "\(directory)/model")
      _ = try await askWinnow([
        "import", "tsv", "--items", "\(directory)/items.jsonl", "--out", data, "\(directory)/events.tsv",
      ])
      _ = try await askWinnow([
        "train", "--epochs", "3", "--patience", "0", "--dimension", "16", "--rerank-dimension", "8", "--layers", "16",
        "--depth", "60", "--out", model, data,
      ])
      return model
    }

    @Test func aBuyerOfABasketballShoesAndSportswearGetsSportsAtOnce() async throws {
      let directory = TemporaryDirectory()
      let model = try await train(directory.path)
      try await ProcessCluster.run { cluster in
        try await cluster.waitUntil("all shards are up") { $0.shards.allSatisfy { $0.state == .up } }
        let at = ["--coordinator", cluster.address]
        _ = try await askWinnow(at + ["collection", "create", "shop", "--schema", "\(model)/schema.json"])
        _ = try await askWinnow(at + ["model", "push", "--collection", "shop", model])
        func ask(_ flags: [String] = []) async throws -> (sports: Int, ids: [String], report: [String: Any]) {
          let answer = try await askWinnow(
            at + ["query", "--collection", "shop", "--user", "987654321", "--k", "12", "--depth", "60"] + flags)
          let results = try #require(answer["results"] as? [[String: Any]])
          let sports = results.count { result in
            let category = (result["attributes"] as? [String: Any])?["category"] as? String
            return Self.departments[0].categories.contains(category ?? "")
          }
          return (
            sports, results.map { "\($0["id"] ?? "")" }, try #require(answer["report"] as? [String: Any])
          )
        }
        let before = try await ask()
        #expect(before.sports < 6 && before.report["history"] as? String == "not asked", "\(before)")
        // A ball, shoes and a shirt, each an event, with no training between.
        for item in ["1", "6", "11"] {
          let sent = try await askWinnow(
            at + ["event", "send", "--collection", "shop", "--user", "987654321", "--kind", "purchase", item])
          #expect(sent["accepted"] as? Int == 1)
        }
        let after = try await ask()
        #expect(after.sports >= 10, "\(after)")
        #expect(after.report["query_source"] as? String == "stored history")
        #expect(after.report["history"] as? String == "read" && after.report["history_events_counted"] as? Int == 3)

        // What was bought is left out, and a rule that cannot be read is refused.
        let fresh = try await ask(["--exclude-seen", "purchase within 30d", "--exclude-seen", "click,view 3 times"])
        #expect(fresh.report["excluded_by_history"] as? Int == 3)
        #expect(Set(fresh.ids).isDisjoint(with: ["1", "6", "11"]) && fresh.sports >= 9, "\(fresh)")
        for rule in ["bought", "purchase within 0d", "purchase 0 times", "purchase within 30", "purchase,", "view 3"] {
          _ = try await askWinnow(at + ["query", "--user", "7", "--exclude-seen", rule], code: 2)
        }
        let ten = (0..<9).flatMap { _ in ["--exclude-seen", "view"] }
        _ = try await askWinnow(at + ["query", "--user", "7"] + ten, code: 2)

        // A restarted coordinator asks for histories as before.
        try await cluster.restartCoordinator()
        try await cluster.waitUntil("all shards are up") { $0.shards.allSatisfy { $0.state == .up } }
        let again = try await ask()
        #expect(again.report["history_events_counted"] as? Int == 3 && again.ids == after.ids, "\(again)")
      }
    }
  }
}
