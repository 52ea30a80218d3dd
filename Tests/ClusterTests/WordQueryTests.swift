import Foundation
import Support
import Testing
import Transport
import Vocabulary
import Wire

extension ClusterSuite {
  /// Search by words as a person does it, by real processes: import, train, count the words, push, ask.
  @Suite struct WordQueryTests {
    private static let colours = ["red", "blue", "green", "black"]
    private static let things = [
      "running shoes", "rain coat", "leather boots", "wool socks", "kitchen faucet", "shower head 🍮",
    ]

    /// Item 1…240: every colour of every thing ten times.
    private static func title(_ item: Int) -> String { "\(colours[item % 4]) \(things[item / 4 % 6])" }

    /// A model of shoppers of whom the odd ones like items of the lower half of the ids, with text settings and a lexicon.
    private func train(_ directory: String) async throws -> String {
      var random = SeededRandom(seed: 4)
      var rows = ["user\titem\tevent\ttime"]
      for user in 1...80 {
        var items = Array(user % 2 == 1 ? 1...120 : 121...240)
        items.shuffle(using: &random)
        for (place, item) in items.prefix(12).enumerated() {
          rows.append("\(user)\t\(item)\tclick\t\(1_700_000_000 + place * 3600 + user)")
        }
      }
      let items = (1...240).map { #"{"id":\#($0),"title":"\#(Self.title($0))"}"# }
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
      let path = URL(filePath: "\(model)/schema.json")
      var schema = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: path)) as? [String: Any])
      schema["text"] = ["language": "english", "fields": [["attribute": "title", "average": 3.2]]]
      try JSONSerialization.data(withJSONObject: schema).write(to: path)
      try await count("english", "\(directory)/items.jsonl", model)
      return model
    }

    private func count(_ language: String, _ items: String, _ model: String) async throws {
      _ = try await askWinnow([
        "text", "build", "--items", items, "--fields", "title", "--language", language, "--out",
        "\(model)/lexicon.bin", "--force",
      ])
    }

    private func titles(_ answer: [String: Any]) throws -> [String] {
      try #require(answer["results"] as? [[String: Any]]).map { result in
        (result["attributes"] as? [String: Any])?["title"] as? String ?? ""
      }
    }

    private func ids(_ answer: [String: Any]) throws -> [Int] {
      try #require(answer["results"] as? [[String: Any]]).map { result in
        try #require((result["id"] as? String).flatMap { Int($0) })
      }
    }

    private func search(_ answer: [String: Any]) throws -> [String: Any] {
      try #require(answer["word_search"] as? [String: Any])
    }

    @Test func wordsAreSearchedForTwoShoppersWithSlipsAndSigns() async throws {
      let directory = TemporaryDirectory()
      let model = try await train(directory.path)
      try await ProcessCluster.run { cluster in
        try await cluster.waitUntil("all shards are up") { $0.shards.allSatisfy { $0.state == .up } }
        let at = ["--coordinator", cluster.address]
        _ = try await askWinnow(at + ["collection", "create", "shop", "--schema", "\(model)/schema.json"])
        _ = try await askWinnow(at + ["model", "push", "--collection", "shop", model])
        func ask(_ arguments: [String], code: Int32 = 0) async throws -> [String: Any] {
          try await askWinnow(at + ["query", "--collection", "shop", "--depth", "100"] + arguments, code: code)
        }
        let shoppers = try await [
          ask(["Red running SHOES", "--user", "1"]), ask(["Red running SHOES", "--user", "2"]),
        ]
        for answer in shoppers {
          #expect(try titles(answer) == [String](repeating: "red running shoes", count: 10))
          #expect(answer["exact"] as? Bool == true)
        }
        #expect(try ids(shoppers[0]) != ids(shoppers[1]))
        #expect(try Set(ids(shoppers[0])) == Set(ids(shoppers[1])), "both see the ten that there are")
        let halves = try shoppers.map { try ids($0).prefix(5).count { $0 <= 120 } }
        #expect(halves[0] > halves[1], "each shopper's own half comes first")

        let slip = try await ask(["kichen", "--user", "1", "--explain"])
        #expect(try titles(slip).allSatisfy { $0.hasSuffix("kitchen faucet") })
        let change = try #require((search(slip)["changes"] as? [[String: Any]])?.first)
        #expect(change["rule"] as? String == "corrected" && change["to"] as? [String] == ["kitchen"])
        let results = try #require(slip["results"] as? [[String: Any]])
        #expect(results.first?["matched"] as? [String] == ["kitchen"])
        let typed = try await ask(["kichen", "--user", "1", "--as-typed"])
        #expect(try search(typed)["state"] as? String == "no item")
        #expect(try ids(typed) == ids(try await ask(["--user", "1"])), "the shopper's own answer")
        #expect(
          try titles(try await ask(["sho", "--typing", "--k", "100"])).contains { $0.hasSuffix("shower head 🍮") })

        #expect(try titles(try await ask(["🍮"])).allSatisfy { $0.hasSuffix("🍮") })
        #expect(try search(try await ask(["?!", "--user", "1"]))["state"] as? String == "no term")
        #expect(try search(try await ask(["?!"]))["state"] as? String == "no term", "what sells, as for any stranger")
        let many = try await ask([(0..<200).map { "w\($0)" }.joined(separator: " ") + " red"])
        #expect(try search(many)["cut"] as? Bool == true)
        _ = try await ask([String(repeating: "x", count: 1025)], code: 2)
        _ = try await ask(["--typing", "--user", "1"], code: 2)

        // The other client writes the same bytes of the protocol, and is told the same.
        let python = try await cluster.connect()
        var request = RankRequest(collection: "shop", k: 10, depth: 100)
        (request.words, request.user) = ("Red running SHOES", .init(1))
        let direct: RankResponse = try await python.ask(request)
        #expect(try direct.results.ids.map { Int($0) } == ids(shoppers[0]))
        await python.connection.close()

        // Another language than the collection's is refused, and the old lexicon serves on.
        try await count("german", "\(directory.path)/items.jsonl", model)
        let refused = try ProgramProcess(
          "winnow", at + ["model", "push", "--model-only", "--collection", "shop", model])
        #expect(try await refused.exitCode(within: 60) != 0)
        #expect(refused.errors.contains("german") && refused.errors.contains("english"), "\(refused.errors)")
        #expect(try ids(try await ask(["kichen", "--user", "1"])) == ids(slip))
      }
    }
  }
}
