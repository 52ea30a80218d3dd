package import Vocabulary
package import Wire

/// Keeps connections to one address, dials again when they end, and lends them to calls.
///
/// Lives on one executor, and so do its connections: a call from there costs no switch.
package actor ConnectionPool {
  /// Whether calls can be made.
  package enum State: Sendable, Equatable {
    /// The first attempt is under way.
    case connecting
    case up(Welcome)
    /// The last attempt or connection ended, and why, in words for status and logs.
    case down(String)
  }

  /// The behaviour of a call while there is no connection.
  package enum Patience: Sendable {
    /// Waits for the first attempt, but fails at once after an attempt has failed.
    case fail
    /// Waits until its deadline.
    case wait
  }

  private struct Slot {
    var attempt: UInt64 = 0
    var connection: ClientConnection?
    var hasEnded = false
    var endReason = ""
    /// Continues `keep` when the connection ends or a pause is over.
    var waker: CheckedContinuation<Void, Never>?
  }

  private struct Waiter {
    let continuation: CheckedContinuation<Void, Never>
    let timer: UInt64
  }

  /// The server's `HOST:PORT`.
  package nonisolated let address: String

  private nonisolated let executor: any LinkExecutor
  private let network: any Network
  private let configuration: ClientConfiguration
  private let random: any RandomSource
  private let backoff: Backoff
  private let observer: @Sendable (State) -> Void
  private var slots: [Slot]
  private var nextSlot = 0
  private var waiters: [UInt64: Waiter] = [:]
  private var lastWaiter: UInt64 = 0
  /// How often waiters have been woken.
  private var changeCount: UInt64 = 0
  private var endedTraffic = Traffic()
  /// What a client's last attempt lacked: no patience helps then.
  private var refusal: WireError?
  private var root: Task<Void, Never>?
  private var isClosed = false

  /// Whether calls can be made.
  package private(set) var state = State.connecting

  /// The executor of the pool and its connections.
  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    // SAFETY: the pool keeps the executor for as long as it lives.
    unsafe executor.asUnownedSerialExecutor()
  }

  /// A pool that dials once `start` is called.
  ///
  /// - Parameter observer: Told on the executor whenever the state changes.
  package init(
    to address: String, over network: any Network, configuration: ClientConfiguration, random: any RandomSource,
    executor: any LinkExecutor, connectionCount: Int = 1, backoff: Backoff = Backoff(),
    observer: @escaping @Sendable (State) -> Void = { _ in }
  ) {
    self.address = address
    self.network = network
    self.configuration = configuration
    self.random = random
    self.executor = executor
    self.backoff = backoff
    self.observer = observer
    slots = Array(repeating: Slot(), count: max(1, connectionCount))
  }

  /// Begins to dial. The one unstructured task of the pool: its root.
  package func start() {
    guard root == nil, !isClosed else { return }
    let count = slots.count
    root = Task(executorPreference: executor) {
      await withDiscardingTaskGroup { group in
        for index in 0..<count { group.addTask { await self.keep(index) } }
      }
    }
  }

  /// Ends all connections; calls in flight end with `connectionLost`, those that wait with `unreachable`.
  package func close() async {
    isClosed = true
    root?.cancel()
    become(.down("closed"))
    for index in slots.indices {
      wake(index)
      if let connection = slots[index].connection { await connection.close() }
    }
    wakeWaiters()
    await root?.value
  }

  /// Traffic over all connections so far.
  package var traffic: Traffic {
    get async {
      var traffic = endedTraffic
      for slot in slots {
        if let connection = slot.connection { traffic += await connection.traffic }
      }
      return traffic
    }
  }

  /// Sends a request over one of the connections, and never takes longer than the request's deadline.
  package func call(_ request: OutboundRequest, whenDown patience: Patience = .fail) async throws(CallError)
    -> ReplyMessage
  {
    while true {
      if let connection = pick() { return try await connection.call(request) }
      if case .down = state, let refusal { throw .refused(refusal) }
      if case .down(let reason) = state, patience == .fail || isClosed { throw .unreachable(reason) }
      guard executor.clock.now() < request.deadline else { throw .unreachable(downReason) }
      if Task.isCancelled { throw .cancelled }
      guard waiters.count < configuration.limits.waitingCallsMax else { throw .queueFull }
      await waitForChange(after: changeCount, until: request.deadline)
    }
  }

  /// Sends a request over one of the connections, and never takes longer than its budget.
  package func call(
    _ opcode: Opcode, body: MessageBody, budgetMicroseconds: UInt32, epoch: Epoch = Epoch(0), isRetry: Bool = false,
    whenDown patience: Patience = .fail
  ) async throws(CallError) -> ReplyMessage {
    let deadline = executor.clock.now().advanced(microseconds: UInt64(budgetMicroseconds))
    let request = OutboundRequest(opcode, body: body, deadline: deadline, epoch: epoch, isRetry: isRetry)
    return try await call(request, whenDown: patience)
  }

  // MARK: Lending

  private var downReason: String {
    if case .down(let reason) = state { reason } else { "no connection in time" }
  }

  private func pick() -> ClientConnection? {
    for step in 1...slots.count {
      let index = (nextSlot + step) % slots.count
      guard let connection = slots[index].connection else { continue }
      nextSlot = index
      return connection
    }
    return nil
  }

  /// A task that has no preference for the executor is suspended on the way to its continuation, so the change that it
  /// waits for may come before it waits.
  private func waitForChange(after seen: UInt64, until deadline: Instant) async {
    lastWaiter += 1
    let number = lastWaiter
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        guard changeCount == seen else { return continuation.resume() }
        let timer = executor.schedule(at: deadline) { [weak self] in self?.assumeIsolated { $0.wakeWaiter(number) } }
        waiters[number] = Waiter(continuation: continuation, timer: timer)
      }
    } onCancel: {
      executor.schedule(at: Instant(nanoseconds: 0)) { [weak self] in self?.assumeIsolated { $0.wakeWaiter(number) } }
    }
  }

  private func wakeWaiter(_ number: UInt64) {
    guard let waiter = waiters.removeValue(forKey: number) else { return }
    executor.cancelTimer(waiter.timer)
    waiter.continuation.resume()
  }

  private func wakeWaiters() {
    changeCount += 1
    for number in waiters.keys.sorted() { wakeWaiter(number) }
  }

  // MARK: Keeping

  private func keep(_ index: Int) async {
    var backoff = backoff
    while !isClosed {
      let start = executor.clock.now()
      let reason = await connect(index)
      slots[index].connection = nil
      guard !isClosed else { return }
      if slots.allSatisfy({ $0.connection == nil }) { become(.down(reason)) }
      if start.microseconds(until: executor.clock.now()) >= backoff.microsecondsMax { backoff.reset() }
      await pause(index, microseconds: backoff.next(from: random))
    }
  }

  /// Opens a connection and holds it until it takes no more calls.
  ///
  /// - Returns: why it ended.
  private func connect(_ index: Int) async -> String {
    slots[index].attempt += 1
    slots[index].hasEnded = false
    let attempt = slots[index].attempt
    let deadline = executor.clock.now().advanced(microseconds: configuration.limits.handshakeMicrosecondsMax)
    do throws(NetworkError) {
      let connection = try await ClientConnection.open(
        address, over: network, configuration: configuration, random: random, deadline: deadline, executor: executor
      ) { [weak self] event in
        self?.assumeIsolated { $0.observed(event, index, attempt) }
      }
      do throws(CloseReason) {
        let welcome = try await connection.ready()
        guard !isClosed else {
          await connection.close()
          return CloseReason.closed.word
        }
        slots[index].connection = connection
        refusal = nil
        become(.up(welcome))
        wakeWaiters()
        if !slots[index].hasEnded { await withCheckedContinuation { slots[index].waker = $0 } }
        return slots[index].endReason
      } catch {
        if configuration.identity.role == .client { refusal = error.accessRefusal }
        return error.word
      }
    } catch { return error.word }
  }

  private func observed(_ event: ClientConnection.Event, _ index: Int, _ attempt: UInt64) {
    if case .closed(_, let traffic) = event { endedTraffic += traffic }
    guard slots[index].attempt == attempt, !slots[index].hasEnded else { return }
    switch event {
    case .welcomed: return
    case .goingAway: slots[index].endReason = CloseReason.drained.word
    case .closed(let reason, _): slots[index].endReason = reason.word
    }
    slots[index].hasEnded = true
    slots[index].connection = nil
    wake(index)
  }

  private func pause(_ index: Int, microseconds: UInt64) async {
    let timer = executor.schedule(at: executor.clock.now().advanced(microseconds: microseconds)) { [weak self] in
      self?.assumeIsolated { $0.wake(index) }
    }
    await withCheckedContinuation { slots[index].waker = $0 }
    executor.cancelTimer(timer)
  }

  private func wake(_ index: Int) {
    slots[index].waker?.resume()
    slots[index].waker = nil
  }

  private func become(_ state: State) {
    guard self.state != state else { return }
    self.state = state
    if case .down = state { wakeWaiters() }
    observer(state)
  }
}
