import Security
import Transport
import Vocabulary
import Wire

/// Feeds the bytes of a vector to the machine that it is for, whose surroundings are those of `vectors/README.md`.
struct VectorRun {
  let vector: Vector
  /// Opcodes of each role, by the table of the spec.
  let served: [Vector.Receiver: OpcodeSet]

  private static let now = Instant(nanoseconds: 1)
  private static let cluster = Bytes16([UInt8](hex: "00112233445566778899aabbccddeeff"))
  private static let nonce = [UInt8](repeating: 7, count: 32)

  /// What comes of bytes that arrive in pieces of at most `pieceBytes`.
  func outcome(of bytes: [UInt8], pieceBytes: Int = .max) throws -> VectorOutcome {
    let pieces = stride(from: 0, to: bytes.count, by: min(pieceBytes, max(1, bytes.count))).map { start in
      Array(bytes[start..<min(bytes.count, start + min(pieceBytes, bytes.count))])
    }
    return vector.role == .client ? try atClient(pieces, bytes) : try atServer(pieces)
  }

  private var compression: Compression { vector.agreesOnLZ4 ? .all : .none }

  private var features: Features { Features(vector.agreesOnEcho ? [.init(type: Features.echo)] : []) }

  // MARK: A server

  private func atServer(_ pieces: [[UInt8]]) throws -> VectorOutcome {
    var configuration = ServerConfiguration()
    if vector.startingState == .auth { configuration.access = NoKeys() }
    var machine = ServerExchange(
      configuration: configuration, served: served[vector.role] ?? [],
      memory: RequestMemory(byteCountMax: 1 << 30), at: Self.now)
    var outcome = VectorOutcome()
    if vector.startingState != .hello {
      let hello = Hello(
        role: vector.role == .shard ? .coordinator : .client, nonce: Self.nonce, payloadWireBytesMax: 4 << 20,
        payloadRawBytesMax: 4 << 20, compression: compression, program: "test", features: features)
      machine.received(Self.frame(.hello, hello.body), at: Self.now)
      try serve(&machine, &outcome)
    }
    if vector.startingState == .draining { machine.drain(at: Self.now) }
    for piece in pieces {
      machine.received(piece, at: Self.now)
      try serve(&machine, &outcome)
    }
    return outcome
  }

  private func serve(_ machine: inout ServerExchange, _ outcome: inout VectorOutcome) throws {
    var actions = machine.takeActions()
    while !actions.isEmpty {
      for action in actions {
        switch action {
        case .greet:
          let role: NodeRole = vector.role == .shard ? .shard : .coordinator
          let identity = NodeIdentity(role: role, clusterID: Self.cluster ?? .zero, epoch: Epoch(7))
          machine.welcomed(by: identity, nonce: Self.nonce, at: Self.now)
        case .dispatch(let request):
          let header = FrameHeader(
            opcode: request.opcode, flags: [], bodyVersion: request.bodyVersion, requestID: request.requestID,
            payloadByteCount: 0, rawLength: 0, payloadChecksum: 0)
          do throws(WireError) {
            _ = try ReceivedMessage(header: header, body: Array(request.body)).decoded()
          } catch {
            machine.finished(request.requestID, .failure(error), epoch: Epoch(7), at: Self.now)
          }
        case .send(let frame): try note(frame, in: &outcome)
        case .close(let reason), .abort(let reason): note(reason, in: &outcome)
        case .cancel, .pauseReading, .resumeReading: break
        }
      }
      actions = machine.takeActions()
    }
  }

  // MARK: A client

  private func atClient(_ pieces: [[UInt8]], _ bytes: [UInt8]) throws -> VectorOutcome {
    var configuration = ClientConfiguration(identity: NodeIdentity(role: .client))
    configuration.limits.payloadWireBytesMax = 4 << 20
    if vector.startingState == .auth { configuration.key = { ClientKey(id: "test", secret: Self.nonce) } }
    var machine = ClientExchange(configuration: configuration, nonce: Self.nonce, noise: 0, at: Self.now)
    var outcome = VectorOutcome()
    if vector.startingState != .hello {
      var welcome = Welcome(
        role: .coordinator, compression: vector.agreesOnLZ4 ? 1 : 0, clusterID: Self.cluster ?? .zero,
        incarnation: .zero, nonce: Self.nonce, payloadWireBytesMax: 1 << 20, payloadRawBytesMax: 4 << 20,
        messageBytesMax: 16 << 20, credits: 256, epoch: 7, idleMilliseconds: 10_000, filters: [1, 2], program: "test",
        features: features)
      if vector.startingState == .auth { welcome.authentication = Welcome.keyProof }
      machine.received(Self.frame(.welcome, welcome.body), at: Self.now)
      let firsts = Self.firstHeaders(in: bytes)
      for requestID in stride(from: 1, through: firsts.keys.max() ?? 0, by: 2) {
        let body = MessageBody([], version: firsts[requestID]?.bodyVersion ?? FrameHeader.bodyVersion)
        let request = OutboundRequest(
          firsts[requestID]?.opcode ?? .status, body: body, deadline: Self.now.advanced(microseconds: 60_000_000))
        _ = try machine.called(request, at: Self.now)
      }
      _ = machine.takeActions()
    }
    for piece in pieces {
      machine.received(piece, at: Self.now)
      for action in machine.takeActions() { try note(action, Self.firstHeaders(in: bytes), in: &outcome) }
    }
    return outcome
  }

  private func note(
    _ action: ClientExchange.Action, _ firsts: [UInt64: FrameHeader], in outcome: inout VectorOutcome
  ) throws {
    switch action {
    case .send(let frame): try note(frame, in: &outcome)
    case .close(let reason), .abort(let reason): note(reason, in: &outcome)
    case .finish(_, .failure(.invalid(let error))): outcome.note(error)
    case .finish(let requestID, .success(let reply)):
      let header = FrameHeader(
        opcode: firsts[requestID]?.opcode ?? .status, flags: .reply,
        bodyVersion: firsts[requestID]?.bodyVersion ?? FrameHeader.bodyVersion, requestID: requestID,
        payloadByteCount: 0, rawLength: 0, payloadChecksum: 0)
      do throws(WireError) {
        _ = try ReceivedMessage(header: header, body: Array(reply.body)).decoded()
      } catch { outcome.note(error) }
    case .finish, .welcomed, .goingAway: break
    }
  }

  // MARK: Frames

  /// An ERROR that leaves counts; every other frame is what an accepted one is answered with.
  private func note(_ frame: [UInt8], in outcome: inout VectorOutcome) throws {
    let header = try FrameHeader(from: frame[..<FrameHeader.byteCount])
    guard header.opcode == .error || header.flags.contains(.error) else { return }
    outcome.note(try WireError(from: frame[FrameHeader.byteCount...]))
  }

  private func note(_ reason: CloseReason, in outcome: inout VectorOutcome) {
    switch reason {
    case .misdirected:
      outcome.errors.append("CLOSE")
      outcome.isClosed = true
    case .failed: outcome.isClosed = true
    // The peer said goodbye: that is an accepted frame.
    default: break
    }
  }

  private static func frame(_ opcode: Opcode, _ body: [UInt8]) -> [UInt8] {
    var codec = FrameCodec()
    return Array(codec.encode(opcode, requestID: 0, body: MessageBody(body)).joined())
  }

  /// The header of the first frame of each request id.
  private static func firstHeaders(in bytes: [UInt8]) -> [UInt64: FrameHeader] {
    var assembler = FrameAssembler(payloadWireBytesMax: 4 << 20)
    var firsts: [UInt64: FrameHeader] = [:]
    assembler.append(bytes, at: now)
    while true {
      switch assembler.next(at: now) {
      case .header(let header) where header.requestID % 2 == 1 && header.requestID < 100:
        if firsts[header.requestID] == nil { firsts[header.requestID] = header }
      case .needsBytes, .fault: return firsts
      case .header, .frame: break
      }
    }
  }
}

/// A server that asks for a key and knows none: it decodes a proof, and refuses it later than at this instant.
private struct NoKeys: AccessRule {
  func grant(ofKey id: String) -> KeyGrant? { nil }

  func verifier(ofKey id: String) -> KeyVerifier { KeyVerifier(decoyOf: id, secret: []) }
}
