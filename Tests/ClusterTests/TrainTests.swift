import Foundation
import Glibc
import Ranking
import Support
import Testing

extension ClusterSuite {
  /// `winnow train`, from a log to a model directory.
  @Suite struct TrainTests {
    /// A data set of 60 users of two tastes among 40 items.
    private struct Shop {
      let directory = TemporaryDirectory()
      var data: String { "\(directory.path)/data" }

      init(rows: [String]? = nil) async throws {
        try Data(((["user\titem\ttime"] + (rows ?? Self.rows)).joined(separator: "\n") + "\n").utf8).write(
          to: URL(filePath: "\(directory.path)/log.tsv"))
        let run = try await winnow("import", "tsv", "--out", data, "\(directory.path)/log.tsv")
        #expect(run.code == 0, "\(run.errors)")
      }

      static var rows: [String] {
        var random = SeededRandom(seed: 5)
        return (0..<60).flatMap { user in
          var items = Array(user % 2 * 20..<user % 2 * 20 + 20)
          items.shuffle(using: &random)
          return items.prefix(9).enumerated().map { "u\(user)\ti\($1)\t\(1_600_000_000 + $0 * 60 + user)" }
        }
      }

      func winnow(_ arguments: String...) async throws -> (code: Int32, output: String, errors: String) {
        let process = try ProgramProcess("winnow", arguments)
        return (try await process.exitCode(within: 120), process.output, process.errors)
      }

      /// Starts a small training; `flags` come before the usual ones.
      func train(_ out: String, _ flags: [String] = []) throws -> ProgramProcess {
        let usual = [
          ("--dimension", "8"), ("--rerank-dimension", "8"), ("--layers", "12"), ("--epochs", "4"),
          ("--patience", "0"), ("--depth", "20"), ("--batch", "32"),
        ].filter { !flags.contains($0.0) }
        return try ProgramProcess(
          "winnow",
          ["train", data, "--out", "\(directory.path)/\(out)"] + flags + usual.flatMap { [$0.0, $0.1] })
      }

      func bytes(_ file: String) throws -> Data { try Data(contentsOf: URL(filePath: "\(directory.path)/\(file)")) }

      func names(_ path: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(directory.path)/\(path)")) ?? []).sorted()
      }
    }

    /// The rows of a tensor of a model directory by id, as bits.
    private func rows(_ shop: Shop, _ file: String, _ tensor: String, ids: String = "id") throws -> [UInt64: [UInt32]] {
      let file = try SafetensorsFile(Array(shop.bytes(file)), as: .items)
      let found = try #require(file[tensor])
      let values = try file.floats(tensor, shape: found.shape)
      let d = found.shape[1]
      return Dictionary(
        uniqueKeysWithValues: try file.ids(ids).enumerated().map { row, id in
          (id, values[row * d..<(row + 1) * d].map(\.bitPattern))
        })
    }

    @Test(arguments: ["als", "history", "bpr"]) func newEventsMoveThoseWhoTakePartAndNobodyElse(tower: String)
      async throws
    {
      let shop = try await Shop()
      let first = try shop.train("model", ["--tower", tower])
      #expect(try await first.exitCode(within: 120) == 0, "\(first.errors)")
      // Two shoppers who are known, one of them at an item that is not, and one who is not.
      let clicks = [
        "user\titem\ttime", "u0\ti30\t1700000000", "u0\ti31\t1700000060", "u1\tnew\t1700000100",
        "fresh\ti3\t1700000200", "fresh\ti4\t1700000300",
      ]
      try Data((clicks.joined(separator: "\n") + "\n").utf8).write(
        to: URL(filePath: "\(shop.directory.path)/clicks.tsv"))
      let run = try await shop.winnow(
        "train", "--from", "\(shop.directory.path)/model", "--out", "\(shop.directory.path)/next", "--epochs", "2",
        "\(shop.directory.path)/clicks.tsv")
      #expect(run.code == 0, "\(run.errors)")
      for (file, tensor, count, moved) in [
        ("users.safetensors", "query", 61, 3), ("items.safetensors", "embedding", 41, 5),
        ("items.safetensors", "rerank", 41, 5),
      ] {
        let before = try rows(shop, "model/\(file)", tensor)
        let after = try rows(shop, "next/\(file)", tensor)
        #expect(after.count == count && before.count == count - 1)
        let kept = before.count { after[$0.key] == $0.value }
        #expect(
          kept >= count - moved && (kept < before.count || tensor == "rerank" || tower == "history"),
          "\(tensor): \(kept) kept")
      }
      let settings = try #require(
        try (JSONSerialization.jsonObject(with: shop.bytes("next/training.json")) as? [String: Any])?["settings"]
          as? [String: String])
      #expect(settings["tower"] == tower && settings["dimension"] == "8" && settings["epochs"] == "2")
      // The next model can be trained further as well.
      let again = try await shop.winnow(
        "train", "--from", "\(shop.directory.path)/next", "--out", "\(shop.directory.path)/last", "--epochs", "1",
        "\(shop.directory.path)/clicks.tsv")
      #expect(again.code == 0, "\(again.errors)")
    }

    /// The whole log once more, as a loop has it.
    @Test func ofALogThatHasTheOldOneWhatIsNewAndNotHeldOutIsLearned() async throws {
      let shop = try await Shop()
      let path = shop.directory.path
      let first = try shop.train("model", ["--hold-out", "date:2020-09-13T12:30:00Z"])
      #expect(try await first.exitCode(within: 120) == 0, "\(first.errors)")
      func further(_ out: String, _ date: String, _ flags: [String] = []) async throws -> ProgramProcess {
        let process = try shop.train(out, ["--from", "\(path)/model", "--hold-out", date] + flags)
        _ = try await process.exitCode(within: 120)
        return process
      }
      let next = try await further("next", "date:2020-09-13T12:32:00Z")
      #expect(shop.names("next").contains("training.json"), "\(next.errors)")
      func record(_ model: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: shop.bytes("\(model)/training.json")) as? [String: Any])
      }
      func events(_ model: String) throws -> Int {
        String(decoding: try shop.bytes("\(model)/interactions.tsv"), as: UTF8.self).split(separator: "\n").count - 1
      }
      func count(until seconds: Int) -> Int { Shop.rows.count { Int($0.split(separator: "\t")[2]) ?? 0 < seconds } }
      #expect(try events("model") == count(until: 1_600_000_200) && events("next") == count(until: 1_600_000_320))
      let held = try record("next")["held_out"] as? [String: Any]
      #expect(held?["test"] as? String == "date" && held?["events"] as? Int == Shop.rows.count)
      let judged = try await shop.winnow(
        "evaluate", "--split", "date:2020-09-13T12:32:00Z", "\(path)/next", shop.data)
      #expect(judged.code == 0 && !judged.output.contains("has learned from"), "\(judged.output)\(judged.errors)")
      // Nothing is new before the date of the old model, and a model stays what it is.
      let early = try await further("early", "date:2020-09-13T12:29:00Z")
      #expect(early.errors.contains("is newer than what the model knows"), "\(early.errors)")
      let other = try await further("other", "date:2020-09-13T12:32:00Z", ["--dimension", "16"])
      #expect(other.errors.contains("--dimension has no effect with --from"), "\(other.errors)")
    }

    @Test func aTowerThatReadsWhatItemsAreIsTrainedFurther() async throws {
      let shop = try await Shop()
      let path = shop.directory.path
      let items = (0..<41).map { "i\($0)\t\($0 < 20 ? "red" : "blue")\tthing \($0 % 3)" }
      try Data(((["id\tcolour\ttitle"] + items).joined(separator: "\n") + "\n").utf8).write(
        to: URL(filePath: "\(path)/items.tsv"))
      let read = try await shop.winnow(
        "import", "tsv", "--items", "\(path)/items.tsv", "--type", "title=text", "--out", "\(path)/described",
        "\(path)/log.tsv")
      #expect(read.code == 0, "\(read.errors)")
      let tower = [
        "--tower", "history", "--encoder", "attention", "--mixed", "--content", "colour,title", "--preset", "none",
        "--dimension", "8", "--tower-epochs", "3", "--tower-negatives", "16",
      ]
      let first = try ProgramProcess("winnow", ["train", "\(path)/described", "--out", "\(path)/model"] + tower)
      #expect(try await first.exitCode(within: 120) == 0, "\(first.errors)")
      let record = try #require(
        try JSONSerialization.jsonObject(with: shop.bytes("model/training.json")) as? [String: Any])
      #expect(
        record["content"] as? [String]
          == ["colour=blue", "colour=red", "title=0", "title=1", "title=2", "title=thing"])
      #expect(record["best_epoch"] as? Int == 0 && record["retrieval"] != nil)
      try Data("user\titem\ttime\nu0\ti40\t1700000000\n".utf8).write(to: URL(filePath: "\(path)/clicks.tsv"))
      let next = try await shop.winnow(
        "train", "--from", "\(path)/model", "--out", "\(path)/next", "\(path)/clicks.tsv")
      #expect(next.code == 0, "\(next.errors)")
      let before = try rows(shop, "model/items.safetensors", "embedding")
      let after = try rows(shop, "next/items.safetensors", "embedding")
      #expect(before == after && after.count == 41)
      #expect(
        try rows(shop, "model/users.safetensors", "query").count { before in
          try rows(shop, "next/users.safetensors", "query")[before.key] != before.value
        } == 1)
    }

    @Test func whatCannotBeTrainedFurtherIsRefused() async throws {
      let shop = try await Shop()
      let path = shop.directory.path
      let absent = try await shop.winnow("train", "--from", "\(path)/absent", "--out", "\(path)/next", shop.data)
      #expect(absent.code == 1 && absent.errors.contains("absent/training.json"), "\(absent.errors)")
      let both = try await shop.winnow(
        "train", "--from", "\(path)/absent", "--hold-out", "last", "--out", "\(path)/next", shop.data)
      #expect(both.code == 2 && both.errors.contains("--hold-out"), "\(both.errors)")
      let segment = try await shop.winnow("train", "--segment", "age", "--out", "\(path)/next", shop.data)
      #expect(segment.code == 1 && segment.errors.contains("age"), "\(segment.errors)")
      #expect(shop.names("").allSatisfy { !$0.hasPrefix("next") })
    }

    @Test func aLogBecomesAModelDirectoryWithItsCurves() async throws {
      let shop = try await Shop()
      let reports = ["--history", "\(shop.directory.path)/history.json", "--plot", "\(shop.directory.path)/curves.svg"]
      let run = try shop.train("model", reports + ["--export", "int8", "--threads", "2"])
      #expect(try await run.exitCode(within: 120) == 0, "\(run.errors)")
      #expect(
        shop.names("model") == [
          "checkpoint.safetensors", "dataset.json", "interactions.tsv", "items.dict", "items.jsonl",
          "items.safetensors", "manifest.json", "schema.json", "tower.safetensors", "training.json", "users.dict",
          "users.jsonl", "users.safetensors", "weights.safetensors",
        ])
      #expect(shop.names("").allSatisfy { !$0.hasPrefix("model.") })
      for text in ["held out", "epoch 4/4", "val_ndcg@10", "retrieval alone", "int8", "saves", "peak memory"] {
        #expect(run.output.contains(text), "\(text) in \(run.output)")
      }
      let training = try JSONSerialization.jsonObject(with: shop.bytes("model/training.json")) as? [String: Any]
      let history = try JSONSerialization.jsonObject(with: shop.bytes("history.json")) as? [String: Any]
      let epochs = try #require(training?["epochs"] as? [[String: Any]])
      #expect(epochs.count == 4)
      #expect((history?["epochs"] as? [NSDictionary]) == epochs.map { $0 as NSDictionary })
      #expect(try shop.bytes("curves.svg").starts(with: Data("<svg".utf8)))
      // Nothing of the model depends on the threads, and what is there is not replaced unasked.
      let refused = try shop.train("model")
      #expect(try await refused.exitCode() == 7)
      let again = try shop.train("model", ["--export", "int8", "--threads", "1", "--force"])
      let before = try shop.names("model").map { try shop.bytes("model/\($0)") }
      #expect(try await again.exitCode(within: 120) == 0)
      #expect(try shop.names("model").map { try shop.bytes("model/\($0)") } == before)
    }

    @Test func anInterruptedRunIsResumedToTheSameBytes() async throws {
      let shop = try await Shop()
      let flags = ["--epochs", "40"]
      let whole = try shop.train("whole", flags)
      #expect(try await whole.exitCode(within: 120) == 0)
      let run = try shop.train("model", flags)
      while !run.output.contains("epoch 2/40") && run.isAlive { try await Task.sleep(for: .milliseconds(5)) }
      run.signal(SIGINT)
      #expect(try await run.exitCode(within: 60) == 130, "\(run.output)\(run.errors)")
      // What there was so far is a whole model.
      #expect(shop.names("model").contains("manifest.json"))
      #expect(try String(decoding: shop.bytes("model/training.json"), as: UTF8.self).contains("\"interrupted\""))
      #expect(shop.names("model.training") == ["checkpoint.safetensors", "training.json"])
      let unasked = try shop.train("model", flags)
      #expect(try await unasked.exitCode() == 7)
      let other = try shop.train("model", flags + ["--resume", "--seed", "9"])
      #expect(try await other.exitCode() == 2)
      #expect(other.errors.contains("--seed"))
      let resumed = try shop.train("model", flags + ["--resume"])
      #expect(try await resumed.exitCode(within: 120) == 0, "\(resumed.errors)")
      #expect(shop.names("model.training") == [])
      for name in shop.names("whole") {
        #expect(try shop.bytes("model/\(name)") == shop.bytes("whole/\(name)"), "\(name)")
      }
      let nothing = try shop.train("model", flags + ["--resume"])
      #expect(try await nothing.exitCode() == 1)
    }

    @Test func aSecondInterruptEndsAtOnce() async throws {
      let shop = try await Shop()
      let run = try shop.train("model", ["--tower-epochs", "10000", "--dimension", "512"])
      while !run.output.contains("held out") && run.isAlive { try await Task.sleep(for: .milliseconds(5)) }
      run.signal(SIGINT)
      run.signal(SIGINT)
      #expect(try await run.exitCode(within: 60) == 130)
      #expect(shop.names("model") == [])
    }

    @Test(arguments: [
      ["u1\ti1\t1600000000", "u1\ti2\t1600000001"], ["u1\ti1\t1600000000", "u2\ti1\t1600000001"],
      ["u1\ti1\t1600000000", "u2\ti2\t1600000001"],
    ]) func logsWithNothingToLearnFromFailInWords(rows: [String]) async throws {
      let shop = try await Shop(rows: rows)
      let run = try shop.train("model")
      #expect(try await run.exitCode() == 1)
      #expect(run.errors.contains("BAD_DATA") && shop.names("").allSatisfy { !$0.hasPrefix("model") })
    }

    @Test func divergenceIsAFailureAndWritesNoModel() async throws {
      let shop = try await Shop()
      let run = try shop.train(
        "model", ["--learning-rate", "1e38"])
      let code = try await run.exitCode(within: 120)
      #expect(code == 1 && run.errors.contains("--learning-rate"), "\(code) \(run.output)\(run.errors)")
      #expect(shop.names("model") == [])
    }

    @Test func wrongFlagsAreUsageErrors() async throws {
      let shop = try await Shop()
      for flags in [
        ["--layers", "0"], ["--loss", "best"], ["--hard-negatives", "9", "--negatives", "3"], ["--nagatives", "3"],
        ["--content", "colour"], ["--tower", "history", "--mixed"], ["--tower", "history", "--encoder", "lstm"],
        ["--tower", "history", "--encoder", "attention", "--tower-heads", "3"],
      ] {
        let run = try shop.train("model", flags)
        #expect(try await run.exitCode() == 2, "\(flags)")
      }
      let out = "\(shop.directory.path)/model"
      for (flags, code, word) in [
        (["--preset", "none", "--epochs", "2"], 2 as Int32, "--epochs"),
        (["--preset", "none", "--layers", "2"], 2, "--layers"),
        (["--tower", "history", "--content", "colour"], 1, "colour"),
      ] {
        let run = try ProgramProcess("winnow", ["train", shop.data, "--out", out] + flags)
        #expect(try await run.exitCode() == code && run.errors.contains(word), "\(flags) \(run.errors)")
      }
      let none = try shop.train("model", ["--preset", "gmf", "--inputs", "user", "--layers", "4"])
      #expect(try await none.exitCode() == 0, "\(none.errors)")
    }
  }
}
