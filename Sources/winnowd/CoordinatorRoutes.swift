import AdminHTTP
import CoordinatorNode

/// The routes of a coordinator besides those of every node: the console, its page and the page's requests.
struct CoordinatorRoutes {
  let coordinator: Coordinator

  /// Bytes of a query in JSON: a vector of the most dimensions has room in it.
  private static let queryBytesMax = 1 << 20

  init(_ coordinator: Coordinator) { self.coordinator = coordinator }

  /// All of them.
  var all: [AdminRoute] {
    let coordinator = coordinator
    return ConsolePage.parts.map(Self.route) + [
      .get("/api/status") { _ in AdminResponse(await coordinator.consoleStatus()) },
      .get("/api/live") { _ in AdminResponse(coordinator.consoleLive()) },
      .get("/api/slow") { _ in AdminResponse(coordinator.consoleSlow()) },
      .post("/api/rank", bodyBytesMax: Self.queryBytesMax) { request in
        AdminResponse(await coordinator.consoleRank(request.body))
      },
    ]
  }

  private static func route(_ part: ConsolePage.Part) -> AdminRoute {
    let response = AdminResponse(
      contentType: part.contentType, body: Array(part.text.utf8),
      headers: ["Content-Security-Policy": ConsolePage.contentSecurityPolicy])
    return .get(part.path) { _ in response }
  }
}

extension AdminResponse {
  /// The HTTP answer with a reply to the console.
  fileprivate init(_ reply: ConsoleReply) { self = .json(reply.json, status: reply.status) }
}
