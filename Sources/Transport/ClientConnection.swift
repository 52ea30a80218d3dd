package import Vocabulary
package import Wire

/// One connection of a client: the thin shell that carries bytes, time and calls to and from `ClientExchange`.
///
/// Lives on its link's executor.
package actor ClientConnection {
  /// An event of a connection, told on its executor.
  package enum Event: Sendable {
    case welcomed(Welcome)
    /// No new calls are taken; those in flight still get their answers.
    case goingAway
    /// The end, with what has passed over the connection in all.
    case closed(CloseReason, Traffic)
  }

  private nonisolated let link: any ByteLink
  private nonisolated let executor: any LinkExecutor
  private let clock: any MonotonicClock
  private let observer: @Sendable (Event) -> Void
  private var exchange: ClientExchange
  private lazy var timer = LinkTimer(on: executor) { [weak self] in self?.assumeIsolated { $0.timerFired() } }
  private var waiters: [UInt64: CheckedContinuation<Result<ReplyMessage, CallError>, Never>] = [:]
  /// Ends of calls that do not wait yet: a task that has no preference for the executor is suspended on the way to its
  /// continuation.
  private var earlyResults: [UInt64: Result<ReplyMessage, CallError>] = [:]
  private var readyWaiters: [CheckedContinuation<Void, Never>] = []
  private var closeReason: CloseReason?

  /// The executor of the link.
  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    // SAFETY: the connection keeps the executor for as long as it lives.
    unsafe executor.asUnownedSerialExecutor()
  }

  /// A connection over a link that has just opened; call `start` next.
  init(
    link: any ByteLink, configuration: ClientConfiguration, random: any RandomSource,
    observer: @escaping @Sendable (Event) -> Void
  ) {
    self.link = link
    self.observer = observer
    executor = link.executor
    clock = link.executor.clock
    exchange = ClientExchange(
      configuration: configuration, nonce: random.bytes(Hello.nonceByteCount), noise: random.next(),
      security: link.security, at: link.executor.clock.now())
    exchange.codec.clock = clock
  }

  /// Opens a connection. Calls may be made at once; they wait for the handshake.
  ///
  /// - Parameters:
  ///   - executor: Where the connection runs; `nil` lets the network choose.
  ///   - observer: Told on the connection's executor what happens to it.
  package static func open(
    _ address: String, over network: any Network, configuration: ClientConfiguration, random: any RandomSource,
    deadline: Instant, executor: (any LinkExecutor)? = nil,
    observer: @escaping @Sendable (Event) -> Void = { _ in }
  ) async throws(NetworkError) -> ClientConnection {
    let opened = Lock<ClientConnection?>(nil)
    try await network.dial(address, deadline: deadline, executor: executor) { link in
      let connection = ClientConnection(link: link, configuration: configuration, random: random, observer: observer)
      connection.assumeIsolated { $0.perform(at: $0.clock.now()) }
      opened.withLock { $0 = connection }
      return connection
    }
    guard let connection = opened.withLock({ $0 }) else { throw .cancelled }
    return connection
  }

  /// The server's WELCOME; `nil` before the handshake and after the end.
  package var welcome: Welcome? { exchange.welcome }

  /// Traffic over the connection.
  package var traffic: Traffic { exchange.traffic }

  /// Replies that came after their caller had given up.
  package var lateReplyCount: UInt64 { exchange.lateReplyCount }

  /// Calls whose caller still waits.
  package var callCount: Int { exchange.callCount }

  /// The server as `HOST:PORT`.
  package nonisolated var peerAddress: String { link.peerAddress }

  /// Waits for the handshake.
  ///
  /// - Returns: what the server said.
  /// - Throws: why there is no connection; the handshake has a time limit of its own.
  package func ready() async throws(CloseReason) -> Welcome {
    if exchange.welcome == nil, closeReason == nil {
      await withCheckedContinuation { waiter in
        guard exchange.welcome == nil, closeReason == nil else { return waiter.resume() }
        readyWaiters.append(waiter)
      }
    }
    guard let welcome = exchange.welcome else { throw closeReason ?? .closed }
    return welcome
  }

  /// Sends a request and waits for its reply. Cancelling the task asks the server to stop.
  ///
  /// - Parameter budgetMicroseconds: How long the caller is willing to wait, all in all.
  package func call(
    _ opcode: Opcode, body: MessageBody, budgetMicroseconds: UInt32, epoch: Epoch = Epoch(0), isRetry: Bool = false
  ) async throws(CallError) -> ReplyMessage {
    let deadline = clock.now().advanced(microseconds: UInt64(budgetMicroseconds))
    return try await call(OutboundRequest(opcode, body: body, deadline: deadline, epoch: epoch, isRetry: isRetry))
  }

  /// Sends a request and waits for its reply. Cancelling the task asks the server to stop.
  package func call(_ request: OutboundRequest) async throws(CallError) -> ReplyMessage {
    let now = clock.now()
    let requestID = try exchange.called(request, at: now)
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if let result = earlyResults.removeValue(forKey: requestID) { return continuation.resume(returning: result) }
        waiters[requestID] = continuation
        perform(at: now)
      }
    } onCancel: {
      executor.schedule(at: Instant(nanoseconds: 0)) { [weak self] in
        self?.assumeIsolated { $0.cancelled(requestID) }
      }
    }
    return try result.get()
  }

  /// Closes; calls in flight end with `connectionLost`.
  package func close() {
    exchange.closed()
    perform(at: clock.now())
  }

  // MARK: The machine and the link

  /// Does what the machine asks for, until it asks for nothing.
  private func perform(at now: Instant) {
    var actions = exchange.takeActions()
    while !actions.isEmpty {
      for action in actions { perform(action, at: now) }
      exchange.queued(link.queuedByteCount, at: now)
      actions = exchange.takeActions()
    }
    timer.arm(at: exchange.nextInstant)
  }

  private func perform(_ action: ClientExchange.Action, at now: Instant) {
    switch action {
    case .send(let bytes): link.send(bytes)
    case .welcomed(let welcome):
      observer(.welcomed(welcome))
      wakeReadyWaiters()
    case .finish(let requestID, let result):
      guard let waiter = waiters.removeValue(forKey: requestID) else {
        earlyResults[requestID] = result
        return
      }
      waiter.resume(returning: result)
    case .goingAway: observer(.goingAway)
    case .close(let reason):
      end(reason)
      link.close()
    case .abort(let reason):
      end(reason)
      link.abort()
    }
  }

  private func end(_ reason: CloseReason) {
    guard closeReason == nil else { return }
    closeReason = reason
    timer.disarm()
    wakeReadyWaiters()
    observer(.closed(reason, exchange.traffic))
  }

  private func wakeReadyWaiters() {
    for waiter in readyWaiters { waiter.resume() }
    readyWaiters = []
  }

  private func timerFired() {
    let now = clock.now()
    timer.fired()
    exchange.queued(link.queuedByteCount, at: now)
    exchange.timePassed(at: now)
    perform(at: now)
  }

  private func cancelled(_ requestID: UInt64) {
    let now = clock.now()
    exchange.cancelled(requestID, at: now)
    perform(at: now)
  }

  private func received(_ bytes: [UInt8]) {
    let now = clock.now()
    exchange.received(bytes, at: now)
    perform(at: now)
  }

  private func drained() {
    let now = clock.now()
    exchange.queued(link.queuedByteCount, at: now)
    perform(at: now)
  }

  private func ended(_ reason: CloseReason) {
    exchange.ended(reason)
    perform(at: clock.now())
  }
}

extension ClientConnection: LinkReceiver {
  package nonisolated func linkReceived(_ bytes: [UInt8]) { assumeIsolated { $0.received(bytes) } }

  package nonisolated func linkDrained() { assumeIsolated { $0.drained() } }

  package nonisolated func linkEnded(_ end: LinkEnd) { assumeIsolated { $0.ended(CloseReason(end)) } }
}
