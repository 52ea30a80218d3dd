import Vocabulary
import Wire

extension ServerExchange {
  /// Works through the frames that have arrived, until bytes or an answer to HELLO are missing.
  mutating func advance(at now: Instant) {
    while true {
      switch stage {
      case .greeting, .refusing, .closed: return
      case .helloWait, .authWait, .ready, .draining: break
      }
      switch assembler.next(at: now) {
      case .needsBytes: return
      case .header(let header):
        if let error = fault(of: header) { return fail(error, at: now) }
      case .frame(let header, let payload): accept(header, payload, at: now)
      case .fault(.misdirected): return close(.misdirected(assembler.misdirection))
      case .fault(.refused(let error)): return fail(error, at: now)
      }
    }
  }

  var isReady: Bool {
    switch stage {
    case .ready, .draining: true
    case .helloWait, .greeting, .authWait, .refusing, .closed: false
    }
  }

  // MARK: Steps 6 to 11, by the header alone

  private func fault(of header: FrameHeader) -> WireError? {
    guard !header.flags.contains(.reply), !header.flags.contains(.error) else { return WireError(.unexpectedState) }
    if let error = stateFault(of: header.opcode) { return error }
    if let error = compressionFault(of: header) { return error }
    guard header.hasIDOfItsKind else { return WireError(.idOrder) }
    if header.opcode.isConnectionFrame { return header.isWellFragmented ? nil : WireError(.fragmentOrder) }
    if header.flags.contains(.continuation) {
      guard let partial = partials[header.requestID], partial.isContinued(by: header), header.isWellFragmented else {
        return WireError(.fragmentOrder)
      }
      return nil
    }
    guard header.requestID > lastRequestID else { return WireError(.idOrder) }
    guard header.isWellFragmented else { return WireError(.fragmentOrder) }
    let unfinished = partials.values.reduce(0) { $0 + ($1.isVoid ? 0 : 1) }
    return work.count + unfinished < Int(limits.credits) ? nil : WireError(.noCredit)
  }

  private func stateFault(of opcode: Opcode) -> WireError? {
    if case .authWait = stage { return opcode == .auth || opcode == .error ? nil : WireError(.authRequired) }
    let isAllowed = isReady ? ![.hello, .welcome, .goAway, .credit].contains(opcode) : opcode == .hello
    return isAllowed ? nil : WireError(.unexpectedState)
  }

  private func compressionFault(of header: FrameHeader) -> WireError? {
    header.compressionFault(
      isReady: isReady, agreed: codec.compression,
      payloadRawBytesMax: isReady ? limits.payloadRawBytesMax : limits.handshakePayloadBytesMax)
  }

  // MARK: Steps 12 to 19, with the payload

  private mutating func accept(_ header: FrameHeader, _ payload: ArraySlice<UInt8>, at now: Instant) {
    guard !header.opcode.isConnectionFrame else { return acceptConnectionFrame(header, payload, at: now) }
    let isFirst = !header.flags.contains(.continuation)
    let isLast = header.flags.contains(.fin)
    if isFirst { lastRequestID = header.requestID }
    var partial = isFirst ? PartialMessage(first: header, at: now) : takePartial(header.requestID)
    guard !partial.isVoid else {
      if !isLast { partials[header.requestID] = partial }
      return
    }
    do throws(WireError) {
      let raw = try codec.decodePayload(
        payload, of: header, refusal: refusal(of: header, isFirst: isFirst),
        room: limits.messageBytesMax - partial.bytes.count)
      if isFirst, isLast { return try dispatch(header, raw, at: now) }
      try hold(raw, in: &partial)
      guard isLast else {
        partials[header.requestID] = partial
        return
      }
      let body = partial.bytes
      release(&partial)
      try dispatch(partial.first, body[...], at: partial.start)
    } catch {
      release(&partial)
      refuse(header, error, isLast: isLast, start: partial.start, at: now)
    }
  }

  private mutating func takePartial(_ requestID: UInt64) -> PartialMessage {
    guard let partial = partials.removeValue(forKey: requestID) else {
      preconditionFailure("a fragment without its message passed step 10")
    }
    return partial
  }

  /// Steps 13 and 14.
  private func refusal(of header: FrameHeader, isFirst: Bool) -> WireError? {
    if isFirst, let refusal = rightRefusal(header.opcode) { return refusal }
    guard serves(header.opcode) else { return WireError(.unknownOpcode) }
    if case .draining(let last, _, _) = stage, header.requestID > last {
      return WireError(.shuttingDown, retryAfterMilliseconds: UInt32(clamping: limits.drainMicroseconds / 1000))
    }
    return header.versionRefusal
  }

  private mutating func hold(_ raw: ArraySlice<UInt8>, in partial: inout PartialMessage) throws(WireError) {
    guard raw.count <= limits.unfinishedBytesMax - unfinishedBytes else {
      throw WireError(
        .memoryBudget, retryAfterMilliseconds: 1000,
        message: "unfinished messages of one connection have at most \(limits.unfinishedBytesMax) bytes together")
    }
    unfinishedBytes += raw.count
    partial.bytes += raw
  }

  /// The bytes of a message are no longer unfinished; a second time nothing is left to release.
  mutating func release(_ partial: inout PartialMessage) {
    unfinishedBytes -= partial.bytes.count
    partial.bytes = []
  }

  private mutating func dispatch(_ first: FrameHeader, _ body: ArraySlice<UInt8>, at arrival: Instant) throws(WireError)
  {
    guard first.timeMicroseconds >= 1 else { throw WireError(.badDeadline) }
    if let kind = body.first, let refusal = rightRefusal(first.opcode, kind: kind) { throw refusal }
    guard memory.take(body.count) else { throw .requestMemoryTaken(memory) }
    let budgetMicroseconds = min(first.timeMicroseconds, limits.budgetMicrosecondsMax)
    let request = InboundRequest(
      opcode: first.opcode, bodyVersion: first.bodyVersion, body: body, requestID: first.requestID, arrival: arrival,
      deadline: arrival.advanced(microseconds: UInt64(budgetMicroseconds)), epoch: Epoch(first.epoch),
      isRetry: first.flags.contains(.retry), peerRole: hello?.role ?? .client, claim: claim,
      caller: keyCaller ?? caller, callerName: callerName, principal: principal)
    work[first.requestID] = Work(
      opcode: first.opcode, arrival: arrival, bodyByteCount: body.count, cancellation: request.cancellation)
    actions.append(.dispatch(request))
  }

  /// Answers a request that cannot be served and drops what comes further of it; fatal errors end the connection.
  private mutating func refuse(
    _ header: FrameHeader, _ error: WireError, isLast: Bool, start: Instant, at now: Instant
  ) {
    let isDamage = [.badPayloadCRC, .decompressFailed, .rawSizeMismatch].contains(error.code)
    if error.isFatal || (isDamage && payloadErrors.noteExceeds(at: now)) { return fail(error, at: now) }
    answer(header.requestID, header.opcode, error, timeMicroseconds: UInt32(clamping: start.microseconds(until: now)))
    guard !isLast else { return }
    var rest = PartialMessage(first: header, at: start)
    rest.isVoid = true
    partials[header.requestID] = rest
    if partials.count > 2 * Int(limits.credits) { fail(WireError(.enhanceYourCalm), at: now) }
  }

  // MARK: Memory of messages that have not come whole

  /// Tells what this connection holds; if that is too much for all, and the most of all, it gives up.
  mutating func noteHeldBytes(at now: Instant) {
    guard countHeldBytes() else { return }
    if memory.hold(heldBytes, by: caller, at: now) { yieldMemory(at: now) }
  }

  /// Gives up the largest message that has not come whole, of those the oldest, and all that still comes of it. Without
  /// one a frame is what it holds: that ends the connection.
  mutating func yieldMemory(at now: Instant) {
    let largest = partials.max {
      ($0.value.bytes.count, $1.value.start) < ($1.value.bytes.count, $0.value.start)
    }
    if let (requestID, message) = largest, !message.bytes.isEmpty {
      var partial = message
      release(&partial)
      partial.isVoid = true
      partials[requestID] = partial
      answer(
        requestID, partial.first.opcode, .requestMemoryTaken(memory),
        timeMicroseconds: UInt32(clamping: partial.start.microseconds(until: now)))
    } else if assembler.heldByteCount > 0, !isClosed {
      fail(.requestMemoryTaken(memory), at: now)
    }
    if countHeldBytes() { _ = memory.hold(heldBytes, by: caller, at: now) }
  }

  /// - Returns: Whether it is another number than before. What every connection may hold is not counted.
  private mutating func countHeldBytes() -> Bool {
    let held = isClosed ? 0 : unfinishedBytes + assembler.heldByteCount
    let counted = held > RequestMemory.uncountedBytesMax ? held : 0
    defer { heldBytes = counted }
    return counted != heldBytes
  }

  // MARK: Connection frames

  private mutating func acceptConnectionFrame(_ header: FrameHeader, _ payload: ArraySlice<UInt8>, at now: Instant) {
    do throws(WireError) {
      let isKnown = Opcode.names[header.opcode] != nil && ![.auth, .authOK].contains(header.opcode)
      // What else may come while a proof is waited for was looked at before.
      let refusal = isKnown || !isReady ? header.versionRefusal : WireError(.unknownOpcode)
      let body = try codec.decodePayload(payload, of: header, refusal: refusal)
      if header.opcode == .hello { return greet(try Hello(from: body), body) }
      if header.opcode == .auth { return prove(try Auth(from: body), at: now) }
      try acceptReady(header.opcode, body, at: now)
    } catch { fail(error, at: now) }
  }

  private mutating func acceptReady(_ opcode: Opcode, _ body: ArraySlice<UInt8>, at now: Instant) throws(WireError) {
    switch opcode {
    case .ping:
      let ping = try Ping(from: body)
      if pings.noteExceeds(at: now) { return fail(WireError(.enhanceYourCalm), at: now) }
      send(.pong, ping.body)
    case .pong: _ = try Ping(from: body)
    case .cancel: cancel(try Cancel(from: body).requestID, at: now)
    case .error: close(.refused(try WireError(from: body)))
    default: break
    }
  }

  private mutating func cancel(_ requestID: UInt64, at now: Instant) {
    if let work = work[requestID] { return actions.append(.cancel(work.cancellation)) }
    guard var partial = partials[requestID], !partial.isVoid else { return }
    release(&partial)
    partial.isVoid = true
    partials[requestID] = partial
    answer(requestID, partial.first.opcode, WireError(.cancelled))
  }

  // MARK: Leaving

  mutating func send(_ frame: [UInt8]) {
    output.willSend(frame.count)
    actions.append(.send(frame))
  }

  mutating func send(_ opcode: Opcode, _ body: [UInt8]) {
    for frame in codec.encode(opcode, requestID: 0, body: MessageBody(body)) { send(frame) }
  }

  /// Sends the terminal ERROR of a request.
  mutating func answer(
    _ requestID: UInt64, _ opcode: Opcode, _ error: WireError, timeMicroseconds: UInt32 = 0, epoch: Epoch = Epoch(0)
  ) {
    countError(error.code)
    let frames = codec.encode(
      opcode, flags: [.reply, .error], requestID: requestID, timeMicroseconds: timeMicroseconds,
      epoch: epoch.rawValue, body: MessageBody(error.body))
    for frame in frames { send(frame) }
  }

  /// Sends a connection ERROR and closes.
  mutating func fail(_ error: WireError, at now: Instant) {
    countError(error.code)
    send(.error, error.fatal.body)
    close(.failed(error.fatal))
  }

  mutating func close(_ reason: CloseReason) {
    end()
    actions.append(.close(reason))
  }

  mutating func abort(_ reason: CloseReason) {
    end()
    actions.append(.abort(reason))
  }

  /// Forgets everything and cancels the work of all requests.
  mutating func end() {
    stage = .closed
    for work in work.values {
      memory.give(work.bodyByteCount)
      actions.append(.cancel(work.cancellation))
    }
    work = [:]
    dropPartials()
    memory.forget(caller)
    if let keyCaller { keyConnections.give(keyCaller) }
    keyCaller = nil
  }

  mutating func dropPartials() {
    for var partial in partials.values { release(&partial) }
    partials = [:]
  }

  /// Nothing is left to answer.
  var isIdle: Bool { work.isEmpty && partials.values.allSatisfy(\.isVoid) }

  /// Closes when the peer or the node has said goodbye and nothing is left to answer.
  mutating func closeIfDone(at now: Instant) {
    guard isIdle else { return }
    if peerHasFinished { return close(hasReceived ? .peerFinished : .empty) }
    if case .draining(_, let graceEnd, _) = stage, graceEnd <= now { close(.drained) }
  }

  // MARK: Patience

  mutating func hearFromPeer(at now: Instant) {
    unansweredPings = 0
    nextPingAt = now.advanced(microseconds: limits.idleMicroseconds)
  }

  /// Reading goes on after a pause of this server: time limits that the pause used up start again.
  mutating func restartPatience(at now: Instant) {
    hearFromPeer(at: now)
    assembler.restartPatience(at: now)
    for requestID in partials.keys { partials[requestID]?.patienceStart = now }
  }

  /// Asks a silent peer whether it is there. One that is busy taking what we sent is not silent.
  mutating func keepAlive(at now: Instant) {
    guard isReady, !peerHasFinished, nextPingAt <= now else { return }
    nextPingAt = now.advanced(microseconds: limits.idleMicroseconds)
    guard output.queuedByteCount == 0 else { return }
    guard unansweredPings < 2 else { return abort(.unresponsive) }
    unansweredPings += 1
    send(.ping, Ping(token: now.nanoseconds).body)
  }
}

extension WireError {
  /// The requests of all connections hold as many bytes as they may.
  fileprivate static func requestMemoryTaken(_ memory: RequestMemory) -> WireError {
    WireError(
      .memoryBudget, retryAfterMilliseconds: 1000,
      message: "the requests of all connections have at most \(memory.byteCountMax) bytes together")
  }
}
