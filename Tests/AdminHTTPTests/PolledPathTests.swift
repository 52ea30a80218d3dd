import AdminHTTP
import Glibc
import SocketTransport
import Support
import Testing

/// What dashboards, probes and scanners ask by HTTP all day leaves nothing behind.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct PolledPathTests {
  /// What is asked again and again.
  enum Poll: String, CaseIterable, Codable, Sendable {
    case page, metrics, unknownPath, otherMethod, foreignHost, post, connect

    var calls: Int { TestScale.count(usualCalls, full: 50_000) }

    private var usualCalls: Int {
      switch self {
      case .page: 50_000
      case .unknownPath: 20_000
      default: 5000
      }
    }

    /// Whether each request has a connection of its own: what its head alone is refused for ends its connection.
    var reconnects: Bool {
      switch self {
      case .unknownPath, .otherMethod, .foreignHost, .connect: true
      case .page, .metrics, .post: false
      }
    }

    /// The head and the body of a request.
    func request(_ number: Int, to address: String) -> String {
      switch self {
      case .page, .connect: "GET /hello?name=\(number) HTTP/1.1\r\nHost: \(address)\r\n\r\n"
      case .metrics: "GET /metrics HTTP/1.1\r\nHost: \(address)\r\n\r\n"
      case .unknownPath: "GET /made/up/\(number)?a=\(number) HTTP/1.1\r\nHost: \(address)\r\n\r\n"
      case .otherMethod: "DELETE /hello HTTP/1.1\r\nHost: \(address)\r\n\r\n"
      case .foreignHost: "GET /hello HTTP/1.1\r\nHost: example-\(number).org\r\n\r\n"
      case .post:
        "POST /echo HTTP/1.1\r\nHost: \(address)\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}"
      }
    }
  }

  @Test(arguments: Poll.allCases) func leavesNothingBehind(poll: Poll) async {
    // A process of its own, in which nothing else takes memory.
    await #expect(processExitsWith: .success) { [poll] in
      let metrics = AdminRoute.get("/metrics") { _ in .text(String(repeating: "winnow_a 1\n", count: 1000)) }
      try await withServer(greeting + [metrics]) { server in
        let kept = RawSocket(port: server.address)
        let growth = await Growth(calls: poll.calls) { number in
          let socket = poll.reconnects ? RawSocket(port: server.address) : kept
          socket.write(Array(poll.request(number, to: server.address).utf8))
          if !Self.takesAnswer(socket) { Issue.record("no answer to \(poll) \(number)") }
          if poll.reconnects { socket.close() }
        }
        kept.close()
        #expect(growth.isNone, "\(poll): \(growth)")
      }
    }
  }

  /// Reads one answer to its end, by the length that its head says.
  private static func takesAnswer(_ socket: RawSocket) -> Bool {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(socket.descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { return false }
      bytes += buffer.prefix(count)
      let text = String(decoding: bytes, as: UTF8.self)
      guard let end = text.firstRange(of: "\r\n\r\n"), let length = text.firstMatch(of: #/Content-Length: (\d+)/#),
        let bodyCount = Int(length.1)
      else { continue }
      if text[end.upperBound...].utf8.count >= bodyCount { return true }
    }
  }
}
