import AdminHTTP
import Arguments
import SocketTransport
import Telemetry
import Transport
import Vocabulary

/// The admin HTTP port of a node: there before the node's data is read, and until its last request is answered. Where the
/// node's links are under TLS, it is too.
struct AdminPort {
  /// Where it is.
  let url: String
  /// Under TLS: who listens, on a loop of its own.
  private let front: (listener: any NetworkListener, group: EventLoopGroup)?
  private let server: AdminServer
  private let answering: Task<Void, Never>
  private let log: Log
  private let role: String
  /// The last log line about why the node is not ready.
  private let said = Lock<[String]?>(nil)

  /// From the flags; `nil` if they turn the port off.
  ///
  /// - Parameter loop: Of the node: it is alive as long as this turns.
  init?(
    _ values: Values, _ security: NodeSecurity, _ loop: EventLoop, _ log: Log, role: String, isa: String
  ) async throws(StartFailure) {
    guard values[Commands.admin] else {
      try Node.refuse(Commands.adminListen, values, "with --no-admin")
      return nil
    }
    (self.log, self.role) = (log, role)
    let address = try Self.address(values, security, log)
    let isLoopback = address.isLoopback
    do throws(NetworkError) {
      var limits = AdminLimits()
      limits.connectionsMax = min(limits.connectionsMax, max(1, DescriptorLimit.present / 8))
      let door: AdminServer.Door =
        try security.tls == nil ? .plain(ListeningSocket(address.description)) : .secure(isLoopback: isLoopback)
      let server = try AdminServer(
        door, routes: Self.routes(loop, role: role, isa: isa), access: AdminGate(security, isLoopback: isLoopback),
        limits: limits, clock: SystemClock())
      self.server = server
      if let tls = security.tls {
        let group = try EventLoopGroup(loopCount: 1)
        let listener = try await SocketNetwork(group: group, security: tls.http).listen(
          address.description, handingOver: { server.take($0, of: $1) })
        front = (listener, group)
        url = "https://\(listener.address)"
      } else {
        front = nil
        url = "http://\(server.address)"
      }
    } catch {
      throw StartFailure(
        "winnowd \(role): cannot listen for admin HTTP on \(address): \(error.text); "
          + "choose another port with --admin-listen, or do without: --no-admin")
    }
    // A thread of its own: under any load, an operator can ask how the node does.
    let thread = ComputePool(threadCount: 1)
    answering = Task(executorPreference: thread) { [server] in await server.run() }
    log(.info, "admin HTTP listening", ["role": .text(role), "address": .text(url)])
  }

  /// Answers for a role that has started.
  ///
  /// - Parameters:
  ///   - metrics: In Prometheus' text format.
  ///   - obstacles: What keeps the node from being ready, in words for people; nothing: it is.
  ///   - routes: What the role has besides.
  func serve(
    metrics: @escaping @Sendable () async -> String, obstacles: @escaping @Sendable () async -> [String],
    routes: [AdminRoute] = []
  ) {
    server.add(
      [
        .get("/metrics", for: [.metrics, .admin, .node]) { _ in
          AdminResponse(contentType: "text/plain; version=0.0.4; charset=utf-8", body: Array(await metrics().utf8))
        },
        .get("/readyz", for: nil) { [said, log, role] request in
          let obstacles = await obstacles()
          let isNews = said.withLock { said in
            defer { said = obstacles }
            return said != obstacles
          }
          if isNews, obstacles.isEmpty { log(.info, "ready", ["role": .text(role)]) }
          if isNews, let first = obstacles.first {
            log(.warning, "not ready", ["role": .text(role), "reason": .text(first)])
          }
          return Self.readiness(obstacles, to: request)
        },
      ] + routes)
  }

  /// Lets open requests get their answers, and ends.
  func close() async {
    await front?.listener.close()
    server.close()
    await answering.value
    await front?.group.shutdown()
  }

  // MARK: What every node answers

  private static func routes(_ loop: EventLoop, role: String, isa: String) -> [AdminRoute] {
    [
      .get("/livez", for: nil) { _ in
        await loop.sleep(until: loop.clock.now())
        return .text("alive\n")
      },
      .get("/readyz", for: nil) { readiness(["starting: the data directory is being read"], to: $0) },
      .get("/version", for: .any) { _ in
        .json("{\"program\":\"winnowd\",\"version\":\"\(Version.text)\",\"role\":\"\(role)\",\"isa\":\"\(isa)\"}\n")
      },
    ]
  }

  /// Why it is not ready is for those that the node knows.
  private static func readiness(_ obstacles: [String], to request: AdminRequest) -> AdminResponse {
    guard !obstacles.isEmpty else { return .text("ready\n") }
    return .text(
      "not ready\n" + (request.isOfKnown ? obstacles.map { "\($0)\n" }.joined() : ""), status: 503)
  }

  /// Without `--admin-listen` it is the port of `--listen` and 80, on loopback.
  private static func address(
    _ values: Values, _ security: NodeSecurity, _ log: Log
  ) throws(StartFailure) -> HostPort {
    if let address = values[Commands.adminListen] {
      if !security.knowsPeers { try Node.checkLoopback(address, flag: Commands.adminListen, values, log) }
      return address
    }
    let port = values[Commands.listen].port
    guard port > 0 else { return HostPort(host: "127.0.0.1", port: 0) }
    guard port <= .max - 80 else {
      throw StartFailure(
        values.complaint(
          about: Commands.listen, "leaves no port for admin HTTP, 80 above it: give --admin-listen, or --no-admin"),
        .usage)
    }
    return HostPort(host: "127.0.0.1", port: port + 80)
  }
}
