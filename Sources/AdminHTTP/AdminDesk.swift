import Dispatch
import Transport
import Vocabulary

/// What the threads of the connections share: who answers what, and the way to them.
///
/// A request's first call brings its head, the next ones its body, the last one asks for the answer. That one hands the
/// request over and blocks its thread, which no other connection needs, until the answer is there or time is up.
final class AdminDesk: Sendable {
  private struct State: Sendable {
    var routes: [String: [AdminMethod: AdminRoute]] = [:]
    var isClosing = false
    /// Requests whose answer has not been sent in full.
    var openCount = 0
    /// Requests that were handed over and have no answer yet, whether or not their client still waits.
    var unansweredCount = 0
    /// Connections under TLS by their tickets, as many as are open.
    var links: [UInt32: any ByteLink] = [:]
    var lastTicket: UInt32 = 0
  }

  let limits: AdminLimits
  let rule: OriginRule
  /// `nil`: everyone may ask for everything.
  private let access: (any AdminAccess)?
  private let isSecure: Bool
  let clock: any MonotonicClock
  /// To be answered. No more wait than there are connections.
  let exchanges: AsyncStream<AdminExchange>
  private let arrivals: AsyncStream<AdminExchange>.Continuation
  private let state = Lock(State())
  private let isIdle = DispatchSemaphore(value: 0)

  init(
    _ limits: AdminLimits, isLoopback: Bool, isSecure: Bool, access: (any AdminAccess)?, clock: any MonotonicClock
  ) {
    (self.limits, self.isSecure, self.access) = (limits, isSecure, access)
    rule = OriginRule(isLoopback: isLoopback, isSecure: isSecure)
    self.clock = clock
    (exchanges, arrivals) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(limits.connectionsMax))
  }

  /// Answers further paths; one that was answered already is answered so from now on.
  func add(_ routes: [AdminRoute]) {
    state.withLock { state in for route in routes { state.routes[route.path, default: [:]][route.method] = route } }
  }

  /// Takes no new requests; those that are open get their answers.
  func close() {
    state.withLock { $0.isClosing = true }
    arrivals.finish()
  }

  /// Blocks until all answers are sent, or for so long.
  func waitUntilIdle(microseconds: UInt64) {
    guard state.withLock({ $0.openCount > 0 }) else { return }
    _ = isIdle.wait(timeout: .now() + .microseconds(Int(clamping: microseconds)))
  }

  /// A connection under TLS opens.
  ///
  /// - Returns: The number by which its requests find it.
  func admit(_ link: any ByteLink) -> UInt32 {
    state.withLock { state in
      // After 4 billion the numbers begin again; those of connections that are open are passed over.
      repeat { state.lastTicket &+= 1 } while state.links[state.lastTicket] != nil
      state.links[state.lastTicket] = link
      return state.lastTicket
    }
  }

  /// It has ended.
  func forget(_ ticket: UInt32) { state.withLock { $0.links[ticket] = nil } }

  /// A request begins.
  func opened() { state.withLock { $0.openCount += 1 } }

  /// Its answer is sent, or its connection lost.
  func ended() {
    let isLast = state.withLock { state in
      state.openCount -= 1
      return state.isClosing && state.openCount == 0
    }
    if isLast { isIdle.signal() }
  }

  /// A request that was handed over has its answer.
  func answered() { state.withLock { $0.unansweredCount -= 1 } }

  /// What is known of who sent a request; `nil`: that does not matter here.
  func standing(of head: RequestHead) -> AdminStanding? {
    guard let access else { return nil }
    // A connection of a port under TLS that has no ticket any more has ended.
    let link = state.withLock { $0.links[head.ticket] }
    guard !isSecure || link != nil else { return .unknown }
    return access.standing(of: link, authorization: head.authorization)
  }

  /// The route that answers a request, by its head and what is known of its sender; or why the port refuses it.
  func route(_ head: RequestHead, _ standing: AdminStanding?) -> Result<AdminRoute, Refusal> {
    let (methods, isClosing) = state.withLock { ($0.routes[head.path], $0.isClosing) }
    guard !isClosing else { return .failure(Refusal(.text("The node stops.\n", status: 503))) }
    // Who may not ask for anything does not learn which pages there are.
    if methods?.values.contains(where: { $0.roles == nil }) != true, let refusal = standing?.refusal(for: .any) {
      return .failure(Refusal(refusal))
    }
    guard let methods else { return .failure(Refusal(.text("There is no such page.\n", status: 404))) }
    guard let method = AdminMethod(rawValue: head.method == "HEAD" ? "GET" : head.method), let route = methods[method]
    else {
      var response = AdminResponse.text("This page is not for that method.\n", status: 405)
      response.headers["Allow"] = methods.keys.map { $0 == .get ? "GET, HEAD" : $0.rawValue }.sorted()
        .joined(separator: ", ")
      return .failure(Refusal(response))
    }
    if let refusal = rule.refusal(
      method: method, host: head.host, origin: head.origin, contentType: head.contentType)
    {
      return .failure(Refusal(refusal))
    }
    if let refusal = standing?.refusal(for: route.roles) { return .failure(Refusal(refusal)) }
    if head.isChunked || method == .post && head.contentLength == nil {
      return .failure(Refusal(.text("The body has to come with its Content-Length.\n", status: 411)))
    }
    guard head.contentLength ?? 0 <= route.bodyBytesMax else {
      return .failure(Refusal(.text("The body is larger than this page takes.\n", status: 413)))
    }
    return .success(route)
  }

  /// Hands a request over and blocks until its answer is there.
  func answer(_ request: AdminRequest, _ route: AdminRoute) -> AdminResponse {
    let exchange = AdminExchange(request, route)
    // An answer that hangs outlives the patience of its client; a client that asks again and again must not pile them up.
    let hasRoom = state.withLock { state in
      guard state.unansweredCount < limits.connectionsMax else { return false }
      state.unansweredCount += 1
      return true
    }
    guard hasRoom else { return .text("Too many requests wait for an answer.\n", status: 503) }
    guard case .enqueued = arrivals.yield(exchange) else {
      answered()
      return .text("The node stops.\n", status: 503)
    }
    let microseconds = clock.now().microseconds(until: request.deadline)
    return exchange.wait(microseconds: microseconds) ?? .text("There was no answer in time.\n", status: 504)
  }
}

/// A response instead of an answer.
struct Refusal: Error {
  let response: AdminResponse

  init(_ response: AdminResponse) { self.response = response }
}

/// The head of a request, as far as it matters here.
struct RequestHead: Sendable {
  var method: String
  var path: String
  var host: String?
  var origin: String?
  var contentType: String?
  var contentLength: Int?
  var isChunked = false
  var authorization: String?
  /// Of its connection; of a plain one it means nothing.
  var ticket: UInt32 = 0
}
