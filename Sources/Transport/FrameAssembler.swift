package import Vocabulary
package import Wire

/// Turns the bytes of a connection, however they are split, into headers and whole frames, by steps 1 to 5 of the
/// order of checks. Holds only bytes that have arrived: nothing is reserved from a declared length.
package struct FrameAssembler: ~Copyable {
  /// The next event in the bytes so far.
  package enum Event {
    /// Nothing until more bytes arrive.
    case needsBytes
    /// A header that steps 1 to 5 believe; its payload may still be on the way.
    case header(FrameHeader)
    /// The frame whose header came before, with its payload as it stands on the wire.
    case frame(FrameHeader, ArraySlice<UInt8>)
    /// The connection is not to be believed any further.
    case fault(FrameFault)
  }

  private enum Expectation {
    case header
    case payload(FrameHeader)
    case nothing
  }

  /// Largest payload on the wire that a header may announce.
  package var payloadWireBytesMax: Int
  /// When the first byte of the unfinished frame arrived; `nil` between frames.
  package private(set) var frameStart: Instant?

  private var expectation = Expectation.header
  private var buffer: [UInt8] = []
  private var position = 0

  /// An assembler at the start of a connection.
  package init(payloadWireBytesMax: Int) { self.payloadWireBytesMax = payloadWireBytesMax }

  /// Bytes that are held for an unfinished frame.
  package var heldByteCount: Int { buffer.count - position }

  /// Whether the unfinished frame has shown its magic.
  package var hasSeenMagic: Bool {
    switch expectation {
    case .header: heldByteCount >= 6
    case .payload: true
    case .nothing: false
    }
  }

  /// Takes bytes that arrived.
  package mutating func append(_ bytes: [UInt8], at now: Instant) {
    if frameStart == nil, !bytes.isEmpty { frameStart = now }
    if buffer.isEmpty { buffer = bytes } else { buffer += bytes }
  }

  /// Reading goes on after a pause: the patience with an unfinished frame starts again.
  package mutating func restartPatience(at now: Instant) {
    if frameStart != nil { frameStart = now }
  }

  /// The next event; call again until it needs bytes.
  package mutating func next(at now: Instant) -> Event {
    switch expectation {
    case .header: return nextHeader()
    case .payload(let header): return nextFrame(header, at: now)
    case .nothing: return .needsBytes
    }
  }

  /// The kind of program that speaks, by the first bytes that are held.
  package var misdirection: Misdirection { Misdirection(firstBytes: buffer[position...]) }

  private mutating func nextHeader() -> Event {
    if heldByteCount >= 6, (buffer[position + 4], buffer[position + 5]) != FrameHeader.magic {
      return fault(.misdirected)
    }
    guard heldByteCount >= FrameHeader.byteCount else { return waiting() }
    let header: FrameHeader
    do throws(FrameFault) {
      header = try FrameHeader(from: buffer[position..<position + FrameHeader.byteCount])
    } catch { return fault(error) }
    guard header.payloadByteCount >= 0, header.payloadByteCount <= payloadWireBytesMax else {
      return fault(
        .refused(
          WireError(
            .badLength, message: "a length is 36 and the bytes of the payload, here at most \(payloadWireBytesMax)")))
    }
    position += FrameHeader.byteCount
    expectation = .payload(header)
    return .header(header)
  }

  private mutating func nextFrame(_ header: FrameHeader, at now: Instant) -> Event {
    guard heldByteCount >= header.payloadByteCount else { return waiting() }
    let payload = buffer[position..<position + header.payloadByteCount]
    position += header.payloadByteCount
    expectation = .header
    frameStart = heldByteCount > 0 ? now : nil
    return .frame(header, payload)
  }

  private mutating func fault(_ fault: FrameFault) -> Event {
    expectation = .nothing
    return .fault(fault)
  }

  /// Forgets what has been consumed, so that payloads handed out do not grow with what arrives next.
  private mutating func waiting() -> Event {
    if position > 0 {
      buffer = heldByteCount == 0 ? [] : Array(buffer[position...])
      position = 0
    }
    return .needsBytes
  }
}
