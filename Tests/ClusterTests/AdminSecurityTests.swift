import Foundation
import Support
import Testing

extension ClusterSuite {
  /// The HTTP port of nodes under TLS, as processes: which pages a key, a certificate, or neither gets, asked by a client of
  /// another language.
  @Suite struct AdminSecurityTests {
    private let folder = TemporaryDirectory()
    private let data = TemporaryDirectory()
    private var tls: String { "\(folder.path)/tls" }
    private var keys: String { "\(folder.path)/keys.json" }

    private func winnow(_ arguments: [String]) async throws {
      let process = try ProgramProcess("winnow", arguments)
      let code = try await process.exitCode(within: 60)
      try #require(code == 0, "\(process.output)\(process.errors)")
    }

    private func key(_ id: String, _ flags: [String]) async throws -> String {
      let out = "\(folder.path)/\(id).key"
      try await winnow(["key", "new", keys, id, "--out", out] + flags)
      return try String(contentsOfFile: out, encoding: .utf8).trimmingCharacters(in: .newlines)
    }

    private func files() async throws {
      try await winnow(
        [
          "tls", "init", tls, "--node", "coordinator=127.0.0.1", "--node", "shard-0=127.0.0.1", "--client", "front-1",
        ])
    }

    /// The status and body of a page, by Python's own TLS and HTTP.
    ///
    /// - Parameter holder: Whose certificate is shown, of the folder of TLS; `nil`: none.
    private func ask(
      _ address: String, _ path: String, _ authorization: String? = nil, holder: String? = nil, _ body: String? = nil
    ) async throws -> (status: Int, body: String) {
      let program = """
        import http.client, ssl, sys
        tls, address, path, authorization, holder, body = sys.argv[1:]
        context = ssl.create_default_context(cafile=tls + "/coordinator/authority.pem")
        if holder: context.load_cert_chain(tls + "/" + holder + "/certificate.pem", tls + "/" + holder + "/key.pem")
        connection = http.client.HTTPSConnection(address, context=context, timeout=20)
        headers = {"Authorization": authorization} if authorization else {}
        if body: headers.update({"Content-Type": "application/json", "Origin": "https://" + address})
        connection.request("POST" if body else "GET", path, body or None, headers)
        answer = connection.getresponse()
        sys.stdout.write(str(answer.status) + "\\n" + answer.read().decode())
        """
      let python = try ProgramProcess(
        "python3", ["-c", program, tls, address, path, authorization ?? "", holder ?? "", body ?? ""],
        path: "/usr/bin/python3")
      let code = try await python.exitCode(within: 60)
      try #require(code == 0, "\(python.output)\(python.errors)")
      let parts = python.output.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
      return (Int(parts[0]) ?? 0, parts.count > 1 ? String(parts[1]) : "")
    }

    private func bearer(_ key: String) -> String { "Bearer \(key)" }

    private func basic(_ id: String, _ key: String) -> String {
      "Basic " + Data("\(id):\(key)".utf8).base64EncodedString()
    }

    @Test func pagesOfACoordinatorNeedAKeyOrACertificate() async throws {
      try await files()
      let boss = try await key("boss", ["--role", "admin"])
      let reader = try await key("reader", ["--role", "read"])
      let scraper = try await key("scraper", ["--role", "metrics"])
      let narrow = try await key("narrow", ["--role", "read", "--collection", "shop"])
      try await winnow(["key", "new", keys, "front-1", "--role", "read", "--out", "\(folder.path)/front-1.key"])
      let nodes = try await SecureNodes(tls, data: data.path, flags: ["--keys", keys])
      let admin = try await nodes.coordinator.adminAddress()
      #expect(nodes.coordinator.output.contains("https://\(admin)"))

      // Bare words for everyone, reasons for those who are known.
      #expect(try await ask(admin, "/livez").status == 200)
      #expect(try await ask(admin, "/readyz").body == "not ready\n")
      let reasons = try await ask(admin, "/readyz", bearer(reader))
      #expect(reasons.status == 503 && reasons.body.split(separator: "\n").count > 1, "\(reasons.body)")

      let expected: [(String, String?, [Int])] = [
        ("nothing", nil, [401, 401, 401, 401]), ("boss", bearer(boss), [200, 200, 200, 200]),
        ("boss by name", basic("boss", boss), [200, 200, 200, 200]), ("reader", bearer(reader), [403, 200, 200, 403]),
        ("scraper", bearer(scraper), [200, 403, 403, 403]), ("narrow", bearer(narrow), [403, 403, 403, 403]),
        ("another's name", basic("reader", boss), [401, 401, 401, 401]),
        ("no key", bearer("wk1_boss_x"), [401, 401, 401, 401]),
      ]
      for (who, authorization, statuses) in expected {
        for (page, status) in zip(["/metrics", "/", "/api/status", "/api/slow"], statuses) {
          #expect(try await ask(admin, page, authorization).status == status, "\(who) at \(page)")
        }
      }
      // A certificate's id is a key too; a node's is a coordinator's.
      #expect(try await ask(admin, "/", holder: "front-1").status == 200)
      #expect(try await ask(admin, "/metrics", holder: "front-1").status == 403)
      #expect(try await ask(admin, "/metrics", holder: "coordinator").status == 200)
      // What writes needs the right to; the page's own origin is https.
      let event = #"{"collection": "shop", "user": 1, "item": 1, "type": "view"}"#
      #expect(try await ask(admin, "/api/event", bearer(reader), event).status == 403)
      #expect(try await ask(admin, "/api/event", bearer(boss), event).status != 403)

      // Wrong keys are counted by address, and a right one passes all the same.
      for _ in 0..<12 { _ = try await ask(admin, "/metrics", bearer("wrong")) }
      #expect(try await ask(admin, "/metrics", bearer("wrong")).status == 429)
      let metrics = try await ask(admin, "/metrics", bearer(scraper))
      #expect(metrics.status == 200 && metrics.body.contains(#"winnow_auth_total{outcome="rate_limited"}"#))
      for secret in [boss, reader, scraper] {
        #expect(!metrics.body.contains(secret) && !nodes.coordinator.errors.contains(secret))
      }

      // A key that is taken out gets no more pages, on a connection of any age.
      try await winnow(["key", "revoke", keys, "reader"])
      nodes.coordinator.signal(SIGHUP)
      for _ in 0..<300 {
        if try await ask(admin, "/", bearer(reader)).status != 200 { break }
        try await Task.sleep(for: .milliseconds(100))
      }
      #expect([401, 429].contains(try await ask(admin, "/", bearer(reader)).status))

      // Plain HTTP is no HTTP here.
      #expect(try await HTTPAnswer.get(admin, "/livez") == nil)
    }

    @Test func pagesOfAShardNeedACertificate() async throws {
      try await files()
      let nodes = try await SecureNodes(tls, data: data.path, flags: ["--tls-clients", "required"])
      for admin in [try await nodes.shard.adminAddress(), try await nodes.coordinator.adminAddress()] {
        #expect(try await ask(admin, "/livez").body == "alive\n")
        #expect(try await ask(admin, "/metrics").status == 401)
        #expect(try await ask(admin, "/metrics", "Bearer wk1_boss_x").status == 401)
        let metrics = try await ask(admin, "/metrics", holder: "front-1")
        #expect(metrics.status == 200 && metrics.body.contains("winnow_"))
      }
    }

    @Test func onLoopbackKeysCountWithoutTLS() async throws {
      let boss = try await key("boss", ["--role", "admin"])
      let coordinator = try ProgramProcess(
        "winnowd",
        [
          "coordinator", "--listen", ProgramProcess.lastingAddress, "--data-dir", data.path, "--shards", "127.0.0.1:9",
          "--threads", "1", "--keys", keys,
        ])
      let admin = try await coordinator.adminAddress()
      func get(_ path: String, _ authorization: [String] = []) async throws -> Int? {
        try await HTTPAnswer.ask(admin, ["GET \(path) HTTP/1.1", "Host: \(admin)"] + authorization)?.status
      }
      #expect(try await get("/livez") == 200)
      for path in ["/", "/metrics", "/api/status"] {
        #expect(try await get(path) == 401)
        #expect(try await get(path, ["Authorization: Bearer \(boss)"]) == 200)
      }
    }
  }
}
