import AdminHTTP
import Support
import Testing
import Transport
import Vocabulary

/// Who gets which answer where callers have to be known.
@Suite(.serialized) struct AdminAccessTests {
  private struct Gate: AdminAccess {
    func standing(of link: (any ByteLink)?, authorization: String?) -> AdminStanding {
      switch authorization {
      case "reader": .known(.read)
      case "boss": .known(.admin)
      case "scoped": .known([])
      case "often": .tooOften
      default: .unknown
      }
    }
  }

  private static let routes: [AdminRoute] = [
    .get("/open", for: nil) { .text($0.isOfKnown ? "known\n" : "a stranger\n") },
    .get("/page", for: [.read, .admin]) { _ in .text("page\n") }, .get("/slow") { _ in .text("slow\n") },
    .post("/write", for: [.write, .admin]) { _ in .text("written\n") },
  ]

  private static func get(_ server: AdminServer, _ path: String, _ who: String?) async throws -> HTTPAnswer? {
    try await HTTPAnswer.ask(
      server.address,
      ["GET \(path) HTTP/1.1", "Host: \(server.address)"] + (who.map { ["Authorization: \($0)"] } ?? []))
  }

  @Test func eachPageIsForThoseWhoHaveOneOfItsRoles() async throws {
    let pages = ["/open", "/page", "/slow", "/nothing"]
    let expected: [(who: String?, statuses: [Int])] = [
      (nil, [200, 401, 401, 401]), ("wrong", [200, 401, 401, 401]), ("often", [200, 429, 429, 429]),
      ("scoped", [200, 403, 403, 403]), ("reader", [200, 200, 403, 404]), ("boss", [200, 200, 200, 404]),
    ]
    try await withServer(Self.routes, access: Gate()) { (server) async throws -> Void in
      for (who, statuses) in expected {
        for (page, status) in zip(pages, statuses) {
          #expect(try await Self.get(server, page, who)?.status == status, "\(who ?? "no one") at \(page)")
        }
      }
      #expect(try await Self.get(server, "/page", nil)?.headers["www-authenticate"]?.hasPrefix("Basic ") == true)
      #expect(try await Self.get(server, "/open", "reader")?.body == "known\n")
      #expect(try await Self.get(server, "/open", nil)?.body == "a stranger\n")
      let write = [
        "POST /write HTTP/1.1", "Host: \(server.address)", "Content-Type: application/json", "Content-Length: 2",
      ]
      #expect(try await HTTPAnswer.ask(server.address, write, body: "{}")?.status == 401)
      #expect(try await HTTPAnswer.ask(server.address, write + ["Authorization: reader"], body: "{}")?.status == 403)
      #expect(try await HTTPAnswer.ask(server.address, write + ["Authorization: boss"], body: "{}")?.status == 200)
    }
  }

  @Test func whereNoOneIsAskedEveryoneIsKnown() async throws {
    try await withServer(Self.routes) { (server) async throws -> Void in
      for page in ["/open", "/page", "/slow"] { #expect(try await Self.get(server, page, nil)?.status == 200) }
      #expect(try await Self.get(server, "/open", "wrong")?.body == "known\n")
    }
  }
}
