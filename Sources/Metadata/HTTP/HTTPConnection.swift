import Transport
import Vocabulary

/// One connection to a server of HTTP/1.1, for one request at a time: the shell around `HTTPResponseReader`.
///
/// What it does to its link, it does on the link's executor.
final class HTTPConnection: Sendable {
  /// An answer whose body has come whole.
  struct Response: Sendable {
    let status: Int
    let body: [UInt8]
  }

  /// Bytes of an answer's body; more ends the connection.
  static let bodyByteCountMax = 4 << 20

  private struct Call {
    let waiter: Waiter<Result<Response, HTTPFault>>
    /// Takes lines of the body as they come, instead of the body.
    let takesLine: (@Sendable ([UInt8]) -> Void)?
    var status = 0
    var body: [UInt8] = []
  }

  private struct State: ~Copyable {
    var reader = HTTPResponseReader()
    var call: Call?
    var isOver = false
  }

  private let link: any ByteLink
  private let state = Lock(State())

  private init(_ link: any ByteLink) { self.link = link }

  /// Opens a connection to `HOST:PORT`.
  static func open(
    _ address: String, over network: any Network, deadline: Instant
  ) async throws(HTTPFault) -> HTTPConnection {
    let opened = Lock<HTTPConnection?>(nil)
    do throws(NetworkError) {
      try await network.dial(address, deadline: deadline, executor: nil) { link in
        let connection = HTTPConnection(link)
        opened.withLock { $0 = connection }
        return connection
      }
    } catch { throw .unreachable("\(address): \(error.word)") }
    guard let connection = opened.withLock({ $0 }) else { throw .unreachable("\(address): not connected") }
    return connection
  }

  /// Whether another request can be sent.
  var isReady: Bool { state.withLock { !$0.isOver && $0.call == nil } }

  /// Sends a POST and waits for the answer.
  ///
  /// - Parameters:
  ///   - fields: Header fields beside those that every request needs.
  ///   - takesLine: Is given the body line by line as it comes, on the link's executor; the answer has no body then.
  ///   - deadline: When to give up and end the connection; `nil`: when the task is cancelled.
  func post(
    _ path: String, _ fields: [(String, String)], body: String, deadline: Instant?,
    takesLine: (@Sendable ([UInt8]) -> Void)? = nil
  ) async throws(HTTPFault) -> Response {
    let waiter = Waiter<Result<Response, HTTPFault>>()
    let isFree = state.withLock { state in
      guard !state.isOver, state.call == nil else { return false }
      state.call = Call(waiter: waiter, takesLine: takesLine)
      return true
    }
    guard isFree else { throw .unreachable("\(link.peerAddress): the connection is not free") }
    var head = "POST \(path) HTTP/1.1\r\nHost: \(link.peerAddress)\r\nContent-Type: application/json\r\n"
    head += "Content-Length: \(body.utf8.count)\r\n"
    for (name, value) in fields { head += "\(name): \(value)\r\n" }
    let bytes = Array((head + "\r\n" + body).utf8)
    onLink { $0.link.send(bytes) }
    let timer = deadline.map { deadline in
      link.executor.schedule(at: deadline) { [weak self] in self?.giveUp("no answer in time") }
    }
    let result = await withTaskCancellationHandler {
      await waiter.value()
    } onCancel: {
      onLink { $0.giveUp("the call was given up") }
    }
    if let timer { link.executor.cancelTimer(timer) }
    return try result.get()
  }

  /// Ends the connection.
  func close() { onLink { $0.giveUp("the connection was closed") } }

  private func onLink(_ body: @escaping @Sendable (HTTPConnection) -> Void) {
    link.executor.schedule(at: Instant(nanoseconds: 0)) { body(self) }
  }

  // MARK: On the link's executor

  private func giveUp(_ reason: String) {
    let isFirst = state.withLock { state in
      defer { state.isOver = true }
      return !state.isOver
    }
    guard isFirst else { return }
    finish(.failure(.lost("\(link.peerAddress): \(reason)")))
    link.abort()
  }

  private func finish(_ result: Result<Response, HTTPFault>) {
    let waiter = state.withLock { state in
      defer { state.call = nil }
      return state.call?.waiter
    }
    waiter?.tell(result)
  }

  private func take(_ events: [HTTPResponseReader.Event]) {
    for event in events {
      // Bytes that no request asked for: the peer is out of step.
      guard let call = state.withLock({ $0.call }) else { return giveUp("an answer to no request") }
      switch event {
      case .status(let status): state.withLock { $0.call?.status = status }
      case .body(let bytes): take(bytes, call.takesLine)
      case .end(let staysOpen):
        finish(.success(Response(status: call.status, body: call.body)))
        if !staysOpen { giveUp("the server ended the connection") }
      }
    }
  }

  private func take(_ bytes: [UInt8], _ takesLine: (@Sendable ([UInt8]) -> Void)?) {
    let (lines, count): ([[UInt8]], Int) = state.withLock { state in
      var body = state.call?.body ?? []
      state.call?.body = []
      var lines: [[UInt8]] = []
      if takesLine == nil {
        body += bytes
      } else {
        for byte in bytes {
          guard byte == UInt8(ascii: "\n") else {
            body.append(byte)
            continue
          }
          lines.append(body)
          body = []
        }
      }
      state.call?.body = body
      return (lines, body.count)
    }
    if let takesLine { for line in lines { takesLine(line) } }
    if count > Self.bodyByteCountMax { giveUp("an answer of more than 4 MiB") }
  }

  private func read(_ body: (inout HTTPResponseReader) throws(HTTPResponseReader.Mistake) -> [HTTPResponseReader.Event])
  {
    do throws(HTTPResponseReader.Mistake) {
      take(
        try state.withLock { (state) throws(HTTPResponseReader.Mistake) in state.isOver ? [] : try body(&state.reader) }
      )
    } catch { giveUp(error.text) }
  }
}

extension HTTPConnection: LinkReceiver {
  func linkReceived(_ bytes: [UInt8]) {
    read { (reader) throws(HTTPResponseReader.Mistake) in try reader.received(bytes) }
  }

  func linkDrained() {}

  func linkEnded(_ end: LinkEnd) {
    if case .peerFinished = end { read { (reader) throws(HTTPResponseReader.Mistake) in try reader.ended() } }
    giveUp("the connection ended")
  }
}
