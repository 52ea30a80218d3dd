import Security
package import Vocabulary
package import Wire

/// The client's side of one connection as a machine without I/O: handshake, ids, credits, deadlines, replies.
///
/// Tell it what happened, then take the actions that follow. It never reads a clock and never sends a byte itself.
package struct ClientExchange: ~Copyable {
  /// An action of the connection; they come in order.
  package enum Action: Sendable {
    case send([UInt8])
    /// The handshake is done; calls may start, and those that waited have.
    case welcomed(Welcome)
    /// A call has ended; said once for each.
    case finish(UInt64, Result<ReplyMessage, CallError>)
    /// No new calls are taken.
    case goingAway
    /// Close when all that was sent has left.
    case close(CloseReason)
    /// Close at once.
    case abort(CloseReason)
  }

  enum Stage {
    case welcomeWait
    /// A key was proved, and the server has to prove that it knows it.
    case authWait(Welcome, KeyVerifier, KeyTranscript)
    case ready(Welcome)
    /// The server drains: requests with greater ids were not executed.
    case goingAway(Welcome, lastRequestID: UInt64)
    case closed(CloseReason)
  }

  let configuration: ClientConfiguration
  let hello: Hello
  let security: LinkSecurity?
  /// Until when the server has to be READY.
  private let handshakeEnd: Instant
  var limits: TransportLimits { configuration.limits }
  var stage: Stage
  var assembler: FrameAssembler
  var output: OutputWatch
  var codec = FrameCodec()
  var actions: [Action] = []
  var pending: [UInt64: PendingCall] = [:]
  /// Ids of calls that wait, oldest first; those that have ended are skipped.
  var queue: [UInt64] = []
  var queueHead = 0
  var waitingCount = 0
  var waitingBytes = 0
  var credits: UInt64 = 0
  var unfinishedBytes = 0
  var lastRequestID: UInt64?
  /// No later than the first deadline of a call or the end of patience with an abandoned one.
  var firstCallInstant = Instant(nanoseconds: .max)
  var nextPingAt: Instant
  var unansweredPings: UInt64 = 0
  var pings: SlidingCount
  var payloadErrors: SlidingCount

  /// Replies that came after their caller had given up.
  package internal(set) var lateReplyCount: UInt64 = 0

  /// A machine for a connection that has just opened; its first action is HELLO.
  ///
  /// - Parameters:
  ///   - nonce: 32 random bytes.
  ///   - noise: a random number, for the feature that means nothing.
  package init(
    configuration: ClientConfiguration, nonce: [UInt8], noise: UInt64, security: LinkSecurity? = nil, at now: Instant
  ) {
    self.configuration = configuration
    self.security = security
    let limits = configuration.limits
    var features = configuration.features.map { Features.Entry(type: $0) }
    let claim = configuration.identity.claim
    if claim > 0 { features.append(.claim(claim)) }
    hello = Hello(
      role: configuration.identity.role, clusterID: configuration.identity.clusterID,
      incarnation: configuration.identity.incarnation, nonce: nonce,
      payloadWireBytesMax: limits.payloadWireBytesMax, payloadRawBytesMax: limits.payloadRawBytesMax,
      compression: configuration.compression, program: configuration.identity.program,
      features: Features(features + [.init(type: Features.ignorable.lowerBound + UInt16(noise & 0xFF))]))
    stage = .welcomeWait
    handshakeEnd = now.advanced(microseconds: limits.handshakeMicrosecondsMax)
    assembler = FrameAssembler(payloadWireBytesMax: limits.handshakePayloadBytesMax)
    output = OutputWatch(at: now)
    nextPingAt = now
    pings = SlidingCount(limit: limits.pingsPerSecondMax, microseconds: 1_000_000)
    payloadErrors = SlidingCount(
      limit: limits.payloadErrorsMax - 1, microseconds: limits.payloadErrorWindowMicroseconds)
    send(.hello, hello.body)
  }

  /// Traffic over the connection.
  package var traffic: Traffic { codec.traffic }

  /// Calls whose caller still waits.
  package var callCount: Int { pending.values.reduce(0) { $0 + ($1.isAbandoned ? 0 : 1) } }

  /// The server's WELCOME; `nil` before and after.
  package var welcome: Welcome? {
    switch stage {
    case .ready(let welcome), .goingAway(let welcome, _): welcome
    case .welcomeWait, .authWait, .closed: nil
    }
  }

  /// Whether the machine is done.
  package var isClosed: Bool {
    if case .closed = stage { true } else { false }
  }

  private var isReady: Bool { welcome != nil }

  /// Takes what the connection has to do now.
  package mutating func takeActions() -> [Action] {
    defer { actions = [] }
    return actions
  }

  // MARK: Events

  /// A caller sends a request. The call ends with `.finish` and the number that is returned.
  ///
  /// - Throws: when the call cannot even wait.
  package mutating func called(_ request: OutboundRequest, at now: Instant) throws(CallError) -> UInt64 {
    switch stage {
    case .closed(let reason): throw .connectionLost(reason, notExecuted: true)
    case .goingAway: throw .connectionLost(.drained, notExecuted: true)
    case .welcomeWait, .authWait, .ready: break
    }
    if let welcome, request.body.byteCount > welcome.messageBytesMax {
      throw .invalid(.tooLong(welcome.messageBytesMax))
    }
    guard request.deadline > now else { throw .deadlineExceeded }
    let (requestID, overflow) = (lastRequestID ?? UInt64.max).addingReportingOverflow(2)
    guard !overflow || lastRequestID == nil else { throw .connectionLost(.closed, notExecuted: true) }
    guard waitingCount < limits.waitingCallsMax, waitingCount == 0 || waitingBytes <= limits.outputBytesSoft else {
      throw .queueFull
    }
    lastRequestID = requestID
    pending[requestID] = PendingCall(
      opcode: request.opcode, bodyVersion: request.body.version, deadline: request.deadline, stage: .waiting(request))
    firstCallInstant = min(firstCallInstant, request.deadline)
    compactQueue()
    queue.append(requestID)
    waitingCount += 1
    waitingBytes += request.body.byteCount
    pump(at: now)
    return requestID
  }

  /// The caller gave up.
  package mutating func cancelled(_ requestID: UInt64, at now: Instant) {
    abandon(requestID, .cancelled, at: now)
    closeIfDone()
  }

  /// Bytes arrived.
  package mutating func received(_ bytes: [UInt8], at now: Instant) {
    guard !isClosed else { return }
    hearFromPeer(at: now)
    assembler.append(bytes, at: now)
    advance(at: now)
    closeIfDone()
  }

  /// Takes note of the bytes that are queued to the server now.
  package mutating func queued(_ byteCount: Int, at now: Instant) {
    guard !isClosed else { return }
    _ = output.note(queuedByteCount: byteCount, soft: limits.outputBytesSoft, at: now)
    pump(at: now)
  }

  /// The link is gone, or the server sends nothing more.
  package mutating func ended(_ reason: CloseReason) {
    guard !isClosed else { return }
    close(reason)
  }

  /// Our side wants the connection gone.
  package mutating func closed() {
    guard !isClosed else { return }
    close(.closed)
  }

  /// Time passed; call it at `nextInstant`.
  package mutating func timePassed(at now: Instant) {
    if isClosed { return }
    if !isReady, handshakeEnd <= now { return abort(.silent) }
    if let start = assembler.frameStart, start.advanced(microseconds: limits.frameMicrosecondsMax) <= now {
      return fail(WireError(.frameTimeout))
    }
    if firstCallInstant <= now {
      checkCalls(at: now)
      if isClosed { return }
    }
    if output.isStalled(longerThan: limits.outputStallMicrosecondsMax, at: now) { return abort(.slowReader) }
    closeIfDone()
    keepAlive(at: now)
  }

  /// When to call `timePassed` at the latest; later events move it.
  package var nextInstant: Instant? {
    var next: Instant
    switch stage {
    case .closed: return nil
    case .welcomeWait, .authWait: next = handshakeEnd
    case .ready, .goingAway: next = nextPingAt
    }
    if let start = assembler.frameStart {
      next = min(next, start.advanced(microseconds: limits.frameMicrosecondsMax))
    }
    next = min(next, firstCallInstant)
    if let progress = output.stallStart {
      next = min(next, progress.advanced(microseconds: limits.outputStallMicrosecondsMax))
    }
    return next
  }
}
