import Security
import Vocabulary
import Wire

extension ClientExchange {
  /// Works through the frames that have arrived.
  mutating func advance(at now: Instant) {
    while !isClosed {
      switch assembler.next(at: now) {
      case .needsBytes: return
      case .header(let header):
        if let error = fault(of: header) { return fail(error) }
      case .frame(let header, let payload):
        if header.opcode.isConnectionFrame {
          acceptConnectionFrame(header, payload, at: now)
        } else {
          acceptReply(header, payload, at: now)
        }
      case .fault(.misdirected): return abort(.misdirected(assembler.misdirection))
      case .fault(.refused(let error)): return fail(error)
      }
    }
  }

  // MARK: Steps 6 to 11, by the header alone

  private func fault(of header: FrameHeader) -> WireError? {
    let isConnectionFrame = header.opcode.isConnectionFrame
    guard header.flags.contains(.reply) != isConnectionFrame, !(isConnectionFrame && header.flags.contains(.error)),
      stateAllows(header.opcode)
    else { return WireError(.unexpectedState) }
    if let error = compressionFault(of: header) { return error }
    guard header.hasIDOfItsKind else { return WireError(.idOrder) }
    guard let call = pending[header.requestID], !isConnectionFrame else {
      return header.isWellFragmented ? nil : WireError(.fragmentOrder)
    }
    guard header.isWellFragmented, header.opcode == call.opcode else { return WireError(.fragmentOrder) }
    if header.flags.contains(.error) { return nil }
    guard header.flags.contains(.continuation) else { return call.reply == nil ? nil : WireError(.idOrder) }
    return call.reply?.isContinued(by: header) == true ? nil : WireError(.fragmentOrder)
  }

  private func stateAllows(_ opcode: Opcode) -> Bool {
    switch stage {
    case .welcomeWait: opcode == .welcome || opcode == .error
    case .authWait: opcode == .authOK || opcode == .error
    case .ready, .goingAway: ![.hello, .welcome, .cancel].contains(opcode)
    case .closed: false
    }
  }

  private func compressionFault(of header: FrameHeader) -> WireError? {
    header.compressionFault(
      isReady: welcome != nil, agreed: codec.compression,
      payloadRawBytesMax: welcome == nil ? limits.handshakePayloadBytesMax : limits.payloadRawBytesMax)
  }

  // MARK: Replies

  private mutating func acceptReply(_ header: FrameHeader, _ payload: ArraySlice<UInt8>, at now: Instant) {
    let isLast = header.flags.contains(.fin)
    guard var call = pending[header.requestID], !call.isWaiting else {
      if isLast { lateReplyCount += 1 }
      return
    }
    // Taken out, so that the bytes grow in place.
    pending[header.requestID]?.reply = nil
    var reply = call.reply ?? PartialMessage(first: header, at: now)
    call.reply = nil
    var refusal: WireError?
    do throws(WireError) {
      if call.isAbandoned || reply.isVoid {
        reply.isVoid = true
      } else if header.flags.contains(.error) {
        refusal = try decodeError(header, payload)
      } else {
        try grow(&reply, header, payload, bodyVersion: call.bodyVersion)
      }
    } catch {
      forget(&reply)
      if error.isFatal { return fail(error) }
      let isDamage = [.badPayloadCRC, .decompressFailed, .rawSizeMismatch].contains(error.code)
      if isDamage, payloadErrors.noteExceeds(at: now) { return fail(error) }
      finish(header.requestID, .failure(.invalid(error)))
      reply.isVoid = true
      call.stage = .abandoned(since: now)
      firstCallInstant = min(firstCallInstant, now.advanced(microseconds: limits.abandonedMicrosecondsMax))
    }
    if let refusal {
      forget(&reply)
      finish(header.requestID, .failure(.refused(refusal)))
      call.stage = .abandoned(since: now)
    }
    guard isLast else {
      call.reply = reply
      pending[header.requestID] = call
      return
    }
    pending[header.requestID] = nil
    if call.isAbandoned {
      lateReplyCount += reply.isVoid ? 1 : 0
    } else {
      unfinishedBytes -= reply.bytes.count
      finish(
        header.requestID,
        .success(
          ReplyMessage(
            body: reply.bytes[...], serverMicroseconds: reply.first.timeMicroseconds, epoch: Epoch(reply.first.epoch))))
    }
    credits += 1
    pump(at: now)
  }

  private mutating func grow(
    _ reply: inout PartialMessage, _ header: FrameHeader, _ payload: ArraySlice<UInt8>, bodyVersion: UInt16
  ) throws(WireError) {
    // A reply has the body version of its request.
    let refusal = header.bodyVersion == bodyVersion ? header.versionRefusal : WireError(.unknownBodyVersion)
    let room = min(limits.messageBytesMax - reply.bytes.count, limits.unfinishedBytesMax - unfinishedBytes)
    let raw = try codec.decodePayload(payload, of: header, refusal: refusal, room: room)
    unfinishedBytes += raw.count
    reply.bytes += raw
  }

  private mutating func decodeError(_ header: FrameHeader, _ payload: ArraySlice<UInt8>) throws(WireError) -> WireError
  {
    let body = try codec.decodePayload(payload, of: header, room: limits.handshakePayloadBytesMax)
    var error = try WireError(from: body)
    error.errorClass.remove(.fatal)
    return error
  }

  private mutating func forget(_ reply: inout PartialMessage) {
    unfinishedBytes -= reply.bytes.count
    reply.bytes = []
  }

  // MARK: Connection frames

  private mutating func acceptConnectionFrame(_ header: FrameHeader, _ payload: ArraySlice<UInt8>, at now: Instant) {
    do throws(WireError) {
      let isKnown = Opcode.names[header.opcode] != nil && ![.auth, .authOK].contains(header.opcode)
      // What else may come before READY was looked at before.
      let refusal = isKnown || welcome == nil ? header.versionRefusal : WireError(.unknownOpcode)
      let body = try codec.decodePayload(payload, of: header, refusal: refusal)
      if header.opcode == .welcome {
        return try accept(try Welcome(from: body, offered: hello.compressions), body, at: now)
      }
      if case .authWait(let welcome, let verifier, let transcript) = stage, header.opcode == .authOK {
        let answer = try AuthOK(from: body).answer
        return verifier.isAnswered(answer, transcript) ? becomeReady(welcome, at: now) : close(.impostor)
      }
      try acceptReady(header.opcode, body, at: now)
    } catch { fail(error) }
  }

  private mutating func accept(
    _ welcome: Welcome, _ body: ArraySlice<UInt8>, at now: Instant
  ) throws(WireError) {
    if hello.clusterID != .zero, welcome.clusterID != .zero, hello.clusterID != welcome.clusterID {
      throw WireError(.wrongCluster, fieldOffset: 4)
    }
    if let refusal = security?.refusal(ofServer: NodeIdentity(welcome), by: hello.role) { throw WireError(refusal) }
    guard welcome.authentication == Welcome.keyProof else { return becomeReady(welcome, at: now) }
    guard let key = configuration.key() else { return close(.keyless) }
    let transcript = KeyTranscript(
      hello: hello.body, welcome: Array(body), endPoint: security?.endPoint ?? KeyTranscript.plainLink)
    stage = .authWait(welcome, key.verifier, transcript)
    send(.auth, Auth(keyID: key.id, proof: key.proof(of: transcript)).body)
  }

  private mutating func becomeReady(_ welcome: Welcome, at now: Instant) {
    codec.compression = welcome.agreedCompression
    codec.accept(peerPayloadBytesMax: min(welcome.payloadWireBytesMax, welcome.payloadRawBytesMax))
    assembler.payloadWireBytesMax = limits.payloadWireBytesMax
    credits = UInt64(welcome.credits)
    stage = .ready(welcome)
    hearFromPeer(at: now)
    actions.append(.welcomed(welcome))
    for (requestID, call) in pending.sorted(by: { $0.key < $1.key }) {
      guard case .waiting(let request) = call.stage, request.body.byteCount > welcome.messageBytesMax else { continue }
      removeWaiting(requestID, request)
      finish(requestID, .failure(.invalid(.tooLong(welcome.messageBytesMax))))
    }
    pump(at: now)
  }

  private mutating func acceptReady(_ opcode: Opcode, _ body: ArraySlice<UInt8>, at now: Instant) throws(WireError) {
    switch opcode {
    case .ping:
      let ping = try Ping(from: body)
      if pings.noteExceeds(at: now) { return fail(WireError(.enhanceYourCalm)) }
      send(.pong, ping.body)
    case .pong: _ = try Ping(from: body)
    case .credit:
      credits = min(credits + UInt64(try Credit(from: body).count), UInt64(UInt32.max))
      pump(at: now)
    case .goAway: goAway(try GoAway(from: body))
    case .error: close(.refused(try WireError(from: body)))
    default: break
    }
  }

  private mutating func goAway(_ goAway: GoAway) {
    switch stage {
    case .ready(let welcome):
      stage = .goingAway(welcome, lastRequestID: goAway.lastRequestID)
      actions.append(.goingAway)
    case .goingAway(let welcome, let last):
      stage = .goingAway(welcome, lastRequestID: min(last, goAway.lastRequestID))
    case .welcomeWait, .authWait, .closed: return
    }
    for (requestID, call) in pending.sorted(by: { $0.key < $1.key })
    where call.isWaiting || requestID > goAway.lastRequestID {
      if case .waiting(let request) = call.stage { removeWaiting(requestID, request) }
      pending[requestID] = nil
      if !call.isAbandoned { finish(requestID, .failure(.connectionLost(.drained, notExecuted: true))) }
    }
  }
}

extension WireError {
  /// A message that is longer than its receiver takes.
  static func tooLong(_ byteCountMax: Int) -> WireError {
    WireError(
      .limitExceeded, message: "a message to this server has at most \(byteCountMax) bytes: ask for less at a time")
  }
}
