import Foundation
import Support
import Testing
import Transport
import Vocabulary
import Wire

extension ClusterSuite {
  /// The console of a real coordinator: its JSON by HTTP, and its page in a browser.
  @Suite struct ConsoleTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()

    private func shop(_ itemCount: Int) throws -> RandomShop {
      var shape = RandomShop.Shape()
      shape.itemCount = itemCount
      return try #require(try RandomShop(shape, seed: 8))
    }

    // MARK: Without a browser

    @Test func pageAndJSONAreServedAndMistakesAreNamed() async throws {
      let shop = try shop(300)
      try await ProcessCluster.run { cluster in
        try await cluster.fill(shop)
        let console = Console(try await cluster.coordinator.adminAddress())
        try await thePageIsWhole(console)
        try await theAnswerIsThatOfRank(console, cluster)
        try await mistakesAreNamed(console)
        try await anEventChangesTheNextAnswer(console)

        let status = try await console.get("/api/status")
        let shards = try #require(status.json["shards"] as? [[String: Any]])
        #expect(shards.count == 3 && shards.allSatisfy { $0["state"] as? String == "up" })
        let slots = shards.flatMap { ($0["ranges"] as? [[Int]] ?? []).map { $0[1] - $0[0] + 1 } }.reduce(0, +)
        #expect(slots == Limits.slotCount)
        let events = try #require(status.json["events"] as? [[String: Any]])
        #expect(events.contains { $0["what"] as? String == "collection create" && $0["subject"] as? String == "shop" })
        let live = try await console.get("/api/live")
        let answered = live.json["answered"] as? Int ?? 0
        #expect(answered >= 2)
        let errors = try #require(live.json["errors"] as? [String: Int])
        #expect(errors["BAD_FILTER"] == 1)
      }
    }

    private func thePageIsWhole(_ console: Console) async throws {
      let page = try await console.get("/")
      #expect(page.status == 200 && page.type == "text/html; charset=utf-8")
      let policy = try #require(page.header("Content-Security-Policy"))
      #expect(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"))
      #expect(!policy.contains("unsafe") && !policy.contains("http"))
      let links = page.text.matches(of: #/(?:src|href)="([^"#]+)"/#).map { String($0.1) }
      #expect(links.contains("/console.css") && links.contains("/console.js"))
      for link in links where link != "data:," {
        #expect(link.hasPrefix("/"), "\(link) is of another host")
        #expect(try await console.get(link).status == 200, "\(link)")
      }
      // Every module that one of them imports comes as a script, under the same policy.
      var (left, seen) = (["/console.js"], Set<String>())
      while let path = left.popLast() {
        guard seen.insert(path).inserted else { continue }
        let module = try await console.get(path)
        #expect(module.status == 200 && module.type == "text/javascript; charset=utf-8", "\(path)")
        #expect(module.header("Content-Security-Policy") == policy && module.header("Cache-Control") == "no-store")
        #expect(module.header("X-Content-Type-Options") == "nosniff")
        left += module.text.matches(of: #/from "\.(\/[^"]+)"/#).map { String($0.1) }
      }
      #expect(seen.count > 10)
    }

    /// `--console-dir`: what a person changes is seen at the next request, and nothing but the page's files is served.
    @Test func thePageComesFromADirectoryWhileAPersonWorksOnIt() async throws {
      let folder = TemporaryDirectory()
      let directory = folder.path + "/page"
      try FileManager.default.copyItem(
        atPath: Self.root.appending(path: "Sources/CConsole/files").path, toPath: directory)
      try Data("secret".utf8).write(to: URL(filePath: folder.path + "/secret.js"))
      try Data("secret".utf8).write(to: URL(filePath: directory + "/secret.js"))
      let shard = try ProgramProcess("winnowd", ["shard", "--memory-only", "--listen", ProgramProcess.lastingAddress])
      defer { shard.stop() }
      let flags = [
        "coordinator", "--listen", ProgramProcess.lastingAddress, "--shards", try await shard.address(), "--data-dir",
      ]
      let coordinator = try ProgramProcess("winnowd", flags + [folder.path + "/data", "--console-dir", directory])
      defer { coordinator.stop() }
      _ = try await coordinator.address()
      let console = Console(try await coordinator.adminAddress())
      #expect(try await console.get("/").text.contains("<title>Winnow console</title>"))

      try Data("body { color: red; }\n".utf8).write(to: URL(filePath: directory + "/console.css"))
      let style = try await console.get("/console.css")
      #expect(style.text == "body { color: red; }\n" && style.type == "text/css; charset=utf-8")
      #expect(style.header("Cache-Control") == "no-store" && style.header("Content-Security-Policy") != nil)

      try FileManager.default.removeItem(atPath: directory + "/charts.js")
      let gone = try await console.get("/charts.js")
      #expect(gone.status == 404 && gone.type == "text/plain; charset=utf-8")
      #expect(gone.text.contains("there is no \(directory)/charts.js") && gone.text.contains("Sources/CConsole/files"))
      for path in ["/secret.js", "/../secret.js", "/%2e%2e/secret.js", "/page.js/../../secret.js", "/console.html"] {
        let reply = try await console.get(path)
        #expect(reply.status == 404 && !reply.text.contains("secret"), "\(path)")
      }

      let wrong = try ProgramProcess("winnowd", flags + [folder.path + "/other", "--console-dir", folder.path])
      #expect(try await wrong.exitCode() == 2)
      #expect(wrong.errors.contains("there is no \(folder.path)/console.html"), "\(wrong.errors)")
    }

    private func theAnswerIsThatOfRank(_ console: Console, _ cluster: ProcessCluster) async throws {
      let reply = try await console.rank(#"{"user": "7", "k": 9, "depth": 60, "explain": true}"#)
      #expect(reply.status == 200)
      var request = RankRequest(collection: "shop", k: 18, depth: 60)
      request.user = UserID(7)
      let asker = try await cluster.connect()
      let ids = try await asker.ask(request).results.ids
      await asker.connection.close()
      let results = try #require(reply.json["results"] as? [[String: Any]])
      let after = results.filter { $0["rank"] as? Int ?? 99 <= 9 }
      #expect(after.map { $0["id"] as? String } == ids.prefix(9).map { "\($0)" })
      let second = try await console.rank(#"{"user": "7", "k": 9, "depth": 60, "page": 2}"#)
      let next = try #require(second.json["results"] as? [[String: Any]])
      #expect(second.json["first"] as? Int == 9)
      #expect(
        next.filter { 10...18 ~= $0["rank"] as? Int ?? 0 }.map { $0["id"] as? String }
          == ids.dropFirst(9).map { "\($0)" })
      let before = results.filter { $0["rank_by_retrieval"] as? Int ?? 99 <= 9 }
        .sorted { $0["rank_by_retrieval"] as? Int ?? 0 < $1["rank_by_retrieval"] as? Int ?? 0 }
      #expect(before.count == 9)
      let scores = before.compactMap { $0["retrieval_score"] as? Double }
      #expect(scores.count == 9 && scores == scores.sorted(by: >))
      let report = try #require(reply.json["report"] as? [String: Any])
      #expect(report["coverage"] as? Double == 1)
      let waterfall = report["waterfall"] as? [Any] ?? []
      #expect(waterfall.count > 6)
    }

    private func mistakesAreNamed(_ console: Console) async throws {
      for (body, status, name, words) in [
        ("{", 400, "BAD_REQUEST", ""),
        (#"{"user": 7, "kk": 3}"#, 400, "BAD_REQUEST", "kk"),
        (#"{"user": 7, "k": 9, "depth": 18, "page": 3}"#, 400, "BAD_REQUEST", "page"),
        (#"{"user": 7, "k": 0}"#, 400, "BAD_REQUEST", "k: 0 is not within 1…1000"),
        (#"{"user": 7, "k": 10, "depth": 9}"#, 400, "BAD_REQUEST", "depth: 9 is not within 10…10000"),
        (#"{"user": 7, "k": 2.5}"#, 400, "BAD_REQUEST", "not an integer"),
        (#"{"user": "x"}"#, 400, "BAD_REQUEST", "user: not an id"),
        (#"{"user": -1}"#, 400, "BAD_REQUEST", "user: not an id"),
        (#"{"vector": ["a"]}"#, 400, "BAD_REQUEST", "vector[0]"),
        (#"{"vector": [1, 2]}"#, 400, "DIMENSION_MISMATCH", ""),
        (#"{"user": 7, "collection": "Shop!"}"#, 400, "BAD_REQUEST", "collection"),
        (#"{"user": 7, "collection": "nope"}"#, 404, "UNKNOWN_COLLECTION", ""),
        (#"{"user": 8}"#, 404, "UNKNOWN_USER", ""),
        (#"{"user": 7, "filter": "\#(String(repeating: "a", count: 20_000))"}"#, 400, "BAD_REQUEST", "20000 bytes"),
      ] {
        let reply = try await console.rank(body)
        let error = reply.json["error"] as? [String: Any] ?? [:]
        let message = error["message"] as? String ?? ""
        #expect(reply.status == status, "\(body.prefix(80)): \(reply.text)")
        #expect(error["name"] as? String == name, "\(body.prefix(80)): \(reply.text)")
        #expect(words.isEmpty || message.contains(words), "\(body.prefix(80)): \(reply.text)")
      }
      let filter = try await console.rank(#"{"user": 7, "filter": "price < 90 and\ncolour = 3"}"#)
      #expect(filter.status == 400)
      let error = try #require(filter.json["error"] as? [String: Any])
      #expect(error["name"] as? String == "BAD_FILTER")
      #expect(error["caret"] as? String == "price < 90 and colour = 3\n               ^")
      #expect(try await console.rank("", length: 1_200_003).status == 413)
      #expect(try await console.get("/api/rank").status == 405)
    }

    /// A shopper hides the first result: it is in the history, and in no answer any more.
    private func anEventChangesTheNextAnswer(_ console: Console) async throws {
      func first() async throws -> String? {
        let reply = try await console.rank(#"{"user": 7, "k": 5, "depth": 60}"#)
        return (reply.json["results"] as? [[String: Any]])?.first { $0["rank"] as? Int == 1 }?["id"] as? String
      }
      let before = try await console.post("/api/history", #"{"user": 7}"#)
      #expect(before.status == 200 && (before.json["events"] as? [Any])?.isEmpty == true)
      let item = try #require(try await first())
      let event = #"{"user": "7", "kind": "hide", "item": "\#(item)", "place": 1, "request": "fe"}"#
      let foreign = try await console.post("/api/event", event, origin: "http://shop.example")
      #expect(foreign.status == 403)
      let sent = try await console.post("/api/event", event)
      #expect(sent.status == 200 && sent.json["accepted"] as? Int == 1, "\(sent.text)")
      #expect(try await first() != item)
      let after = try await console.post("/api/history", #"{"user": 7, "collection": "shop"}"#)
      let events = try #require(after.json["events"] as? [[String: Any]])
      #expect(events.count == 1 && events[0]["kind"] as? String == "hide" && events[0]["item"] as? String == item)
      for (path, body, status, words) in [
        ("event", #"{"user": 7}"#, 400, "kind: say what was done"), ("event", "{", 400, ""),
        ("event", #"{"user": 7, "kind": "search", "item": 3}"#, 400, "kind: one of impression"),
        ("event", #"{"user": 7, "kind": "click"}"#, 400, "item"),
        ("event", #"{"user": 7, "kind": "click", "item": 3, "place": 65536}"#, 400, "place"),
        ("event", #"{"user": 7, "kind": "click", "item": 3, "request": "xyz"}"#, 400, "request"),
        ("event", #"{"user": 7, "kind": "click", "item": 3, "collection": "nope"}"#, 404, ""),
        ("history", #"{"user": "x"}"#, 400, "user: not an id"),
        ("history", #"{"user": 7, "collection": "nope"}"#, 404, ""),
      ] {
        let reply = try await console.post("/api/\(path)", body)
        #expect(reply.status == status && (words.isEmpty || reply.text.contains(words)), "\(body): \(reply.text)")
      }
      #expect(try await console.get("/api/event").status == 405)
    }

    // MARK: In a browser

    @Test(.needsPythonPackages, .needsChromium) func aPersonSearchesAndWatches() async throws {
      let shop = try shop(300)
      let folder = Self.root.appending(path: ".winnow/test/console").path
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let script = try String(
        contentsOf: URL(filePath: #filePath).deletingLastPathComponent().appending(path: "console.py"), encoding: .utf8)
      // Every query is a slow one.
      try await ProcessCluster.run(flags: ["--slow-query-threshold", "1us"]) { cluster in
        try await cluster.fill(shop)
        try await rename(shop, "<img src=x onerror=\"document.title='owned'\">\u{1B}[2J\u{202E}", cluster)
        let output = try await PythonPackages.run(
          script,
          [
            try await cluster.coordinator.adminAddress(), folder, "\(cluster.shard(1).pid)",
            "\(try cluster.coordinator.pid)",
          ], within: 240)
        #expect(output.split(separator: "\n").count > 30, "\(output)")
      }
    }

    /// Gives the title to the first results of user 7.
    private func rename(_ shop: RandomShop, _ title: String, _ cluster: ProcessCluster) async throws {
      var request = RankRequest(collection: "shop", k: 3, depth: 100)
      request.user = UserID(7)
      let asker = try await cluster.connect()
      let ids = try await asker.ask(request).results.ids
      let column = try #require(shop.schema.attributeIndex(named: "title"))
      for (op, id) in ids.enumerated() {
        let item = try #require(shop.items.first { $0.id.rawValue == id })
        var attributes = item.attributes
        attributes[column] = .text(title)
        let renamed = Item(id: item.id, embedding: item.embedding, rerank: item.rerank, attributes: attributes)
        try await asker.ask(UpsertRequest([renamed], shop.schema, writer: 10, op: UInt64(op + 1)))
      }
      await asker.connection.close()
    }
  }
}

/// A client of the console's server that knows nothing of its code.
private struct Console {
  /// What came.
  struct Reply {
    let status: Int
    let headers: [String: String]
    let text: String

    var type: String { header("Content-Type") ?? "" }
    func header(_ name: String) -> String? { headers[name.lowercased()] }
    /// The object, or an empty one.
    var json: [String: Any] {
      (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]
    }
  }

  private let address: String

  init(_ address: String) { self.address = address }

  func get(_ path: String) async throws -> Reply { try await ask("GET", path, [], "") }

  /// - Parameter length: Bytes of the body that are promised; `nil`: those of the body.
  func rank(_ body: String, length: Int? = nil) async throws -> Reply {
    try await post("/api/rank", body, length: length)
  }

  func post(_ path: String, _ body: String, length: Int? = nil, origin: String? = nil) async throws -> Reply {
    let head = ["Content-Type: application/json", "Content-Length: \(length ?? body.utf8.count)"]
    return try await ask("POST", path, head + (origin.map { ["Origin: \($0)"] } ?? []), body)
  }

  private func ask(_ method: String, _ path: String, _ head: [String], _ body: String) async throws -> Reply {
    let lines = ["\(method) \(path) HTTP/1.1", "Host: \(address)"] + head
    let answer = try #require(try await HTTPAnswer.ask(address, lines, body: body), "\(method) \(path)")
    return Reply(status: answer.status, headers: answer.headers, text: answer.body)
  }
}

extension Trait where Self == ConditionTrait {
  /// Skips a test where there is no browser to drive.
  fileprivate static var needsChromium: Self {
    .enabled(
      if: ["chromium", "chromedriver"].allSatisfy { FileManager.default.isExecutableFile(atPath: "/usr/bin/\($0)") },
      "there is no /usr/bin/chromium with /usr/bin/chromedriver: Debian's chromium and chromium-driver")
  }
}
