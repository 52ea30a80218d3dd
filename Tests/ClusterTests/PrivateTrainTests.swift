import Foundation
import Support
import Testing

extension ClusterSuite {
  /// `winnow train --private`, `winnow federate` and the ledger, by the program itself.
  @Suite struct PrivateTrainTests {
    private struct Shop {
      let directory = TemporaryDirectory()
      var data: String { "\(directory.path)/data" }
      var items: String { "\(directory.path)/items.jsonl" }

      init(silo: Int = 0) throws {
        var random = SeededRandom(seed: UInt64(silo) + 5)
        let rows = (0..<150).flatMap { user in
          var items = Array(user % 2 * 10..<user % 2 * 10 + 10)
          items.shuffle(using: &random)
          return items.prefix(7).enumerated().map { "s\(silo)u\(user)\ti\($1)\t\(1_600_000_000 + $0 * 60 + user)" }
        }
        try write("log.tsv", (["user\titem\ttime"] + rows).joined(separator: "\n") + "\n")
        try write("items.jsonl", (0..<30).map { "{\"id\":\"i\($0)\"}\n" }.joined())
        try write("key", "0707070707070707070707070707070707070707070707070707070707070707\n", mode: 0o600)
      }

      func write(_ name: String, _ text: String, mode: Int = 0o644) throws {
        let path = "\(directory.path)/\(name)"
        try Data(text.utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
      }

      func importing() async throws {
        let run = try await winnow("import", "tsv", "--out", data, "\(directory.path)/log.tsv")
        #expect(run.code == 0, "\(run.errors)")
      }

      @discardableResult
      func winnow(_ arguments: String...) async throws -> (code: Int32, output: String, errors: String) {
        try await run(arguments)
      }

      func run(_ arguments: [String]) async throws -> (code: Int32, output: String, errors: String) {
        let process = try ProgramProcess("winnow", arguments)
        return (try await process.exitCode(within: 120), process.output, process.errors)
      }

      func train(_ out: String, _ flags: [String]) async throws -> (code: Int32, output: String, errors: String) {
        try await run(["train", data, "--items", items, "--out", "\(directory.path)/\(out)"] + flags)
      }

      func files(_ path: String) throws -> [String: Data] {
        let place = "\(directory.path)/\(path)"
        return Dictionary(
          uniqueKeysWithValues: try FileManager.default.contentsOfDirectory(atPath: place).map {
            ($0, try Data(contentsOf: URL(filePath: "\(place)/\($0)")))
          })
      }

      var ledger: Data? { try? Data(contentsOf: URL(filePath: "\(data)/privacy.ledger")) }
    }

    @Test func aPublicDirectoryHasNothingOfTheLogButTheRelease() async throws {
      let shop = try Shop()
      try await shop.importing()
      let flags = ["--private", "epsilon=8", "--noise-key-file", "\(shop.directory.path)/key", "--hold-out", "last"]
      let run = try await shop.train("model", flags + ["--threads", "1"])
      #expect(run.code == 0, "\(run.errors)")
      let files = try shop.files("model/public")
      #expect(
        files.keys.sorted() == [
          "counts.safetensors", "items.dict", "items.jsonl", "items.safetensors", "manifest.json", "schema.json",
          "tower.safetensors", "training.json", "weights.safetensors",
        ])
      for (name, bytes) in files {
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(!text.contains("s0u") && !text.contains("150") && !text.contains("checksum"), "\(name)")
      }
      let mode = try FileManager.default.attributesOfItem(atPath: "\(shop.directory.path)/model/holder")
      #expect((mode[.posixPermissions] as? Int).map { $0 & 0o77 } == 0)
      #expect(run.output.contains("epsilon 8 at delta 1e-06") && run.output.contains("release 1"))

      // Equal flags and an equal key give equal bytes on any number of threads, and are one release.
      let again = try await shop.train("again", flags + ["--threads", "3"])
      #expect(again.code == 0, "\(again.errors)")
      #expect(try shop.files("again/public") == files)
      #expect(shop.ledger?.count { $0 == 0x0A } == 1)

      let figures = try await shop.winnow(
        "evaluate", "\(shop.directory.path)/model", "\(shop.directory.path)/model/holder", "--json")
      #expect(figures.code == 0 && figures.output.contains("private ε = 8"), "\(figures.errors)")

      // The ledger stays when the log is imported again, and the key does not serve another log.
      try await shop.importing()
      #expect(shop.ledger?.count { $0 == 0x0A } == 1)
      let other = try await shop.train(
        "other", ["--private", "epsilon=8", "--noise-key-file", "\(shop.directory.path)/key"])
      #expect(other.code == 7 && other.errors.contains("noise key was used for release 1"), "\(other.errors)")
      let status = try await shop.winnow("privacy", "status", shop.data)
      #expect(status.code == 0 && status.output.contains("1    train"))
    }

    /// A name that one shopper brings with an attribute, a text, or the device of an event.
    @Test func aNameThatStandsOnceIsInNoFileOfAModel() async throws {
      let shop = try Shop()
      let (city, text, device) = ("quibble-on-sea", "Mary Ann Quibble", "quibbles-phone")
      let lines = try String(contentsOf: URL(filePath: "\(shop.directory.path)/log.tsv"), encoding: .utf8)
        .split(separator: "\n")
      let table = lines.enumerated().map { index, line in
        "\(line)\t\(index == 0 ? "device" : index == 40 ? device : ["phone", "desk"][index % 2])\n"
      }
      try shop.write("log.tsv", table.joined())
      try shop.write(
        "users.jsonl",
        (0..<150).map { user in
          let own = user == 17 ? (city, text, ["tall", city]) : (["ulm", "bonn"][user % 2], "A shopper", ["tall"])
          return #"{"id":"s0u\#(user)","city":"\#(own.0)","name":"\#(own.1)","tags":\#(own.2)}"# + "\n"
        }.joined())
      let imported = try await shop.winnow(
        "import", "tsv", "--users", "\(shop.directory.path)/users.jsonl", "--out", shop.data,
        "\(shop.directory.path)/log.tsv")
      #expect(imported.code == 0, "\(imported.errors)")
      func found(_ folder: String) throws -> [Bool] {
        let bytes = try shop.files(folder).values
        return [city, text, device].map { name in bytes.contains { $0.range(of: Data(name.utf8)) != nil } }
      }
      let flags = ["--segment", "city", "--dimension", "4", "--tower-epochs", "2", "--epochs", "1"]
      for (least, isThere) in [("1", true), ("5", false)] {
        let out = "\(shop.directory.path)/model-\(least)"
        let run = try await shop.run(["train", shop.data, "--out", out, "--least-users", least] + flags)
        #expect(run.code == 0, "\(run.errors)")
        // With the least of 1 the names are there, so that the search can find them.
        #expect(try found("model-\(least)") == [isThere, isThere, isThere])
      }
      let users = try #require(try shop.files("model-5")["users.jsonl"])
      #expect(String(decoding: users, as: UTF8.self).contains(#""city":"other""#))
      let asked = try await shop.train("private", ["--private", "epsilon=8"])
      #expect(asked.code == 0, "\(asked.errors)")
      #expect(try found("private/public") == [false, false, false])
    }

    @Test func aNetworkLearnsUnderNoiseToo() async throws {
      let shop = try Shop()
      try await shop.importing()
      let key = "\(shop.directory.path)/key"
      func train(_ out: String, steps: Int, threads: Int) async throws -> (code: Int32, output: String, errors: String)
      {
        try await shop.train(
          out,
          [
            "--private", "epsilon=8", "--private-network", "users=150,steps=\(steps),q=0.5", "--noise-key-file", key,
            "--hold-out", "last", "--threads", "\(threads)",
          ])
      }
      let run = try await train("model", steps: 20, threads: 1)
      #expect(run.code == 0 && run.output.contains("network steps: sigma"), "\(run.errors)")
      let files = try shop.files("model/public")
      let manifest = String(decoding: try #require(files["manifest.json"]), as: UTF8.self)
      #expect(manifest.contains("derived_popularity") && manifest.contains("network steps"))
      let again = try await train("again", steps: 20, threads: 3)
      #expect(again.code == 0, "\(again.errors)")
      #expect(try shop.files("again/public") == files)
      #expect(shop.ledger?.count { $0 == 0x0A } == 1)
      // One step more is another release.
      let other = try await train("other", steps: 21, threads: 1)
      #expect(other.code == 7 && other.errors.contains("noise key was used for release 1"), "\(other.errors)")
      let figures = try await shop.winnow(
        "evaluate", "\(shop.directory.path)/model", "\(shop.directory.path)/model/holder", "--json")
      #expect(figures.code == 0 && figures.output.contains("private ε = 8"), "\(figures.errors)")
    }

    @Test func whatPromisesNothingIsRefusedAndNothingIsReleased() async throws {
      let shop = try Shop()
      try await shop.importing()
      try shop.write("few.jsonl", "{\"id\":\"i0\"}\n")
      try shop.write("open", "0707070707070707070707070707070707070707070707070707070707070707\n")
      let key = "\(shop.directory.path)/open"
      for (flags, reason) in [
        (["--private", "epsilon=0"], "epsilon is above 0"), (["--private", "epsilon=-4"], "epsilon is above 0"),
        (["--private", "epsilon=4,delta=0.1"], "delta 0.1 is above 1/n"),
        (["--private", "epsilon=4", "--from", shop.data], "unhidden"),
        (["--private", "epsilon=4", "--resume"], "whole or not at all"),
        (["--private", "epsilon=4", "--epochs", "3"], "has no effect with --private"),
        (["--private", "epsilon=4", "--history", "\(shop.directory.path)/h.json"], "has no effect with --private"),
        (["--private", "epsilon=4", "--noise-key-file", key], "others may use the key"),
        (["--private", "epsilon=4", "--items", "\(shop.directory.path)/few.jsonl"], "do not stand in the list"),
        (["--clip-events", "9"], "without --private"), (["--private-network", "users=9"], "without --private"),
        (["--private", "epsilon=4", "--private-network", "steps=3"], "users is missing"),
        (["--private", "epsilon=4", "--private-network", "users=9,q=2"], "q is above 0"),
        (
          ["--private", "epsilon=4", "--private-network", "users=9", "--private-tower", "softmax"],
          "with --private-tower softmax"
        ),
      ] as [([String], String)] {
        var arguments = ["train", shop.data, "--out", "\(shop.directory.path)/model"] + flags
        if !flags.contains("--items"), flags[0] == "--private" { arguments += ["--items", shop.items] }
        let run = try await shop.run(arguments)
        #expect(run.code != 0 && run.errors.contains(reason), "\(flags): \(run.errors)")
        #expect(!FileManager.default.fileExists(atPath: "\(shop.directory.path)/model"))
      }
      #expect(shop.ledger == nil)
      let first = try await shop.train("model", ["--private", "epsilon=4,budget=5"])
      #expect(first.code == 0, "\(first.errors)")
      let second = try await shop.train("second", ["--private", "epsilon=4"])
      #expect(second.code == 7 && second.errors.contains("BUDGET_SPENT"), "\(second.errors)")
      #expect(!FileManager.default.fileExists(atPath: "\(shop.directory.path)/second"))
      #expect(shop.ledger?.count { $0 == 0x0A } == 1)
    }

    @Test func threeShopsMakeOneModel() async throws {
      let shops = try (0..<3).map { try Shop(silo: $0) }
      for shop in shops { try await shop.importing() }
      let (names, place) = (["a", "b", "c"], shops[0].directory.path)
      try FileManager.default.createDirectory(atPath: "\(place)/exchange", withIntermediateDirectories: true)
      for (index, shop) in shops.enumerated() {
        let digits = String(repeating: "0\(index + 1)", count: 32)
        try shop.write("identity", digits + "\n", mode: 0o600)
      }
      let two = try await shops[0].winnow(
        "federate", "offer", "--items", shops[0].items, "--private", "epsilon=8", "--members", "a,b", "--out",
        "\(place)/two.json")
      #expect(two.code != 0 && two.errors.contains("each would know the other's sums"), "\(two.errors)")
      let offer = "\(place)/offer.json"
      let made = try await shops[0].winnow(
        "federate", "offer", "--items", shops[0].items, "--private", "epsilon=8", "--members", "c,a,b", "--out", offer)
      #expect(made.code == 0, "\(made.errors)")
      var peers: [String] = []
      for (name, shop) in zip(names, shops) {
        let key = try await shop.winnow("federate", "key", "--identity-key-file", "\(shop.directory.path)/identity")
        peers.append("\(name)=\(key.output.trimmingCharacters(in: .whitespacesAndNewlines))")
      }
      func join(_ silo: Int, pins: [String]) async throws -> (code: Int32, output: String, errors: String) {
        try await shops[silo].run([
          "federate", "join", offer, shops[silo].data, "--name", names[silo], "--identity-key-file",
          "\(shops[silo].directory.path)/identity", "--peer", pins.joined(separator: ","), "--items",
          shops[silo].items, "--exchange", "\(place)/exchange",
        ])
      }
      func sum(_ round: Int) async throws -> (code: Int32, output: String, errors: String) {
        try await shops[0].run([
          "federate", "sum", offer, "--exchange", "\(place)/exchange", "--round", "\(round)", "--peer",
          peers.joined(separator: ","),
        ])
      }
      let unpinned = try await join(0, pins: Array(peers.prefix(2)))
      #expect(unpinned.code == 2 && unpinned.errors.contains("does not pin the key of c"), "\(unpinned.errors)")
      for round in 1...2 {
        for step in 0..<2 {
          for silo in 0..<3 {
            let joined = try await join(silo, pins: peers)
            #expect(joined.code == 0, "\(round) \(step) \(silo): \(joined.errors)")
          }
        }
        if round == 1 {
          let path = "\(place)/exchange/c.round-1.run-1.wfed"
          let sent = try Data(contentsOf: URL(filePath: path))
          try FileManager.default.removeItem(atPath: path)
          let missing = try await sum(1)
          #expect(missing.code != 0 && missing.errors.contains("is missing"), "\(missing.errors)")
          var forged = sent
          forged[100] ^= 1
          try forged.write(to: URL(filePath: path))
          let refused = try await sum(1)
          #expect(refused.code != 0 && refused.errors.contains("damaged"), "\(refused.errors)")
          try sent.write(to: URL(filePath: path))
        }
        let total = try await sum(round)
        #expect(total.code == 0, "\(total.errors)")
      }
      let voided = try await shops[0].run([
        "federate", "join", offer, shops[0].data, "--name", "a", "--identity-key-file",
        "\(place)/identity", "--items", shops[0].items, "--exchange", "\(place)/exchange", "--void", "a,b,c",
      ])
      #expect(voided.code != 0 && voided.errors.contains("would show its sums"), "\(voided.errors)")
      var models: [[String: Data]] = []
      for shop in shops {
        let finished = try await shop.winnow(
          "federate", "finish", offer, shop.data, "--items", shop.items, "--exchange", "\(place)/exchange", "--out",
          "\(shop.directory.path)/together")
        #expect(finished.code == 0 && finished.output.contains("private ε = 8 of 3 silos"), "\(finished.errors)")
        models.append(try shop.files("together/public"))
        #expect(shop.ledger?.count { $0 == 0x0A } == 1)
      }
      #expect(models[0] == models[1] && models[0] == models[2])
    }
  }
}
