import DataSets
import Evaluation
import Foundation
import Glibc
import Ranking
import Storage
import Support
import Testing
import Towers
import Vocabulary
import Wire

extension ClusterSuite {
  /// A model of words from the log to the answer: import, `train --text`, `evaluate --search`, compress, push, ask.
  @Suite struct WordTrainTests {
    private static let colours = ["red", "blue", "green", "black"]
    private static let things = ["running shoes", "rain coat", "leather boots", "wool socks", "kitchen faucet"]

    /// Item 1…160: every colour of every thing eight times.
    private static func title(_ item: Int) -> String { "\(colours[item % 4]) \(things[item / 4 % 5])" }

    /// Shoppers of whom the odd ones like the lower half of the ids; every event comes from a search.
    private func write(_ directory: String) throws {
      var random = SeededRandom(seed: 6)
      var rows = ["user\titem\tevent\ttime\tquery"]
      for user in 1...90 {
        var items = Array(user % 2 == 1 ? 1...80 : 81...160)
        items.shuffle(using: &random)
        for (place, item) in items.prefix(8).enumerated() {
          let words = Self.title(item).split(separator: " ")
          let query = place % 2 == 0 ? words.joined(separator: " ") : words.dropFirst().joined(separator: " ")
          rows.append("\(user)\t\(item)\tclick\t\(1_700_000_000 + place * 3600 + user)\t\(query)")
        }
      }
      let items = (1...160).map { #"{"id":\#($0),"title":"\#(Self.title($0))"}"# }
      let judged = (1...160).filter { $0 % 4 == 0 }.map {
        "red shoes\t\($0)\t\(Self.title($0).contains("shoes") ? 2 : 0)"
      }
      for (name, lines) in [
        ("events.tsv", rows), ("items.jsonl", items), ("judged.tsv", ["query\titem\trelevance"] + judged),
      ] {
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: "\(directory)/\(name)"))
      }
    }

    private func ids(_ answer: [String: Any]) throws -> [UInt64] {
      try #require(answer["results"] as? [[String: Any]]).map { result in
        try #require((result["id"] as? String).flatMap { UInt64($0) })
      }
    }

    /// Trains a small model of words.
    private func train(_ directory: String, _ flags: String...) async throws {
      try write(directory)
      _ = try await askWinnow([
        "import", "tsv", "--items", "\(directory)/items.jsonl", "--out", "\(directory)/data", "\(directory)/events.tsv",
      ])
      _ = try await askWinnow(
        [
          "train", "--text", "title", "--language", "english", "--text-dimension", "16", "--text-passes", "2",
          "--search-passes", "1", "--epochs", "2", "--patience", "0", "--dimension", "16", "--rerank-dimension", "8",
          "--layers", "16", "--depth", "60", "--hold-out", "last", "--out", "\(directory)/model",
        ] + flags + ["\(directory)/data"])
    }

    /// What shoppers call the things, in words that no title has.
    private static let words = ["sneakers", "anorak", "footwear", "stockings", "tap"]

    /// A day on which every shopper searches for four more items, one of them new, by words that no title has.
    private func writeDay(_ directory: String) throws {
      var random = SeededRandom(seed: 7)
      var rows = ["user\titem\tevent\ttime\tquery"]
      for user in 1...90 {
        var items = Array(user % 2 == 1 ? 1...80 : 81...160)
        items.shuffle(using: &random)
        for (place, item) in ([160 + user % 5 + 1] + items.prefix(3)).enumerated() {
          rows.append("\(user)\t\(item)\tclick\t\(1_700_100_000 + place * 3600 + user)\t\(Self.words[item / 4 % 5])")
        }
      }
      let judged = (1...160).flatMap { item in
        Self.words.enumerated().map { "\($1)\t\(item)\t\(item / 4 % 5 == $0 ? 2 : 0)" }
      }
      for (name, lines) in [("day.tsv", rows), ("words.tsv", ["query\titem\trelevance"] + judged)] {
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: "\(directory)/\(name)"))
      }
    }

    private func json(_ path: String) throws -> [String: Any] {
      try #require(JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path))) as? [String: Any])
    }

    @Test func aModelOfWordsLearnsTheWordsOfANewDay() async throws {
      let directory = TemporaryDirectory()
      let path = directory.path
      // What servers read is rounded; training goes on from what was learned.
      try await train(path, "--export", "bf16")
      try writeDay(path)
      // What the shop has laid beside its model goes along.
      let synonyms = Data("tap => faucet\n".utf8)
      try synonyms.write(to: URL(filePath: "\(path)/model/synonyms.txt"))
      let further = [
        "train", "--from", "\(path)/model", "--epochs", "1", "--text-passes", "6", "\(path)/day.tsv", "--out",
      ]
      let whole = try ProgramProcess("winnow", further + ["\(path)/next"])
      #expect(try await whole.exitCode(within: 300) == 0, "\(whole.errors)")
      let run = try ProgramProcess("winnow", further + ["\(path)/again"])
      while !run.output.contains("text tower, pass 1/8"), run.isAlive { try await Task.sleep(for: .milliseconds(5)) }
      run.signal(SIGINT)
      #expect(try await run.exitCode(within: 300) == 130, "\(run.output)\(run.errors)")
      let resumed = try ProgramProcess("winnow", further + ["\(path)/again", "--resume"])
      #expect(try await resumed.exitCode(within: 300) == 0, "\(resumed.errors)")
      let names = try FileManager.default.contentsOfDirectory(atPath: "\(path)/next")
      #expect(names.contains("text.safetensors") && names.contains("lexicon.bin"))
      #expect(try Data(contentsOf: URL(filePath: "\(path)/next/synonyms.txt")) == synonyms)
      for name in names {
        let files = try ["next", "again"].map { try Data(contentsOf: URL(filePath: "\(path)/\($0)/\(name)")) }
        #expect(files[0] == files[1], "\(name)")
      }

      let (old, new) = (try json("\(path)/model/manifest.json"), try json("\(path)/next/manifest.json"))
      #expect(old["text"] as? NSDictionary == new["text"] as? NSDictionary, "what each part counts stays")
      let record = try json("\(path)/next/training.json")
      #expect((record["settings"] as? [String: String])?["language"] == "english")
      #expect((record["search"] as? [String: Any])?["typed"] as? Bool == true)
      var found: [Double] = []
      for model in ["model", "next"] {
        let judged = try await askWinnow([
          "evaluate", "--search", "--judgements", "\(path)/words.tsv", "\(path)/\(model)", "\(path)/data",
        ])
        let alone = try #require((judged["arms"] as? [String: Any])?["without_shopper"] as? [[String: Any]])
        let fused = try #require(alone.first { $0["name"] as? String == "fused" }?["ndcg@10"] as? [String: Any])
        found.append(try #require(fused["mean"] as? Double))
      }
      #expect(found[1] > found[0], "\(found)")
      try await refusals(path)
    }

    /// What cannot go on says what to do.
    private func refusals(_ path: String) async throws {
      func refused(_ flags: [String], code: Int32, _ words: String...) async throws {
        let run = try ProgramProcess(
          "winnow", ["train", "--from", "\(path)/model", "--out", "\(path)/refused", "\(path)/day.tsv"] + flags)
        #expect(try await run.exitCode(within: 300) == code, "\(run.output)")
        for text in words { #expect(run.errors.contains(text), "\(text) in \(run.errors)") }
      }
      try await refused(["--text-dimension", "32"], code: 2, "--text-dimension has no effect with --from")
      try await refused(["--language", "german"], code: 2, "--language has no effect with --from")
      let manifest = try json("\(path)/model/manifest.json")
      let text = try #require(manifest["text"] as? [String: Any])
      let again = "train the model again, with --text, on both logs"
      for (key, value, names) in [
        ("analysis_version", 2, "manifest.json: text.analysis_version"),
        ("rows", 65_536, "checkpoint.safetensors: text.table"),
      ] {
        let other = manifest.merging(["text": text.merging([key: value]) { $1 }]) { $1 }
        try JSONSerialization.data(withJSONObject: other).write(to: URL(filePath: "\(path)/model/manifest.json"))
        try await refused([], code: 1, names, again)
      }
      #expect(!FileManager.default.fileExists(atPath: "\(path)/refused"))
    }

    @Test func aShopWithoutALogIsSearchedByWordsAndTexts() async throws {
      let directory = TemporaryDirectory()
      let path = directory.path
      try write(path)
      _ = try await askWinnow(["import", "tsv", "--items", "\(path)/items.jsonl", "--out", "\(path)/titles"])
      let train = [
        "train", "--text", "title", "--language", "english", "--text-dimension", "16", "\(path)/titles", "--out",
      ]
      for model in ["model", "again"] {
        _ = try await askWinnow(train + ["\(path)/\(model)", "--text-passes", "3"])
      }
      for name in try FileManager.default.contentsOfDirectory(atPath: "\(path)/model") {
        let files = try ["model", "again"].map { try Data(contentsOf: URL(filePath: "\(path)/\($0)/\(name)")) }
        #expect(files[0] == files[1], "\(name)")
      }
      let judged = try await askWinnow([
        "evaluate", "--search", "--judgements", "\(path)/judged.tsv", "--require", "ndcg@10>=0.5", "\(path)/model",
        "\(path)/titles",
      ])
      #expect(judged["searches"] as? Int == 1)
      for (arguments, code, text) in [
        (["train", "--out", "\(path)/none", "\(path)/titles"], Int32(1), "the data set has no events"),
        (train + ["\(path)/none", "--epochs", "3"], 2, "--epochs has no effect without a log"),
        (["import", "tsv", "--out", "\(path)/none"], 2, "LOG is missing"),
        (
          ["train", "--from", "\(path)/model", "--out", "\(path)/none", "\(path)/events.tsv"], 1,
          "train the model again, with --text, on the log"
        ),
      ] {
        let run = try ProgramProcess("winnow", arguments)
        #expect(try await run.exitCode(within: 300) == code, "\(run.output)")
        #expect(run.errors.contains(text), "\(text) in \(run.errors)")
      }
      try await ProcessCluster.run { cluster in
        try await cluster.waitUntil("all shards are up") { $0.shards.allSatisfy { $0.state == .up } }
        let at = ["--coordinator", cluster.address]
        _ = try await askWinnow(at + ["collection", "create", "shop", "--schema", "\(path)/model/schema.json"])
        _ = try await askWinnow(at + ["model", "push", "--collection", "shop", "\(path)/model"])
        for (text, words) in [("red runing shoes", "red running shoes"), ("black wool socks", "black wool socks")] {
          let answer = try await askWinnow(at + ["query", text, "--collection", "shop", "--k", "8"])
          #expect(try ids(answer).map { Self.title(Int($0)) } == Array(repeating: words, count: 8))
        }
      }
    }

    @Test func aClusterAnswersWordsAsTheEvaluationOfTheModelDoes() async throws {
      let directory = TemporaryDirectory()
      let (data, model) = ("\(directory.path)/data", "\(directory.path)/model")
      try await train(directory.path, "--judgements", "\(directory.path)/judged.tsv")
      let judged = try await askWinnow(["evaluate", "--search", "--require", "recall@100>=0.5", model, data])
      let arms = try #require(judged["arms"] as? [String: Any])
      let own = try #require(arms["with_shopper"] as? [[String: Any]])
      #expect(own.map { $0["name"] as? String } == ["words", "vector", "union", "fused", "re-ranked"])
      #expect(arms["without_shopper"] != nil && judged["searches"] as? Int == 90)
      let people = try await askWinnow([
        "evaluate", "--search", "--judgements", "\(directory.path)/judged.tsv", model, data,
      ])
      #expect((people["arms"] as? [String: Any])?["with_shopper"] == nil && people["searches"] as? Int == 1)
      _ = try await askWinnow(["evaluate", "--search", "--k", "5", model, data], code: 2)
      let small = "\(directory.path)/small"
      _ = try await askWinnow(["model", "compress", "--split", "last", "--out", small, model, data])

      // One that orders candidates by a correction too.
      let path = URL(filePath: "\(small)/manifest.json")
      var manifest = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: path)) as? [String: Any])
      var text = try #require(manifest["text"] as? [String: Any])
      text["ranking"] = [
        "fused": 12.5, "logit": 0.75,
        "inputs": ["logit", "terms", "lexical", "likeness"].map { ["input": $0, "mean": 0.25, "scale": 1.5] },
        "neurons": [
          ["bias": 0.5, "weights": [0.5, 0.25, -1, 0.125], "out": 1.5],
          ["bias": -0.25, "weights": [-0.5, 0.5, 2, 0.75], "out": -0.5],
        ],
      ]
      manifest["text"] = text
      try JSONSerialization.data(withJSONObject: manifest).write(to: path)

      for model in [model, small] {
        let served = try ServedModel.read(model, on: RealDisk(), withTexts: true)
        let ranker = try #require(try SearchRanker(served))
        var room = CatalogueRoom()
        try await ProcessCluster.run { cluster in
          try await cluster.waitUntil("all shards are up") { $0.shards.allSatisfy { $0.state == .up } }
          let at = ["--coordinator", cluster.address]
          _ = try await askWinnow(at + ["collection", "create", "shop", "--schema", "\(model)/schema.json"])
          _ = try await askWinnow(at + ["model", "push", "--collection", "shop", model])
          for text in ["Red running SHOES", "kichen", "black socks wool", "shoes"] {
            for user in [1, 2, nil] {
              let shopper = user.map { ["--user", "\($0)"] } ?? []
              let answer = try await askWinnow(
                at + ["query", text, "--collection", "shop", "--k", "10", "--depth", "100"] + shopper)
              let found = ranker.search(
                try ranker.query(text), user: user.map { UserID(UInt64($0)) }, hidden: [], context: EventContext(),
                depth: 100, k: 10, in: &room)
              let expected = found.results.prefix(10).map { served.ids[$0].rawValue }
              #expect(try ids(answer) == expected, "\(text), \(shopper)")
            }
          }
          guard served.model.manifest.search?.ranking != nil else { return }
          let answer = try await askWinnow(
            at + ["query", "red socks", "--collection", "shop", "--k", "5", "--user", "3", "--explain"])
          let explanation = try #require(answer["explanation"] as? [String: Any])
          let base = try #require(explanation["base_logit"] as? Double)
          let items = try #require(explanation["items"] as? [[String: Any]])
          let results = try #require(answer["results"] as? [[String: Any]])
          #expect(items.count == 5)
          for (item, result) in zip(items, results) {
            let parts = try #require(item["parts"] as? [[String: Any]])
            #expect(parts.last?["kind"] as? String == "words")
            let sum = parts.compactMap { $0["part"] as? Double }.reduce(base, +)
            let logit = try #require(result["logit"] as? Double)
            #expect(abs(sum - logit) < 1e-3, "\(sum), \(logit)")
          }
        }
      }
    }
  }
}
