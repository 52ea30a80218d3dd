import Foundation
import Support
import Testing

extension ClusterSuite {
  /// The audit log of a coordinator with keys, as processes: what stands in it, that it goes on over restarts and crashes,
  /// and that nothing is administered where it cannot be written.
  @Suite struct AuditTests {
    private let folder = TemporaryDirectory()
    private let data = TemporaryDirectory()

    private var keys: String { "\(folder.path)/keys.json" }
    private var audit: String { "\(data.path)/audit.log" }

    private func winnow(_ arguments: [String]) async throws -> (code: Int32, text: String) {
      let process = try ProgramProcess("winnow", arguments)
      return (try await process.exitCode(within: 60), process.output + process.errors)
    }

    private func new(_ id: String, _ role: String) async throws -> String {
      let out = "\(folder.path)/\(id).key"
      let made = try await winnow(["key", "new", keys, id, "--role", role, "--out", out])
      try #require(made.code == 0, "\(made.text)")
      return out
    }

    private func coordinator(_ shard: String, _ flags: [String] = [], prefix: [String] = []) throws -> ProgramProcess {
      try ProgramProcess(
        "winnowd",
        [
          "coordinator", "--listen", ProgramProcess.lastingAddress, "--data-dir", data.path, "--shards", shard,
          "--threads", "1", "--keys", keys,
        ] + flags, prefix: prefix)
    }

    private func shard() throws -> ProgramProcess {
      try ProgramProcess(
        "winnowd", ["shard", "--memory-only", "--listen", ProgramProcess.lastingAddress, "--threads", "1"])
    }

    private func schema() throws -> String {
      let path = "\(folder.path)/schema.json"
      try Data(#"{"embedding_dimension": 2, "rerank_dimension": 0, "attributes": []}"#.utf8)
        .write(to: URL(filePath: path))
      return path
    }

    /// The lines of the log that have these words in this order; their texts have nothing that is escaped.
    private func lines(_ words: String...) throws -> [String] {
      try String(contentsOfFile: audit, encoding: .utf8).split(separator: "\n").map(String.init).filter { line in
        var rest = line[...]
        return words.allSatisfy { word in
          guard let found = rest.range(of: "\"\(word)\"") else { return false }
          rest = rest[found.upperBound...]
          return true
        }
      }
    }

    private func until(_ what: String, _ holds: () async throws -> Bool) async throws {
      for _ in 0..<300 {
        if try await holds() { return }
        try await Task.sleep(for: .milliseconds(100))
      }
      throw ProgramProcess.Unexpected(description: "never: \(what)")
    }

    @Test func whoAdministersStandsThereAndNothingCanBeChangedUnseen() async throws {
      let (boss, reader) = (try await new("boss", "admin"), try await new("reader-1", "read"))
      let shard = try shard()
      let shardAddress = try await shard.address()
      var coordinator = try coordinator(shardAddress)
      var address = try await coordinator.address()
      func ask(_ key: String, _ verb: [String]) async throws -> (code: Int32, text: String) {
        try await winnow(verb + ["--coordinator", address, "--timeout", "20s", "--key-file", key])
      }
      try await until("the shard is up") {
        try await ask(boss, ["cluster", "status", "--format", "json"]).text.contains("\"up\"")
      }
      let schema = try schema()
      #expect(try await ask(boss, ["collection", "create", "shop", "--schema", schema]).code == 0)
      // On the disk before it was done.
      #expect(try lines("boss", "COLLECTION_CREATE", "shop", "begun").count == 1)
      #expect(try await ask(reader, ["collection", "drop", "shop", "--yes"]).code == 6)
      let other = "\(folder.path)/other"
      #expect(try await winnow(["key", "new", "\(other).json", "boss", "--role", "admin", "--out", other]).code == 0)
      #expect(try await ask(other, ["ping"]).code == 6)
      _ = try await new("late", "read")
      coordinator.signal(SIGHUP)
      try await until("the rest stands there") {
        try lines("boss", "COLLECTION_CREATE", "shop", "OK").count == 1
          && lines("reader-1", "COLLECTION_DROP", "PERMISSION_DENIED").count == 1
          && lines("boss", "AUTH", "AUTH_FAILED").count == 1 && !lines("reader-1", "AUTH", "OK").isEmpty
          && lines("reload", "keys", "OK").count == 1
      }
      // What only looks stands in no line.
      #expect(try lines("STATUS").isEmpty)

      // It goes on behind a crash, which has cut a line.
      coordinator.signal(SIGKILL)
      _ = try await coordinator.exitCode(within: 60)
      let handle = try FileHandle(forWritingTo: URL(filePath: audit))
      try handle.seekToEnd()
      try handle.write(contentsOf: Data(#"{"seq":99,"time":"#.utf8))
      try handle.close()
      coordinator = try self.coordinator(shardAddress)
      address = try await coordinator.address()
      #expect(try await ask(boss, ["collection", "drop", "shop", "--yes"]).code == 0)
      coordinator.signal(SIGTERM)
      #expect(try await coordinator.exitCode(within: 60) == 0)
      #expect(try lines("start").count == 2 && lines("stop").count == 1 && lines("COLLECTION_DROP", "OK").count == 1)
      let whole = try await winnow(["audit", "verify", audit, "--format", "json"])
      #expect(whole.code == 0 && whole.text.contains("\"cut\": 1"), "\(whole.text)")
      let python = try await Python.audit(["verify", audit])
      let head = try #require(python.text.split(separator: " ").last?.trimmingCharacters(in: .newlines))
      #expect(python.code == 0 && whole.text.contains(head), "\(python.text)")
      // The node's own log has named a head, which a line of the file has.
      let said = try #require(coordinator.errors.firstMatch(of: /head of the audit log.* head=([0-9a-f]{32})/)).1
      #expect(try await winnow(["audit", "verify", audit, "--head", String(said)]).code == 0)

      // Changed, cut, or not the one that was meant.
      let bytes = try Data(contentsOf: URL(filePath: audit))
      let text = String(decoding: bytes, as: UTF8.self)
      for (name, changed) in [
        ("edited", text.replacing("reader-1", with: "reader-2", maxReplacements: 1)),
        (
          "dropped",
          text.split(separator: "\n").enumerated().filter { $0.offset != 2 }.map { $0.element + "\n" }.joined()
        ),
      ] {
        let path = "\(folder.path)/\(name)"
        try Data(changed.utf8).write(to: URL(filePath: path))
        let verified = try await winnow(["audit", "verify", path])
        #expect(verified.code == 4 && verified.text.contains("line "), "\(name): \(verified.text)")
        #expect(try await Python.audit(["verify", path]).code == 4)
      }
      let short = "\(folder.path)/short"
      try Data((text.split(separator: "\n").dropLast(2).joined(separator: "\n") + "\n").utf8)
        .write(to: URL(filePath: short))
      #expect(try await winnow(["audit", "verify", short]).code == 0)
      let missing = try await winnow(["audit", "verify", short, "--head", head])
      #expect(missing.code == 4 && missing.text.contains("--head"), "\(missing.text)")

      // No secret of a key is in it.
      for path in [boss, reader] {
        let key = try String(contentsOfFile: path, encoding: .utf8)
        // The secret may have an underscore itself.
        let secret = try #require(key.split(separator: "_", maxSplits: 2).last).trimmingCharacters(in: .newlines)
        #expect(!text.contains(secret))
      }
    }

    @Test func aFullFileIsFollowedByAnotherAndTheOldestGoes() async throws {
      _ = try await new("boss", "admin")
      let shard = try shard()
      let golden = try Data(contentsOf: URL(filePath: "\(GoldenFolder("audit-1").path)/audit.log"))
      let audit = "\(folder.path)/audit.log"
      // Zeros of which the disk keeps none, then the lines of an earlier log: 64 MiB in all.
      try #require(FileManager.default.createFile(atPath: audit, contents: nil))
      let handle = try FileHandle(forWritingTo: URL(filePath: audit))
      try handle.truncate(atOffset: UInt64(64 << 20))
      try handle.seekToEnd()
      try handle.write(contentsOf: Data("\n".utf8) + golden)
      try handle.close()
      func older(_ number: Int) -> String {
        "\(audit)." + String(repeating: "0", count: 12 - "\(number)".count) + "\(number)"
      }
      // The golden log ends with line 7; with it there are 16 older files, of which one goes.
      for number in 1...16 where number != 7 { try Data("older\n".utf8).write(to: URL(filePath: older(number))) }
      let coordinator = try coordinator(try await shard.address(), ["--audit-log", audit])
      _ = try await coordinator.address()
      coordinator.signal(SIGTERM)
      #expect(try await coordinator.exitCode(within: 60) == 0)
      // What was full has the number of its last line, and the next line goes on behind it.
      let full = try Data(contentsOf: URL(filePath: older(7)))
      #expect(full.count > 64 << 20 && full.suffix(golden.count) == golden)
      let first = try #require(
        String(contentsOfFile: audit, encoding: .utf8).split(separator: "\n").first.map(String.init))
      #expect(first.hasPrefix(#"{"seq":8,"#) && first.contains(#""what":"start""#), "\(first)")
      let last = try #require(
        String(decoding: golden, as: UTF8.self).split(separator: "\n").map(String.init).last { $0.hasSuffix("}") })
      let previous = "\(folder.path)/previous"
      try Data("\(last)\n\(first)\n".utf8).write(to: URL(filePath: previous))
      let verified = try await winnow(["audit", "verify", previous])
      #expect(verified.code == 0, "\(verified.text)")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("audit.log.") }
      #expect(names.count == 15 && !FileManager.default.fileExists(atPath: older(1)))
    }

    @Test func nothingIsAdministeredWhereItCannotBeWritten() async throws {
      let boss = try await new("boss", "admin")
      let shard = try shard()
      let shardAddress = try await shard.address()
      // At the start it is an error, as is a file of something else.
      let full = try coordinator(shardAddress, ["--audit-log", "/dev/full"])
      #expect(try await full.exitCode(within: 60) == 74)
      #expect(full.errors.contains("audit log cannot be written"), "\(full.errors)")
      let foreign = try coordinator(shardAddress, ["--audit-log", keys])
      #expect(try await foreign.exitCode(within: 60) == 74)
      #expect(foreign.errors.contains("something else than an audit log"), "\(foreign.errors)")
      // No file may grow beyond 1 MiB, and the log has hardly room for its start.
      let log = "\(folder.path)/audit.log"
      let golden = try Data(contentsOf: URL(filePath: "\(GoldenFolder("audit-1").path)/audit.log"))
      let room = (1 << 20) - golden.count - 350
      try (Data(repeating: UInt8(ascii: "x"), count: room) + Data("\n".utf8) + golden).write(to: URL(filePath: log))
      let coordinator = try coordinator(
        shardAddress, ["--audit-log", log], prefix: ["prlimit", "--fsize=\(1 << 20)"])
      let address = try await coordinator.address()
      let flags = ["--coordinator", address, "--timeout", "20s", "--key-file", boss]
      let made = try await winnow(["collection", "create", "shop", "--schema", schema()] + flags)
      #expect(made.code == 1 && made.text.contains("STORAGE_FAILED"), "\(made.text)")
      let list = try await winnow(["collection", "list"] + flags)
      #expect(list.code == 0 && !list.text.contains("shop"), "\(list.text)")
      #expect(coordinator.errors.contains("nothing is administered"))
    }
  }
}
