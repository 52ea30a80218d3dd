import Foundation
import SocketTransport
import Support
import Testing
import Vocabulary

extension ClusterSuite {
  /// A cluster under TLS as processes, with files of `winnow tls`: who gets in, who does not, and a change of all files.
  @Suite struct TLSTests {
    /// What `winnow` prints, and its exit code.
    private static func winnow(_ arguments: [String]) async throws -> (code: Int32, text: String) {
      let process = try ProgramProcess("winnow", arguments)
      return (try await process.exitCode(within: 60), process.output + process.errors)
    }

    private static func files(_ folder: String) async throws {
      let made = try await winnow(
        [
          "tls", "init", folder, "--node", "coordinator=127.0.0.1,localhost", "--node", "shard-0=127.0.0.1", "--client",
          "front-1",
        ])
      try #require(made.code == 0, "\(made.text)")
    }

    private static func until(_ what: String, _ holds: () async throws -> Bool) async throws {
      for _ in 0..<300 {
        if try await holds() { return }
        try await Task.sleep(for: .milliseconds(100))
      }
      throw ProgramProcess.Unexpected(description: "never: \(what)")
    }

    @Test func aClusterUnderTLSAnswersThoseWithACertificateAlone() async throws {
      let (folder, data) = (TemporaryDirectory(), TemporaryDirectory())
      let tls = "\(folder.path)/tls"
      try await Self.files(tls)
      let nodes = try await SecureNodes(tls, data: data.path, flags: ["--tls-clients", "required"])
      let (shard, coordinator) = (nodes.shard, nodes.coordinator)
      let (shardAddress, address) = (nodes.shardAddress, nodes.address)
      let client = ["--coordinator", address, "--tls-dir", "\(tls)/front-1"]
      try await Self.until("the shard is up") {
        let status = try await Self.winnow(["cluster", "status", "--format", "json"] + client)
        return status.code == 0 && status.text.contains("\"up\"")
      }
      // The name of the host counts too.
      let port = address.split(separator: ":").last.map(String.init) ?? ""
      let named = ["--coordinator", "localhost:\(port)", "--tls-dir", "\(tls)/front-1"]
      #expect(try await Self.winnow(["ping"] + named).code == 0)
      let shown = try await Self.winnow(["tls", "show", address, "--tls-dir", "\(tls)/front-1"])
      #expect(shown.code == 0 && shown.text.contains("/node/coordinator"), "\(shown.text)")

      let python = try await Python.client(address, ["--tls-dir", "\(tls)/front-1", "status", "--json"])
      #expect(python.contains(shardAddress), "\(python)")

      // The id of the cluster is the authority's.
      let status = try await Self.winnow(["cluster", "status", "--format", "json"] + client)
      let issued = try await Self.winnow(["tls", "show", "\(tls)/coordinator", "--format", "json"])
      let cluster = try #require(issued.text.firstMatch(of: /winnow:\/\/([0-9a-f]{32})/)).1
      #expect(status.text.contains(cluster), "\(status.text)")

      // Who is refused, and with which words.
      let plain = try await Self.winnow(["ping", "--coordinator", address, "--timeout", "5s"])
      #expect(plain.code == 5, "\(plain.text)")
      let bare = TemporaryDirectory()
      try FileManager.default.copyItem(
        atPath: "\(tls)/front-1/authority.pem", toPath: "\(bare.path)/authority.pem")
      let nameless = try await Self.winnow(["ping", "--coordinator", address, "--tls-dir", bare.path])
      #expect(nameless.code == 6 && nameless.text.contains("certificate required"), "\(nameless.text)")
      let other = "\(folder.path)/other"
      try await Self.files(other)
      let foreign = try await Self.winnow(["ping", "--coordinator", address, "--tls-dir", "\(other)/front-1"])
      #expect(foreign.code == 5 && foreign.text.contains("certificate does not hold"), "\(foreign.text)")
      let wrongName = try await Self.winnow(["ping", "--tls-name", "elsewhere.test"] + client)
      #expect(wrongName.code == 5 && wrongName.text.contains("hostname mismatch"), "\(wrongName.text)")
      // A client's certificate opens nothing at a shard, and a node's nothing as a client.
      for (place, holder) in [(shardAddress, "front-1"), (shardAddress, "coordinator"), (address, "shard-0")] {
        let refused = try await Self.winnow(["ping", "--coordinator", place, "--tls-dir", "\(tls)/\(holder)"])
        #expect(refused.code == 6 && refused.text.contains("CERT_REQUIRED"), "\(holder): \(refused.text)")
      }

      // All certificates change; nothing is restarted and nothing fails.
      let again = try await Self.winnow(
        [
          "tls", "issue", tls, "--force", "--days", "90", "--node", "coordinator=127.0.0.1", "--node",
          "shard-0=127.0.0.1", "--client", "front-1",
        ])
      #expect(again.code == 0, "\(again.text)")
      shard.signal(SIGHUP)
      coordinator.signal(SIGHUP)
      try await Self.until("the new certificate is shown") {
        let shown = try await Self.winnow(["tls", "show", address, "--tls-dir", "\(tls)/front-1"])
        #expect(shown.code == 0, "\(shown.text)")
        return shown.text.contains("89 more days")
      }
      #expect(try await Self.winnow(["ping"] + client).code == 0)

      // A wrong file is refused, and the old ones serve on.
      try Data("no key\n".utf8).write(to: URL(filePath: "\(tls)/coordinator/key.pem"))
      coordinator.signal(SIGHUP)
      try await Self.until("the log says so") { coordinator.errors.contains("the old ones serve on") }
      #expect(try await Self.winnow(["ping"] + client).code == 0)
    }

    @Test func aKeyMayDoWhatItsRolesSayUntilItIsTakenOut() async throws {
      let (folder, data) = (TemporaryDirectory(), TemporaryDirectory())
      let (tls, keys) = ("\(folder.path)/tls", "\(folder.path)/keys.json")
      try await Self.files(tls)
      let issued = try await Self.winnow(
        ["tls", "issue", tls, "--client", "reader", "--client", "boss", "--client", "stranger"])
      #expect(issued.code == 0, "\(issued.text)")
      func write(_ reader: String) throws {
        let text = #"{"version": 1, "keys": [\#(reader){"id": "boss", "roles": ["admin"]}]}"#
        try Data(text.utf8).write(to: URL(filePath: keys))
      }
      try write(#"{"id": "reader", "roles": ["read"]},"#)
      let nodes = try await SecureNodes(tls, data: data.path, flags: ["--keys", keys])
      let (coordinator, address) = (nodes.coordinator, nodes.address)
      func ask(_ id: String, _ verb: [String]) async throws -> (code: Int32, text: String) {
        try await Self.winnow(verb + ["--coordinator", address, "--tls-dir", "\(tls)/\(id)", "--timeout", "20s"])
      }
      try await Self.until("the shard is up") {
        let status = try await ask("boss", ["cluster", "status", "--format", "json"])
        return status.code == 0 && status.text.contains("\"up\"")
      }
      #expect(try await ask("reader", ["ping"]).code == 0)
      for verb in [["cluster", "status"], ["cluster", "metrics"]] {
        let refused = try await ask("reader", verb)
        #expect(refused.code == 6 && refused.text.contains("PERMISSION_DENIED"), "\(verb): \(refused.text)")
      }
      #expect(try await ask("boss", ["cluster", "metrics"]).code == 0)
      let stranger = try await ask("stranger", ["ping"])
      #expect(stranger.code == 6 && stranger.text.contains("AUTH_FAILED"), "\(stranger.text)")
      try FileManager.default.removeItem(atPath: "\(tls)/stranger/certificate.pem")
      try FileManager.default.removeItem(atPath: "\(tls)/stranger/key.pem")
      let nameless = try await ask("stranger", ["ping"])
      #expect(nameless.code == 6 && nameless.text.contains("AUTH_REQUIRED"), "\(nameless.text)")

      // A file that is not clear is refused, and the old keys count on; then the reader's key is taken out.
      try write(#"{"id": "reader", "roles": ["root"]},"#)
      coordinator.signal(SIGHUP)
      try await Self.until("the log says so") { coordinator.errors.contains("the old ones count on") }
      #expect(try await ask("reader", ["ping"]).code == 0)
      try write("")
      coordinator.signal(SIGHUP)
      try await Self.until("the reader is refused") { try await ask("reader", ["ping"]).text.contains("AUTH_FAILED") }
      #expect(try await ask("boss", ["ping"]).code == 0)
    }

    @Test func aNodeRefusesFilesThatDoNotFit() async throws {
      let folder = TemporaryDirectory()
      let tls = "\(folder.path)/tls"
      try await Self.files(tls)
      func start(_ directory: String, _ more: [String] = []) async throws -> (code: Int32, text: String) {
        let node = try ProgramProcess(
          "winnowd", ["shard", "--memory-only", "--listen", "127.0.0.1:0", "--tls-dir", directory] + more)
        return (try await node.exitCode(), node.errors)
      }
      let missing = try await start("\(folder.path)/nothing")
      #expect(missing.code == 2 && missing.text.contains("authority.pem"), "\(missing.text)")
      let role = try await start("\(tls)/coordinator")
      #expect(role.code == 2 && role.text.contains("is not of a shard"), "\(role.text)")
      chmod("\(tls)/shard-0/key.pem", 0o644)
      let open = try await start("\(tls)/shard-0")
      #expect(open.code == 2 && open.text.contains("chmod 600"), "\(open.text)")
      chmod("\(tls)/shard-0/key.pem", 0o600)
      try FileManager.default.removeItem(atPath: "\(tls)/shard-0/certificate.pem")
      let half = try await start("\(tls)/shard-0")
      #expect(half.code == 2 && half.text.contains("certificate.pem"), "\(half.text)")
    }

    @Test func beyondLoopbackANodeNeedsToKnowWhoComes() async throws {
      let (folder, data) = (TemporaryDirectory(), TemporaryDirectory())
      let tls = "\(folder.path)/tls"
      try await Self.files(tls)
      let common = ["coordinator", "--listen", "0.0.0.0:0", "--data-dir", data.path, "--shards", "127.0.0.1:9"]
      for flags in [[], ["--tls-dir", "\(tls)/coordinator"]] {
        let node = try ProgramProcess("winnowd", common + flags)
        #expect(try await node.exitCode() == 2)
        #expect(node.errors.contains("--keys or --tls-clients required"), "\(node.errors)")
      }
      let node = try ProgramProcess(
        "winnowd", common + ["--tls-dir", "\(tls)/coordinator", "--tls-clients", "required"])
      #expect(try await node.address().hasPrefix("0.0.0.0:"))
    }
  }
}
