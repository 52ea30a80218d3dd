import Security
package import Vocabulary
package import Wire

/// The server's side of one connection as a machine without I/O: handshake, ids, credits, fragments, deadlines, drain.
///
/// Tell it what happened, then take the actions that follow. It never reads a clock and never sends a byte itself.
package struct ServerExchange: ~Copyable {
  /// An action of the connection; they come in order.
  package enum Action: Sendable {
    case send([UInt8])
    /// Answer a HELLO by calling `welcomed` or `refused`; nothing else happens before that.
    case greet(Hello)
    /// Work on a request and report with `finished`.
    case dispatch(InboundRequest)
    /// Tell the work for a request that its caller has given up.
    case cancel(RequestCancellation)
    case pauseReading
    case resumeReading
    /// Close when all that was sent has left.
    case close(CloseReason)
    /// Close at once.
    case abort(CloseReason)
  }

  enum Stage {
    case helloWait
    case greeting
    /// The caller has to prove a key.
    case authWait
    /// The proof was wrong; nothing is read until that is said.
    case refusing(WireError, at: Instant)
    case ready
    case draining(lastRequestID: UInt64, graceEnd: Instant, end: Instant)
    case closed
  }

  struct Work {
    let opcode: Opcode
    let arrival: Instant
    /// Counts against the memory of requests until the work has ended.
    let bodyByteCount: Int
    let cancellation: RequestCancellation
  }

  let configuration: ServerConfiguration
  let served: OpcodeSet
  let memory: RequestMemory
  let caller: CallerID
  let peerAddress: String
  let security: LinkSecurity?
  let failures: AuthFailures
  let keyConnections: KeyConnections
  /// When a caller that is not READY has to go.
  private let handshakeEnd: Instant
  /// The caller's program and address, once it has said HELLO.
  private(set) var callerName = ""
  var limits: TransportLimits
  var stage: Stage
  var assembler: FrameAssembler
  var output: OutputWatch
  var codec = FrameCodec()
  var actions: [Action] = []
  var work: [UInt64: Work] = [:]
  var partials: [UInt64: PartialMessage] = [:]
  var unfinishedBytes = 0
  /// What the memory of requests knows of this connection.
  var heldBytes = 0
  var lastRequestID: UInt64 = 0
  /// When a silent peer is asked whether it is there.
  var nextPingAt: Instant
  var hasReceived = false
  var peerHasFinished = false
  var unansweredPings: UInt64 = 0
  var pings: SlidingCount
  var payloadErrors: SlidingCount

  /// Errors sent so far, by code.
  package private(set) var errorsSent: [ErrorCode: UInt64] = [:]
  /// The peer's HELLO.
  package private(set) var hello: Hello?
  /// Its body, where a proof is bound to it.
  private var helloBody: [UInt8] = []
  /// What the caller has to prove, between WELCOME and READY.
  var keyHandshake: KeyHandshake?
  /// Who the caller is, by its certificate or by the key that it has proved.
  var place: PeerIdentity.Place?
  /// The key that the connection is counted for, once it may be.
  var keyCaller: CallerID?
  private var mayEcho = false
  /// The coordinator's that asks; 0: none.
  private(set) var claim: UInt64 = 0

  /// A machine for a connection that has just opened.
  package init(
    configuration: ServerConfiguration, served: OpcodeSet, memory: RequestMemory, caller: CallerID = .own,
    peerAddress: String = "", security: LinkSecurity? = nil, failures: AuthFailures = AuthFailures(),
    keyConnections: KeyConnections = KeyConnections(), at now: Instant
  ) {
    self.configuration = configuration
    self.caller = caller
    self.peerAddress = peerAddress
    self.security = security
    self.failures = failures
    self.keyConnections = keyConnections
    place = security?.peer?.place
    self.served = served
    self.memory = memory
    limits = configuration.client
    stage = .helloWait
    handshakeEnd = now.advanced(microseconds: configuration.client.handshakeMicrosecondsMax)
    assembler = FrameAssembler(payloadWireBytesMax: configuration.client.handshakePayloadBytesMax)
    output = OutputWatch(at: now)
    nextPingAt = now
    pings = SlidingCount(limit: limits.pingsPerSecondMax, microseconds: 1_000_000)
    payloadErrors = SlidingCount(
      limit: limits.payloadErrorsMax - 1, microseconds: limits.payloadErrorWindowMicroseconds)
  }

  /// Traffic over the connection.
  package var traffic: Traffic { codec.traffic }

  /// Requests that are being worked on.
  package var workCount: Int { work.count }

  /// Whether the machine is done.
  package var isClosed: Bool {
    if case .closed = stage { true } else { false }
  }

  /// Takes what the connection has to do now.
  package mutating func takeActions() -> [Action] {
    defer { actions = [] }
    return actions
  }

  /// Whether this side answers requests of an opcode.
  func serves(_ opcode: Opcode) -> Bool { opcode == .echo ? mayEcho : served.contains(opcode) }

  /// Why the caller may not send a request, by its header, or by the kind that its body begins with.
  ///
  /// Asked for each request, so that a key that is revoked ends its connection.
  func rightRefusal(_ opcode: Opcode, kind: UInt8? = nil) -> WireError? {
    guard let access = configuration.access, let needed = opcode.roles(kind: kind) else { return nil }
    guard let grant = access.grant(of: place) else { return WireError(.authFailed) }
    guard grant.roles.isDisjoint(with: needed) else { return nil }
    tell(.denied(opcode), ofKey: place?.keyID)
    return WireError(.permissionDenied)
  }

  mutating func countError(_ code: ErrorCode) { errorsSent[code, default: 0] += 1 }

  mutating func greet(_ hello: Hello, _ body: ArraySlice<UInt8>) {
    self.hello = hello
    if configuration.access != nil { helloBody = Array(body) }
    callerName = "\(hello.program) at \(peerAddress)"
    stage = .greeting
    actions.append(.greet(hello))
  }

  // MARK: Events

  /// Bytes arrived.
  package mutating func received(_ bytes: [UInt8], at now: Instant) {
    guard !isClosed, !isRefusing, !peerHasFinished else { return }
    hasReceived = true
    hearFromPeer(at: now)
    assembler.append(bytes, at: now)
    advance(at: now)
    noteHeldBytes(at: now)
  }

  /// The HELLO is accepted: answers it with WELCOME, and goes on with what arrived behind it.
  ///
  /// - Parameter noise: A random number, for how late a wrong proof is refused.
  package mutating func welcomed(by known: NodeIdentity, nonce: [UInt8], noise: UInt64 = 0, at now: Instant) {
    let identity = needsProof ? known.asStrangersSeeIt : known
    guard case .greeting = stage, let hello else { return }
    if hello.clusterID != .zero, identity.clusterID != .zero, hello.clusterID != identity.clusterID {
      return fail(WireError(.wrongCluster, fieldOffset: 4), at: now)
    }
    if let refusal = security?.refusal(of: hello.role, at: identity) { return fail(WireError(refusal), at: now) }
    if let refusal = callerRefusal(hello.role) {
      tell(.refused(refusal.code), ofKey: place?.keyID)
      return fail(refusal, at: now)
    }
    if let refusal = keyRefusal() { return fail(refusal, at: now) }
    limits = configuration.limits(for: hello.role)
    let compression = hello.compressions.first {
      $0 == 0 || ($0 == Compression.lz4Number && configuration.compression.lz4)
    }
    let filters = configuration.compression.filterNumbers.filter(hello.filters.contains)
    mayEcho = hello.features.contains(Features.echo)
    var features = mayEcho ? [Features.Entry(type: Features.echo)] : []
    if let claimed = hello.features.claimed {
      claim = claimed.claim
      if identity.role == .shard { features.append(.claim(identity.claim, position: identity.position)) }
    }
    var welcome = Welcome(
      role: identity.role, compression: compression ?? 0, clusterID: identity.clusterID,
      incarnation: identity.incarnation, nonce: nonce, payloadWireBytesMax: limits.payloadWireBytesMax,
      payloadRawBytesMax: limits.payloadRawBytesMax, messageBytesMax: limits.messageBytesMax,
      credits: limits.credits, epoch: identity.epoch.rawValue,
      idleMilliseconds: UInt32(clamping: limits.idleMicroseconds / 1000), filters: filters, program: identity.program,
      features: Features(features))
    if needsProof { welcome.authentication = Welcome.keyProof }
    send(.welcome, welcome.body)
    codec.compression = welcome.agreedCompression
    codec.accept(peerPayloadBytesMax: min(hello.payloadWireBytesMax, hello.payloadRawBytesMax))
    if needsProof {
      keyHandshake = KeyHandshake(hello: helloBody, welcome: welcome.body, security, noise: noise)
      stage = .authWait
    } else {
      becomeReady()
    }
    advance(at: now)
  }

  /// Requests may come.
  mutating func becomeReady() {
    if let key = place?.keyID { tell(.known, ofKey: key) }
    assembler.payloadWireBytesMax = limits.payloadWireBytesMax
    stage = .ready
  }

  /// The work for a request ended. Requests that are unknown, such as those of a closed connection, are ignored.
  package mutating func finished(_ requestID: UInt64, _ outcome: Outcome, epoch: Epoch, at now: Instant) {
    guard let done = work.removeValue(forKey: requestID), !isClosed else { return }
    memory.give(done.bodyByteCount)
    guard output.queuedByteCount < limits.outputBytesHard else { return abort(.slowReader) }
    let spent = UInt32(clamping: done.arrival.microseconds(until: now))
    switch outcome {
    case .reply(let body) where body.byteCount > limits.messageBytesMax:
      // The peer would have to end the connection, and with it the requests of all other callers on it.
      let error = WireError(.limitExceeded, message: "the answer is longer than a message may be: ask for less")
      answer(requestID, done.opcode, error, timeMicroseconds: spent, epoch: epoch)
    case .reply(let body):
      let frames = codec.encode(
        done.opcode, flags: .reply, requestID: requestID, timeMicroseconds: spent, epoch: epoch.rawValue, body: body)
      for frame in frames { send(frame) }
    case .failure(let error):
      let error = done.cancellation.isCancelled ? WireError(.cancelled) : error
      answer(requestID, done.opcode, error, timeMicroseconds: spent, epoch: epoch)
    }
    closeIfDone(at: now)
  }

  /// Takes note of the bytes that are queued to the peer now.
  package mutating func queued(_ byteCount: Int, at now: Instant) {
    guard !isClosed else { return }
    switch output.note(queuedByteCount: byteCount, soft: limits.outputBytesSoft, at: now) {
    case .pause: actions.append(.pauseReading)
    case .resume:
      actions.append(.resumeReading)
      restartPatience(at: now)
    case .goOn: break
    }
  }

  /// The node goes down: says GOAWAY, answers what is in flight, then closes.
  package mutating func drain(at now: Instant) {
    switch stage {
    case .ready:
      let goAway = GoAway(
        lastRequestID: lastRequestID, reason: .shuttingDown,
        milliseconds: UInt32(clamping: limits.drainMicroseconds / 1000))
      send(.goAway, goAway.body)
      stage = .draining(
        lastRequestID: lastRequestID, graceEnd: now.advanced(microseconds: limits.goAwayGraceMicroseconds),
        end: now.advanced(microseconds: limits.drainMicroseconds))
    case .helloWait, .greeting, .authWait, .refusing: close(.drained)
    case .draining, .closed: break
    }
  }

  /// The peer ended its sending side: what is in flight is answered, then the connection closes.
  package mutating func peerFinished(at now: Instant) {
    guard !isClosed else { return }
    peerHasFinished = true
    dropPartials()
    closeIfDone(at: now)
  }

  /// The link is gone.
  package mutating func ended(_ reason: CloseReason) {
    guard !isClosed else { return }
    end()
  }

  /// Our side wants the connection gone.
  package mutating func closed() {
    guard !isClosed else { return }
    abort(.closed)
  }

  /// Time passed; call it at `nextInstant`.
  package mutating func timePassed(at now: Instant) {
    if isClosed { return }
    switch stage {
    case .helloWait where handshakeEnd <= now:
      return assembler.hasSeenMagic ? fail(WireError(.frameTimeout), at: now) : close(hasReceived ? .silent : .empty)
    case .authWait where handshakeEnd <= now: return close(.silent)
    case .refusing(let error, let instant) where instant <= now: return fail(error, at: now)
    default: break
    }
    if !output.isPaused {
      if let start = assembler.frameStart, start.advanced(microseconds: limits.frameMicrosecondsMax) <= now {
        return fail(WireError(.frameTimeout), at: now)
      }
      for (requestID, partial) in partials
      where partial.patienceStart.advanced(microseconds: limits.messageMicrosecondsMax) <= now {
        guard partial.isVoid else { return fail(WireError(.frameTimeout), at: now) }
        partials[requestID] = nil
      }
    }
    if output.isStalled(longerThan: limits.outputStallMicrosecondsMax, at: now) { return abort(.slowReader) }
    if case .draining(_, _, let end) = stage, end <= now { return abort(.drained) }
    closeIfDone(at: now)
    keepAlive(at: now)
  }

  /// When to call `timePassed` at the latest; later events move it.
  package var nextInstant: Instant? {
    if isClosed { return nil }
    var next = Instant(nanoseconds: .max)
    switch stage {
    case .helloWait, .authWait: next = handshakeEnd
    case .refusing(_, let instant): next = instant
    case .draining(_, let graceEnd, let end): next = isIdle ? graceEnd : end
    case .greeting, .ready, .closed: break
    }
    if isReady, !peerHasFinished { next = min(next, nextPingAt) }
    if !output.isPaused {
      if let start = assembler.frameStart {
        next = min(next, start.advanced(microseconds: limits.frameMicrosecondsMax))
      }
      for partial in partials.values {
        next = min(next, partial.patienceStart.advanced(microseconds: limits.messageMicrosecondsMax))
      }
    }
    if let progress = output.stallStart {
      next = min(next, progress.advanced(microseconds: limits.outputStallMicrosecondsMax))
    }
    return next
  }
}
