package import Vocabulary
package import Wire

/// One connection of a server: the thin shell that carries bytes, time and requests to and from `ServerExchange`.
///
/// Lives on its link's executor. Every request is a child task of the connection's own task.
package actor ServerConnection {
  /// The connection's counts so far.
  package struct Snapshot: Sendable {
    package var peerAddress: String
    /// `nil` before HELLO.
    package var peerRole: NodeRole?
    package var peerProgram: String
    package var traffic: Traffic
    package var requestsInFlight: Int
    package var errorsSent: [ErrorCode: UInt64]
  }

  private nonisolated let link: any ByteLink
  private nonisolated let use: Lock<ConnectionUse>
  private nonisolated let executor: any LinkExecutor
  private let handler: any RequestHandler
  private let random: any RandomSource
  private let clock: any MonotonicClock
  private let ended: @Sendable (ServerConnection, CloseReason, Snapshot) -> Void
  private var exchange: ServerExchange
  private lazy var timer = LinkTimer(on: executor) { [weak self] in self?.assumeIsolated { $0.timerFired() } }
  private var inbox: [InboundRequest] = []
  private var inboxWaiter: CheckedContinuation<Void, Never>?
  private var closeReason: CloseReason?

  /// The executor of the link.
  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    // SAFETY: the connection keeps the executor for as long as it lives.
    unsafe executor.asUnownedSerialExecutor()
  }

  /// A connection over a link that has just opened; call `start` next.
  ///
  /// - Parameter ended: Called once on the link's executor when the link is gone.
  package init(
    link: any ByteLink, handler: any RequestHandler, configuration: ServerConfiguration, memory: RequestMemory,
    caller: CallerID, failures: AuthFailures = AuthFailures(), keyConnections: KeyConnections = KeyConnections(),
    random: any RandomSource,
    ended: @escaping @Sendable (ServerConnection, CloseReason, Snapshot) -> Void
  ) {
    self.link = link
    self.handler = handler
    self.random = random
    self.ended = ended
    executor = link.executor
    clock = link.executor.clock
    use = Lock(ConnectionUse(configuration, at: link.executor.clock.now()))
    exchange = ServerExchange(
      configuration: configuration, served: handler.servedOpcodes, memory: memory, caller: caller,
      peerAddress: link.peerAddress, security: link.security, failures: failures, keyConnections: keyConnections,
      at: link.executor.clock.now())
    exchange.codec.clock = clock
    memory.whenAsked(caller) { [weak self, executor] in
      executor.schedule(at: Instant(nanoseconds: 0)) { [weak self] in self?.assumeIsolated { $0.yieldMemory() } }
    }
  }

  /// Begins to serve. The one unstructured task of the connection: its root.
  package nonisolated func start() {
    Task(executorPreference: executor) { await self.run() }
  }

  /// Answers what is in flight, then closes.
  package func drain() {
    let now = clock.now()
    exchange.drain(at: now)
    perform(at: now)
  }

  /// Since when this client has asked for nothing; `nil`: it has lately, or it is no client.
  nonisolated var idleSince: Instant? {
    use.withLock { $0.idleSince(now: executor.clock.now()) }
  }

  /// Lets an idle client go: it is told, and what it has sent meanwhile is answered.
  nonisolated func release() {
    use.withLock { $0.isLeaving = true }
    executor.schedule(at: Instant(nanoseconds: 0)) { [weak self] in self?.assumeIsolated { $0.drain() } }
  }

  /// Ends the connection if its key holds no more.
  nonisolated func recheckAccess() {
    executor.schedule(at: Instant(nanoseconds: 0)) { [weak self] in self?.assumeIsolated { $0.accessChanged() } }
  }

  private func accessChanged() {
    let now = clock.now()
    exchange.accessChanged(at: now)
    perform(at: now)
  }

  /// Notes that requests have come or have been answered.
  private func noteUse(_ change: Int, at now: Instant) {
    let role = exchange.hello?.role
    use.withLock { $0.note(change, of: role, at: now) }
  }

  /// Closes at once.
  package func abort() {
    exchange.closed()
    perform(at: clock.now())
  }

  /// The connection's counts so far.
  package var snapshot: Snapshot {
    Snapshot(
      peerAddress: link.peerAddress, peerRole: exchange.hello?.role, peerProgram: exchange.hello?.program ?? "",
      traffic: exchange.traffic, requestsInFlight: exchange.workCount, errorsSent: exchange.errorsSent)
  }

  // MARK: Requests

  private func run() async {
    timer.arm(at: exchange.nextInstant)
    await withDiscardingTaskGroup { group in
      while closeReason == nil {
        if inbox.isEmpty { await withCheckedContinuation { inboxWaiter = $0 } }
        let requests = inbox
        inbox = []
        for request in requests {
          // Runs here until it first waits: an answer that needs no waiting costs no further switch.
          group.addImmediateTask(executorPreference: executor) { await self.serve(request) }
        }
      }
      group.cancelAll()
    }
  }

  private func serve(_ request: InboundRequest) async {
    let outcome: Outcome =
      if clock.now() >= request.deadline {
        .failure(WireError(.expiredInQueue))
      } else {
        await handler.handle(request)
      }
    let now = clock.now()
    noteUse(-1, at: now)
    exchange.finished(request.requestID, outcome, epoch: handler.identity.epoch, at: now)
    perform(at: now)
  }

  private static func echo(_ request: InboundRequest) -> Outcome {
    do throws(WireError) { return .reply(try Echo(body: request.body, version: request.bodyVersion).body) } catch {
      return .failure(error)
    }
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

  private func perform(_ action: ServerExchange.Action, at now: Instant) {
    switch action {
    case .send(let bytes): link.send(bytes)
    case .greet:
      let nonce = random.bytes(Hello.nonceByteCount)
      exchange.welcomed(by: handler.identity, nonce: nonce, noise: random.next(), at: now)
      noteUse(0, at: now)
    case .dispatch(let request) where request.opcode == .echo:
      // There is nothing to wait for, so no task is made for it.
      noteUse(0, at: now)
      exchange.finished(
        request.requestID, ServerConnection.echo(request), epoch: handler.identity.epoch, at: now)
    case .dispatch(let request):
      noteUse(1, at: now)
      inbox.append(request)
      wake()
    case .cancel(let cancellation): cancellation.cancel()
    case .pauseReading: link.pauseReading()
    case .resumeReading: link.resumeReading()
    case .close(let reason):
      closeReason = closeReason ?? reason
      link.close()
    case .abort(let reason):
      closeReason = closeReason ?? reason
      link.abort()
    }
  }

  private func wake() {
    inboxWaiter?.resume()
    inboxWaiter = nil
  }

  private func timerFired() {
    let now = clock.now()
    timer.fired()
    exchange.queued(link.queuedByteCount, at: now)
    exchange.timePassed(at: now)
    perform(at: now)
  }

  /// Another connection needs the room.
  private func yieldMemory() {
    let now = clock.now()
    exchange.yieldMemory(at: now)
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

  private func linkEnded(_ end: LinkEnd, as reason: CloseReason) {
    let now = clock.now()
    guard end != .peerFinished else {
      exchange.peerFinished(at: now)
      return perform(at: now)
    }
    exchange.ended(reason)
    perform(at: now)
    let reason = closeReason ?? reason
    closeReason = reason
    timer.disarm()
    wake()
    ended(self, reason, snapshot)
  }
}

extension ServerConnection: LinkReceiver {
  package nonisolated func linkReceived(_ bytes: [UInt8]) { assumeIsolated { $0.received(bytes) } }

  package nonisolated func linkDrained() { assumeIsolated { $0.drained() } }

  package nonisolated func linkEnded(_ end: LinkEnd) {
    assumeIsolated { $0.linkEnded(end, as: CloseReason(end)) }
  }
}
