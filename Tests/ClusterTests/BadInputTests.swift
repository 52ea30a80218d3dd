import Foundation
import Ranking
import Support
import Testing
import Vocabulary
import Wire

extension ClusterSuite {
  /// What the verbs say of files that are not what they should be: which file, where in it, and what to do.
  @Suite struct BadInputTests {
    private let directory = TemporaryDirectory()

    private func path(_ name: String) -> String { "\(directory.path)/\(name)" }

    private func write(_ name: String, _ bytes: [UInt8]) throws {
      try Data(bytes).write(to: URL(filePath: path(name)))
    }

    private func winnow(
      _ arguments: [String], prefix: [String] = []
    ) async throws -> (code: Int32, output: String, errors: String) {
      let process = try ProgramProcess("winnow", arguments, prefix: prefix)
      return (try await process.exitCode(within: 60), process.output, process.errors)
    }

    /// A log whose only fault is the one that its row shows.
    private static func log(_ rows: String, header: String = "user,item,value,time") -> [UInt8] {
      Array("\(header)\n\(rows)\n".utf8)
    }

    /// A file, flags, and what the error names: the place, what is wrong, what to do.
    struct Refusal: Sendable, CustomTestStringConvertible {
      let file: String
      let bytes: [UInt8]
      var flags: [String] = []
      let words: [String]

      var testDescription: String { file }
    }

    static let refusals = [
      Refusal(file: "empty.csv", bytes: [], words: ["empty.csv: the file has no rows", "give a file with data"]),
      Refusal(file: "blank.csv", bytes: Array("\n\n".utf8), words: ["blank.csv: the file has no rows"]),
      Refusal(
        file: "header-only.csv", bytes: Array("user,item\n".utf8),
        words: ["header-only.csv: no row could be used", "nothing behind its header"]),
      Refusal(
        file: "delimiter.csv", bytes: log("ann,lamp,1,1500000000"), flags: ["--delimiter", "semicolon"],
        words: ["delimiter.csv:1: user: ", "is the --delimiter right?"]),
      Refusal(
        file: "words.txt", bytes: Array("once\nupon\na\ntime\n".utf8),
        words: ["words.txt:1: no delimiter is found", "--delimiter"]),
      Refusal(
        file: "header.tsv", bytes: Array("7\tlamp\t5\t881250949\n".utf8),
        words: ["header.tsv:1: user: the first line is no header", "--columns user,item,value,time"]),
      Refusal(
        file: "nan.csv", bytes: log("ann,lamp,nan,1500000000\nbob,lamp,inf,1500000000"),
        words: ["nan.csv:2: ", "value: not a finite number", "repair the column"]),
      Refusal(
        file: "nan.jsonl", bytes: Array(#"{"user":"ann","item":"lamp","value":NaN}"#.utf8),
        words: ["nan.jsonl:1: ", "value: not a finite number"]),
      Refusal(
        file: "id.csv", bytes: log(String(repeating: "x", count: 300) + ",lamp,1,1500000000"),
        words: ["id.csv:2: ", "user: more than 256 bytes", "shorter ids"]),
      Refusal(
        file: "utf8.csv", bytes: Array("user,item\ncaf".utf8) + [0xE9] + Array(",lamp\n".utf8),
        words: ["utf8.csv:2: ", "user: not UTF-8", "--encoding latin-1"]),
      Refusal(
        file: "half.csv.gz",
        bytes: Array(gzip(Array((0..<500).map { "u\($0 * 7919 % 401),i\($0)\n" }.joined().utf8)).prefix(900)),
        flags: ["--columns", "user,item"], words: ["half.csv.gz: the gzip data end in the middle", "gzip -t"]),
    ]

    @Test(arguments: refusals) func fileThatIsNoLogIsRefusedAndNothingIsWritten(_ refusal: Refusal) async throws {
      try write(refusal.file, refusal.bytes)
      for verb in [["import", "tsv", "--out", path("out")], ["validate"]] {
        let (code, output, errors) = try await winnow(verb + refusal.flags + [path(refusal.file)])
        #expect(code == 1 && output.isEmpty)
        for word in refusal.words { #expect(errors.contains(word), "\(errors)") }
        // What to do stands on a line of its own.
        #expect(errors.split(separator: "\n").count == 2, "\(errors)")
      }
      #expect(!FileManager.default.fileExists(atPath: path("out")))
    }

    @Test func failedImportLeavesTheEarlierOneAsItWas() async throws {
      try write("good.csv", Self.log("ann,lamp,1,1500000000"))
      try write("empty.csv", [])
      #expect(try await winnow(["import", "tsv", "--out", path("out"), path("good.csv")]).code == 0)
      func files() throws -> [String: Data] {
        try Dictionary(
          uniqueKeysWithValues: FileManager.default.contentsOfDirectory(atPath: path("out")).map {
            ($0, try Data(contentsOf: URL(filePath: path("out/\($0)"))))
          })
      }
      let before = try files()
      #expect(try await winnow(["import", "tsv", "--out", path("out"), path("empty.csv")]).code == 1)
      #expect(try files() == before && before.count == 6)
      // No room for the files: none of them takes the place of another.
      try write("other.csv", Self.log("bob,chair,1,1500000000"))
      let full = try await winnow(
        ["import", "tsv", "--out", path("out"), path("other.csv")], prefix: ["/usr/bin/prlimit", "--fsize=60"])
      #expect(full.code != 0)
      #expect(try files().filter { !$0.key.hasSuffix(".part") } == before)
    }

    @Test func badRowsAmongGoodOnesAreCountedWithTheirLines() async throws {
      let rows = [
        "ann,lamp,1,1500000000", "ann,chair,inf,1500000001", "\(String(repeating: "x", count: 300)),lamp,1,1500000002",
        "bob,lamp,1,soon", "bob,lamp,1,1500000003",
      ]
      try write("log.csv", Self.log(rows.joined(separator: "\n")))
      let text = try await winnow(["import", "tsv", "--out", path("out"), path("log.csv")])
      #expect(text.code == 0)
      for line in ["value: not a finite number; lines 3", "user: more than 256 bytes; lines 4", "time: not a time"] {
        #expect(text.output.contains(line), "\(text.output)")
      }
      // The report is the data set's too.
      let summary = try String(contentsOf: URL(filePath: path("out/dataset.json")), encoding: .utf8)
      #expect(summary.contains("more than 256 bytes"))
    }

    @Test func lineOfTwoGigabytesIsPassedOverInLittleMemory() async throws {
      // A hole in the file, so that it takes no room.
      let handle = try #require(FileHandle(forWritingAtPath: makeEmpty("huge.csv")))
      try handle.write(contentsOf: Data("user,item\nann,lamp\n".utf8))
      try handle.seek(toOffset: 2 << 30)
      try handle.write(contentsOf: Data("\nbob,chair\n".utf8))
      try handle.close()
      let result = try await winnow(
        ["import", "tsv", "--out", path("out"), path("huge.csv")], prefix: ["/usr/bin/prlimit", "--data=300000000"])
      #expect(result.code == 0, "\(result.errors)")
      #expect(result.output.contains("3 rows read, 2 kept"))
      #expect(result.output.contains("the line has more than 1 MiB; lines 3"))
    }

    private func makeEmpty(_ name: String) throws -> String {
      try write(name, [])
      return path(name)
    }

    @Test(arguments: [
      ("one user", (0..<20).map { "ann,item\($0),1,\(1_500_000_000 + $0)" }, "FAIL  users: 1 users"),
      ("one item", (0..<20).map { "user\($0),lamp,1,\(1_500_000_000 + $0)" }, "FAIL  items: 1 items"),
      (
        "equal labels", (0..<70).map { "user\($0 % 7),item\($0 % 11),4,\(1_500_000_000 + $0)" },
        "FAIL  ratings: 1 different values; all ratings are equal"
      ),
    ]) func logThatTeachesNothingFailsValidation(name: String, rows: [String], line: String) async throws {
      try write("log.csv", Self.log(rows.joined(separator: "\n")))
      let result = try await winnow(["validate", path("log.csv")])
      #expect(result.code == 4 && result.output.contains(line), "\(result.output)")
    }

    @Test func brokenModelIsRefusedAndTheOldOneServesOn() async throws {
      let shop = try LoopbackTests.shop(60)
      let files = try #require(shop.model?.files)
      let names = ["manifest.json", "weights.safetensors", "users.safetensors"]
      try await ProcessCluster.run(shardCount: 1) { cluster in
        try await cluster.fill(shop)
        func push(_ changed: Int, _ bytes: [UInt8]) async throws -> (code: Int32, output: String, errors: String) {
          for (index, name) in names.enumerated() { try write(name, index == changed ? bytes : files[index]) }
          return try await winnow(
            ["--coordinator", cluster.address, "model", "push", "--collection", "shop", directory.path])
        }
        func answer() async throws -> String {
          try await winnow(["--coordinator", cluster.address, "query", "--user", "7", "--k", "3"]).output
            .split(separator: "\n").first { $0.contains("by model") }.map(String.init) ?? ""
        }
        let before = try await answer()
        #expect(!before.isEmpty)
        let manifest = String(decoding: files[0], as: UTF8.self)
        let weights = String(decoding: files[1].dropFirst(8), as: Unicode.ASCII.self)
        #expect(manifest.contains("\"price\"") && weights.contains("\"data_offsets\":[0,"))
        let cases: [(Int, [UInt8], [String])] = [
          (1, Self.movingOffsets(files[1], by: -4), ["weights.safetensors: ", "overlap"]),
          (1, Self.movingOffsets(files[1], by: 1 << 40), ["weights.safetensors: ", "out of range"]),
          (1, Array(files[1].dropLast()), ["weights.safetensors: ", "out of range"]),
          (0, Array(manifest.replacing("\"price\"", with: "\"colour\"").utf8), ["manifest.json: ", "colour"]),
          (
            0, Array(manifest.replacing(/"attribute" ?: ?"price"/, with: "\"attribute\":\"absent\"").utf8),
            ["manifest.json: ", "inputs.attributes[", "absent"]
          ),
        ]
        for (index, bytes, words) in cases {
          let result = try await push(index, bytes)
          #expect(result.code == 1 && result.output.isEmpty)
          for word in words { #expect(result.errors.contains(word), "\(result.errors)") }
        }
        #expect(try await answer() == before)
      }
    }

    @Test func itemsThatDoNotBelongTogetherAreRefusedAndTheOldGenerationServesOn() async throws {
      let shop = try LoopbackTests.shop(40)
      let files = try #require(shop.model?.files)
      for (name, bytes) in zip(["manifest.json", "weights.safetensors", "users.safetensors"], files) {
        try write(name, bytes)
      }
      func vectors(_ items: [Item]) throws {
        var writer = SafetensorsWriter()
        writer.add("id", items.map(\.id.rawValue))
        writer.add("embedding", items.flatMap(\.embedding), shape: [items.count, 16])
        writer.add("rerank", items.flatMap(\.rerank), shape: [items.count, 8])
        try write("items.safetensors", writer.file())
      }
      func lines(_ items: [Item]) throws {
        try write("items.jsonl", Array(items.map { "{\"id\":\"\($0.id.rawValue)\"}\n" }.joined().utf8))
      }
      let schema = String(decoding: shop.schema.json, as: UTF8.self)
      try write("schema.json", Array(schema.utf8))
      try await ProcessCluster.run(shardCount: 1) { cluster in
        try await cluster.fill(shop)
        func push() async throws -> (code: Int32, output: String, errors: String) {
          try await winnow(["--coordinator", cluster.address, "model", "push", "--collection", "shop", directory.path])
        }
        func answer() async throws -> [Substring] {
          try await winnow(["--coordinator", cluster.address, "query", "--user", "7", "--k", "40"]).output
            .split(separator: "\n").filter { $0.contains("by model") || $0.contains(" items, ") }
        }
        try vectors(shop.items)
        try lines(shop.items)
        let whole = try await push()
        #expect(whole.code == 0 && whole.output.contains("40 items"), "\(whole.errors)")
        let before = try await answer()
        func refused(_ words: [String]) async throws {
          let result = try await push()
          #expect(result.code == 1 && result.output.isEmpty)
          for word in words { #expect(result.errors.contains(word), "\(result.errors)") }
          #expect(try await answer() == before)
        }
        try lines(Array(shop.items.prefix(5)))
        try await refused(["items.jsonl has 5 items and items.safetensors 40", "nothing was changed"])
        try lines(shop.items + [shop.items[0]])
        try await refused(["items.jsonl has 41 items and items.safetensors 40"])
        var swapped = shop.items
        swapped.swapAt(3, 4)
        try lines(swapped)
        try await refused(["items.jsonl:4: ", "has another id"])
        try lines(shop.items.dropLast() + [shop.items[0]])
        try await refused(["items.jsonl:40: ", "stands twice"])
        try lines(shop.items)
        try vectors(shop.items.dropLast() + [shop.items[0]])
        try await refused(["items.safetensors: id: duplicate"])
        try vectors(shop.items)
        try write(
          "schema.json", Array(schema.replacing("\"attributes\"", with: "\"attributes\":[],\"attributes\"").utf8))
        try await refused(["schema.json: attributes: duplicate", "line "])
        try write("schema.json", Array(schema.replacing("16", with: "15").utf8))
        try await refused(["manifest.json: collection.embedding_dimension"])
        try write("schema.json", Array(schema.utf8))
        try write("items.safetensors", [0x50, 0x4B, 3, 4, 0, 0])
        try await refused(["items.safetensors: malformed: a zip archive"])
      }
    }

    /// The file with the data of a tensor behind the first said to lie elsewhere.
    private static func movingOffsets(_ file: [UInt8], by bytes: Int) -> [UInt8] {
      let length = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
      let header = String(decoding: file[8..<8 + length], as: UTF8.self)
      guard let span = header.firstMatch(of: /"data_offsets":\[([1-9]\d*),(\d+)\]/), let begin = Int(span.1),
        let end = Int(span.2)
      else { return [] }
      let moved = Array(header.replacing(span.0, with: "\"data_offsets\":[\(begin + bytes),\(end + bytes)]").utf8)
      let count = (0..<8).map { UInt8(truncatingIfNeeded: moved.count >> ($0 * 8)) }
      return count + moved + file[(8 + length)...]
    }
  }
}
