import Foundation
import Support
import Testing
import Vocabulary

extension ClusterSuite {
  /// Clients that prove keys, as processes: `winnow key` makes and ends them, Swift and Python prove them.
  @Suite struct KeyTests {
    private let folder = TemporaryDirectory()
    private let data = TemporaryDirectory()

    private var keys: String { "\(folder.path)/keys.json" }

    private func winnow(_ arguments: [String]) async throws -> (code: Int32, text: String) {
      let process = try ProgramProcess("winnow", arguments)
      return (try await process.exitCode(within: 60), process.output + process.errors)
    }

    /// Makes a key, which is in the file that is returned.
    private func new(_ id: String, _ flags: [String]) async throws -> String {
      let out = "\(folder.path)/\(id).key"
      let made = try await winnow(["key", "new", keys, id, "--out", out] + flags)
      try #require(made.code == 0, "\(made.text)")
      return out
    }

    private func until(_ what: String, _ holds: () async throws -> Bool) async throws {
      for _ in 0..<300 {
        if try await holds() { return }
        try await Task.sleep(for: .milliseconds(100))
      }
      throw ProgramProcess.Unexpected(description: "never: \(what)")
    }

    @Test func aCoordinatorServesThoseThatProveAKey() async throws {
      let boss = try await new("boss", ["--role", "admin"])
      let reader = try await new("reader-1", ["--role", "read", "--collection", "shop,eu*", "--note", "the shop"])
      let shard = try ProgramProcess(
        "winnowd", ["shard", "--memory-only", "--listen", ProgramProcess.lastingAddress, "--threads", "1"])
      let coordinator = try ProgramProcess(
        "winnowd",
        [
          "coordinator", "--listen", ProgramProcess.lastingAddress, "--data-dir", data.path, "--shards",
          try await shard.address(), "--threads", "1", "--keys", keys,
        ])
      let address = try await coordinator.address()
      func ask(_ key: String?, _ verb: [String]) async throws -> (code: Int32, text: String) {
        try await winnow(
          verb + ["--coordinator", address, "--timeout", "20s"] + (key.map { ["--key-file", $0] } ?? []))
      }
      try await until("the shard is up") {
        let status = try await ask(boss, ["cluster", "status", "--format", "json"])
        return status.code == 0 && status.text.contains("\"up\"")
      }
      // Who has no key, or another cluster's, learns nothing.
      let nameless = try await ask(nil, ["ping"])
      #expect(nameless.code == 6 && nameless.text.contains("AUTH_REQUIRED"), "\(nameless.text)")
      let other = "\(folder.path)/other"
      #expect(try await winnow(["key", "new", "\(other).json", "boss", "--role", "admin", "--out", other]).code == 0)
      let foreign = try await ask(other, ["ping"])
      #expect(foreign.code == 6 && foreign.text.contains("AUTH_FAILED"), "\(foreign.text)")

      // A key sees its collections alone.
      let schema = "\(folder.path)/schema.json"
      try Data(#"{"embedding_dimension": 2, "rerank_dimension": 0, "attributes": []}"#.utf8)
        .write(to: URL(filePath: schema))
      for name in ["shop", "eu-1", "hidden"] {
        let made = try await ask(boss, ["collection", "create", name, "--schema", schema])
        try #require(made.code == 0, "\(made.text)")
      }
      let seen = try await ask(reader, ["collection", "list"])
      #expect(seen.code == 0 && seen.text.contains("shop") && seen.text.contains("eu-1"), "\(seen.text)")
      #expect(!seen.text.contains("hidden"), "\(seen.text)")
      let absent = try await ask(reader, ["collection", "describe", "absent"])
      let hidden = try await ask(reader, ["collection", "describe", "hidden"])
      #expect(hidden.code == absent.code && hidden.text.contains("UNKNOWN_COLLECTION"), "\(hidden.text)")
      #expect(hidden.text == absent.text)
      let refused = try await ask(reader, ["collection", "drop", "shop", "--yes"])
      #expect(refused.code == 6 && refused.text.contains("PERMISSION_DENIED"), "\(refused.text)")
      let python = try await Python.client(address, ["--key-file", reader, "status", "--json"])
      #expect(python.contains("shop") && !python.contains("hidden"), "\(python)")

      // The successor has the same rights; then the first one ends.
      let second = "\(folder.path)/reader-2.key"
      let rotated = try await winnow(["key", "rotate", keys, "reader-1", "--out", second])
      #expect(rotated.code == 0 && rotated.text.contains("reader-2"), "\(rotated.text)")
      coordinator.signal(SIGHUP)
      try await until("the successor is known") { try await ask(second, ["ping"]).code == 0 }
      #expect(try await ask(second, ["collection", "list"]).text == seen.text)
      #expect(try await ask(reader, ["ping"]).code == 0)
      #expect(try await winnow(["key", "revoke", keys, "reader-1"]).code == 0)
      coordinator.signal(SIGHUP)
      try await until("the first is refused") { try await ask(reader, ["ping"]).text.contains("AUTH_FAILED") }
      #expect(try await ask(second, ["ping"]).code == 0)
      let list = try await winnow(["key", "list", keys])
      #expect(list.text.contains("revoked") && list.text.contains("reader-2"), "\(list.text)")

      // No secret is anywhere but in the files of the holders.
      for path in [boss, reader, second] {
        let text = try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .newlines)
        let secret = try #require(text.split(separator: "_").dropFirst(2).first)
        let written = coordinator.errors + coordinator.output + (try String(contentsOfFile: keys, encoding: .utf8))
        #expect(!written.contains(secret) && !list.text.contains(secret))
      }
    }

    /// The proof is bound to the server's certificate, which the clients in Swift and Python hash each for itself.
    @Test func aKeyIsProvedUnderTLSWithoutACertificate() async throws {
      let tls = "\(folder.path)/tls"
      let made = try await winnow(
        ["tls", "init", tls, "--node", "coordinator=127.0.0.1", "--node", "shard-0=127.0.0.1", "--client", "ops"])
      try #require(made.code == 0, "\(made.text)")
      let key = try await new("front-1", ["--role", "read"])
      let nodes = try await SecureNodes(tls, data: data.path, flags: ["--keys", keys])
      let address = nodes.address
      let bare = TemporaryDirectory()
      try FileManager.default.copyItem(atPath: "\(tls)/ops/authority.pem", toPath: "\(bare.path)/authority.pem")
      let client = ["--coordinator", address, "--tls-dir", bare.path, "--timeout", "20s"]
      let proved = try await winnow(["ping", "--key-file", key] + client)
      #expect(proved.code == 0, "\(proved.text)")
      let python = try await Python.client(
        address, ["--tls-dir", bare.path, "--key-file", key, "--timeout", "20", "status", "--json"])
      #expect(python.contains("cluster_id"), "\(python)")
      let nameless = try await winnow(["ping"] + client)
      #expect(nameless.code == 6 && nameless.text.contains("AUTH_REQUIRED"), "\(nameless.text)")
      // A certificate whose id has no key is not let in by the key of another one.
      let stranger = try await winnow(
        ["ping", "--coordinator", address, "--tls-dir", "\(tls)/ops", "--key-file", key, "--timeout", "20s"])
      #expect(stranger.code == 6 && stranger.text.contains("AUTH_FAILED"), "\(stranger.text)")
    }

    @Test func filesThatDoNotFitAreRefused() async throws {
      let key = try await new("a", ["--role", "read"])
      let again = try await winnow(["key", "new", keys, "a", "--role", "read"])
      #expect(again.code == 7, "\(again.text)")
      let taken = try await winnow(["key", "new", keys, "b", "--role", "read", "--out", key])
      #expect(taken.code == 7, "\(taken.text)")
      for flags in [["--role", "root"], [], ["--role", "admin", "--collection", "shop"]] {
        #expect(try await winnow(["key", "new", keys, "c"] + flags).code == 2)
      }
      for verb in ["rotate", "revoke"] { #expect(try await winnow(["key", verb, keys, "absent"]).code == 2) }
      // Neither the client's file nor the coordinator's may be open to others.
      func start(_ flags: [String], listen: String = "127.0.0.1:0") async throws -> (code: Int32, text: String) {
        let node = try ProgramProcess(
          "winnowd",
          ["coordinator", "--data-dir", data.path, "--shards", "127.0.0.1:9", "--listen", listen] + flags)
        return (try await node.exitCode(), node.errors)
      }
      chmod(keys, 0o644)
      let open = try await start(["--keys", keys])
      #expect(open.code == 2 && open.text.contains("chmod 640"), "\(open.text)")
      chmod(keys, 0o640)
      let exposed = try await start(["--keys", keys], listen: "0.0.0.0:0")
      #expect(exposed.code == 2 && exposed.text.contains("--tls-dir"), "\(exposed.text)")
      chmod(key, 0o644)
      let client = try await winnow(["ping", "--key-file", key])
      #expect(client.code == 2 && client.text.contains("chmod 600"), "\(client.text)")
      chmod(key, 0o600)
      try Data("wk1_a_nonsense\n".utf8).write(to: URL(filePath: key))
      let mistyped = try await winnow(["ping", "--key-file", key])
      #expect(mistyped.code == 2 && mistyped.text.contains("mistyped"), "\(mistyped.text)")
      #expect(!mistyped.text.contains("nonsense"))
    }
  }
}
