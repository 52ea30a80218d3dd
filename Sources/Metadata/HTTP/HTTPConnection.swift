import Transport
import Vocabulary

/// One connection to a server of HTTP/1.1, for one request at a time: the shell around `HTTPResponseReader`.
///
/// Lives on its link's executor.
actor HTTPConnection {
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

  private nonisolated let link: any ByteLink
  private nonisolated let executor: any LinkExecutor
  private var reader = HTTPResponseReader()
  private var call: Call?
  private var isOver = false

  /// The executor of the link.
  nonisolated var unownedExecutor: UnownedSerialExecutor {
    // SAFETY: the connection keeps the executor for as long as it lives.
    unsafe executor.asUnownedSerialExecutor()
  }

  private init(_ link: any ByteLink) {
    self.link = link
    executor = link.executor
  }

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
  var isReady: Bool { !isOver && call == nil }

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
    guard isReady else { throw .unreachable("\(link.peerAddress): the connection is not free") }
    let waiter = Waiter<Result<Response, HTTPFault>>()
    call = Call(waiter: waiter, takesLine: takesLine)
    var head = "POST \(path) HTTP/1.1\r\nHost: \(link.peerAddress)\r\nContent-Type: application/json\r\n"
    head += "Content-Length: \(body.utf8.count)\r\n"
    for (name, value) in fields { head += "\(name): \(value)\r\n" }
    link.send(Array((head + "\r\n" + body).utf8))
    let timer = deadline.map { deadline in
      executor.schedule(at: deadline) { [weak self] in self?.assumeIsolated { $0.giveUp("no answer in time") } }
    }
    let result = await withTaskCancellationHandler {
      await waiter.value()
    } onCancel: {
      executor.schedule(at: Instant(nanoseconds: 0)) { [weak self] in
        self?.assumeIsolated { $0.giveUp("the call was given up") }
      }
    }
    if let timer { executor.cancelTimer(timer) }
    return try result.get()
  }

  /// Ends the connection.
  func close() { giveUp("the connection was closed") }

  private func giveUp(_ reason: String) {
    guard !isOver else { return }
    isOver = true
    finish(.failure(.lost("\(link.peerAddress): \(reason)")))
    link.abort()
  }

  private func finish(_ result: Result<Response, HTTPFault>) {
    call?.waiter.tell(result)
    call = nil
  }

  private func take(_ events: [HTTPResponseReader.Event]) {
    for event in events {
      // Bytes that no request asked for: the peer is out of step.
      guard call != nil else { return giveUp("an answer to no request") }
      switch event {
      case .status(let status): call?.status = status
      case .body(let bytes): take(bytes)
      case .end(let staysOpen):
        if let call { finish(.success(Response(status: call.status, body: call.body))) }
        if !staysOpen { giveUp("the server ended the connection") }
      }
    }
  }

  private func take(_ bytes: [UInt8]) {
    guard call?.takesLine != nil else {
      call?.body += bytes
      if call?.body.count ?? 0 > Self.bodyByteCountMax { giveUp("an answer of more than 4 MiB") }
      return
    }
    for byte in bytes {
      if byte == UInt8(ascii: "\n") {
        call?.takesLine?(call?.body ?? [])
        call?.body.removeAll(keepingCapacity: true)
      } else {
        call?.body.append(byte)
      }
    }
    if call?.body.count ?? 0 > Self.bodyByteCountMax { giveUp("a line of more than 4 MiB") }
  }

  private func received(_ bytes: [UInt8]) {
    guard !isOver else { return }
    do throws(HTTPResponseReader.Mistake) { take(try reader.received(bytes)) } catch { giveUp(error.text) }
  }

  private func ended(_ end: LinkEnd) {
    if case .peerFinished = end, !isOver {
      do throws(HTTPResponseReader.Mistake) { take(try reader.ended()) } catch { giveUp(error.text) }
    }
    giveUp("the connection ended")
  }
}

extension HTTPConnection: LinkReceiver {
  nonisolated func linkReceived(_ bytes: [UInt8]) { assumeIsolated { $0.received(bytes) } }

  nonisolated func linkDrained() {}

  nonisolated func linkEnded(_ end: LinkEnd) { assumeIsolated { $0.ended(end) } }
}
