import Vocabulary
import Wire

extension ClientExchange {
  /// Sends what waits, as far as credits and the queue to the server allow.
  mutating func pump(at now: Instant) {
    guard case .ready = stage else { return }
    while credits > 0, output.queuedByteCount <= limits.outputBytesSoft, let (requestID, request) = nextWaiting() {
      let left = UInt32(clamping: now.microseconds(until: request.deadline))
      guard left > 0 else {
        pending[requestID] = nil
        finish(requestID, .failure(.deadlineExceeded))
        continue
      }
      credits -= 1
      pending[requestID]?.stage = .sent
      let frames = codec.encode(
        request.opcode, flags: request.isRetry ? .retry : [], requestID: requestID,
        timeMicroseconds: min(left, Limits.budgetMicrosecondsMax), epoch: request.epoch.rawValue, body: request.body)
      for frame in frames { send(frame) }
    }
  }

  /// Takes the oldest call that waits.
  private mutating func nextWaiting() -> (UInt64, OutboundRequest)? {
    while queueHead < queue.count {
      let requestID = queue[queueHead]
      queueHead += 1
      guard case .waiting(let request)? = pending[requestID]?.stage else { continue }
      waitingCount -= 1
      waitingBytes -= request.body.byteCount
      return (requestID, request)
    }
    queue.removeAll(keepingCapacity: true)
    queueHead = 0
    return nil
  }

  /// Takes a call that has not been sent out of the table; its id is skipped when the queue comes to it.
  mutating func removeWaiting(_ requestID: UInt64, _ request: OutboundRequest) {
    pending[requestID] = nil
    waitingCount -= 1
    waitingBytes -= request.body.byteCount
  }

  /// Drops the ids of calls that wait no more once they are the larger half: a client that always has calls waiting never
  /// comes to the end of its queue, and one whose calls expire unsent never begins it.
  mutating func compactQueue() {
    guard queue.count > 64, queue.count > 2 * waitingCount else { return }
    queue = queue[queueHead...].filter { pending[$0]?.isWaiting == true }
    queueHead = 0
  }

  /// Ends a call on our side. The server is asked to stop, and keeps the credit until it has answered.
  mutating func abandon(_ requestID: UInt64, _ error: CallError, at now: Instant) {
    guard let call = pending[requestID] else { return }
    switch call.stage {
    case .waiting(let request): removeWaiting(requestID, request)
    case .sent:
      unfinishedBytes -= call.reply?.bytes.count ?? 0
      pending[requestID]?.reply?.bytes = []
      pending[requestID]?.reply?.isVoid = true
      pending[requestID]?.stage = .abandoned(since: now)
      firstCallInstant = min(firstCallInstant, now.advanced(microseconds: limits.abandonedMicrosecondsMax))
      send(.cancel, Cancel(requestID: requestID).body)
    case .abandoned: return
    }
    finish(requestID, .failure(error))
  }

  /// Ends the calls whose time is up, and finds out when that is for the rest.
  mutating func checkCalls(at now: Instant) {
    firstCallInstant = Instant(nanoseconds: .max)
    var due: [UInt64] = []
    for (requestID, call) in pending {
      var end = call.deadline
      if case .abandoned(let since) = call.stage {
        end = since.advanced(microseconds: limits.abandonedMicrosecondsMax)
        guard end > now else { return abort(.unresponsive) }
      } else if end <= now {
        due.append(requestID)
        continue
      }
      firstCallInstant = min(firstCallInstant, end)
    }
    // In the order in which they began: that of a dictionary differs from run to run.
    for requestID in due.sorted() { abandon(requestID, .deadlineExceeded, at: now) }
  }

  mutating func finish(_ requestID: UInt64, _ result: Result<ReplyMessage, CallError>) {
    actions.append(.finish(requestID, result))
  }

  // MARK: Leaving

  mutating func send(_ frame: [UInt8]) {
    output.willSend(frame.count)
    actions.append(.send(frame))
  }

  mutating func send(_ opcode: Opcode, _ body: [UInt8]) {
    for frame in codec.encode(opcode, requestID: 0, body: MessageBody(body)) { send(frame) }
  }

  /// Sends a connection ERROR and closes.
  mutating func fail(_ error: WireError) {
    send(.error, error.fatal.body)
    close(.failed(error.fatal))
  }

  mutating func close(_ reason: CloseReason) {
    end(reason)
    actions.append(.close(reason))
  }

  mutating func abort(_ reason: CloseReason) {
    end(reason)
    actions.append(.abort(reason))
  }

  private mutating func end(_ reason: CloseReason) {
    stage = .closed(reason)
    for (requestID, call) in pending.sorted(by: { $0.key < $1.key }) where !call.isAbandoned {
      finish(requestID, .failure(.connectionLost(reason, notExecuted: call.isWaiting)))
    }
    pending = [:]
    queue = []
    queueHead = 0
    waitingCount = 0
    waitingBytes = 0
    unfinishedBytes = 0
  }

  /// After GOAWAY the client closes as soon as it has its answers.
  mutating func closeIfDone() {
    if case .goingAway = stage, pending.isEmpty { close(.drained) }
  }

  // MARK: Patience

  mutating func hearFromPeer(at now: Instant) {
    guard let welcome else { return }
    unansweredPings = 0
    nextPingAt = now.advanced(microseconds: idleMicroseconds(welcome))
  }

  /// Half as long again as the server's own patience, so that a live server pings first.
  private func idleMicroseconds(_ welcome: Welcome) -> UInt64 {
    max(1, UInt64(welcome.idleMilliseconds)) * 1500
  }

  /// Asks a silent server whether it is there.
  mutating func keepAlive(at now: Instant) {
    guard let welcome, nextPingAt <= now else { return }
    nextPingAt = now.advanced(microseconds: idleMicroseconds(welcome))
    guard output.queuedByteCount == 0 else { return }
    guard unansweredPings < 2 else { return abort(.unresponsive) }
    unansweredPings += 1
    send(.ping, Ping(token: now.nanoseconds).body)
  }
}
