import Bytes
package import Vocabulary

/// Turns messages into frames and payloads back into bytes, for one connection, and counts both.
package struct FrameCodec: Sendable {
  /// The compression in use.
  package var compression: Compression
  /// Most raw bytes of a fragment that leaves, a multiple of 8.
  package private(set) var fragmentBytesMax: Int
  /// Tells how long compression takes; `nil`: that is not measured.
  package var clock: (any MonotonicClock)?
  /// Traffic so far.
  package private(set) var traffic = Traffic()

  /// Fragments below this many raw bytes are not tried.
  package static let compressionFloor = 512
  /// Messages below this many raw bytes travel in one frame.
  package static let singleFrameBytesMax = 4096

  /// A codec for a peer that accepts payloads of `peerPayloadBytesMax` bytes on the wire and raw.
  package init(compression: Compression = .none, peerPayloadBytesMax: Int = Limits.handshakeFrameBytesMax) {
    self.compression = compression
    fragmentBytesMax = 0
    accept(peerPayloadBytesMax: peerPayloadBytesMax)
  }

  /// Takes over what the handshake says about the peer's largest payload.
  package mutating func accept(peerPayloadBytesMax: Int) {
    fragmentBytesMax = max(8, min(peerPayloadBytesMax, Limits.fragmentBytes) & ~7)
  }

  /// The frames of one message, in order.
  ///
  /// - Parameter flags: Any of `reply`, `error`, `retry`; the codec adds the rest.
  /// - Complexity: O(bytes), one copy.
  package mutating func encode(
    _ opcode: Opcode, flags: FrameFlags = [], requestID: UInt64, timeMicroseconds: UInt32 = 0, epoch: UInt32 = 0,
    body: MessageBody
  ) -> [[UInt8]] {
    let sections = FrameCodec.merged(body)
    var frames: [[UInt8]] = []
    let fragmentCount = sections.reduce(0) { $0 + ($1.bytes.count + fragmentBytesMax - 1) / fragmentBytesMax }
    let mayCompress = compression.lz4 && !opcode.isConnectionFrame && !flags.contains(.error)
    for section in sections {
      var start = 0
      while start < section.bytes.count {
        let end = min(start + fragmentBytesMax, section.bytes.count)
        var fragmentFlags = flags
        if !frames.isEmpty { fragmentFlags.insert(.continuation) }
        if frames.count + 1 == fragmentCount { fragmentFlags.insert(.fin) }
        frames.append(
          frame(
            opcode, fragmentFlags, body.version, requestID, timeMicroseconds, epoch, section.bytes[start..<end],
            mayCompress ? section.hint : .raw))
        start = end
      }
    }
    if frames.isEmpty {
      frames.append(
        frame(opcode, flags.union(.fin), body.version, requestID, timeMicroseconds, epoch, [], .raw))
    }
    return frames
  }

  /// One section in place of many when the whole body is small: a second header would cost more than it saves.
  private static func merged(_ body: MessageBody) -> [Section] {
    guard body.sections.count > 1, body.byteCount < singleFrameBytesMax else { return body.sections }
    let hint: SectionHint =
      if body.sections.allSatisfy({ $0.hint == .columns || $0.bytes.isEmpty }) {
        .columns
      } else if body.sections.allSatisfy({ $0.hint == .raw || $0.bytes.isEmpty }) {
        .raw
      } else {
        .plain
      }
    return [Section(hint, body.bytes)]
  }

  private mutating func frame(
    _ opcode: Opcode, _ flags: FrameFlags, _ bodyVersion: UInt16, _ requestID: UInt64, _ timeMicroseconds: UInt32,
    _ epoch: UInt32, _ raw: ArraySlice<UInt8>, _ hint: SectionHint
  ) -> [UInt8] {
    var flags = flags
    var block: [UInt8]?
    if hint != .raw, raw.count >= FrameCodec.compressionFloor {
      let shuffles = hint == .columns && compression.shuffle8
      let start = clock?.now()
      defer { traffic.compressionNanoseconds &+= nanoseconds(since: start) }
      block = shuffles ? LZ4Block.compress(ByteShuffle.shuffle(raw, width: 8)) : LZ4Block.compress(raw)
      if block != nil { flags = flags.union(.lz4).with(filter: shuffles ? 2 : 0) }
    }
    let wire = block.map { $0[...] } ?? raw
    let header = FrameHeader(
      opcode: opcode, flags: flags, bodyVersion: bodyVersion, requestID: requestID,
      timeMicroseconds: timeMicroseconds, epoch: epoch, payloadByteCount: wire.count, rawLength: raw.count,
      payloadChecksum: CRC32C.checksum(wire))
    var writer = ByteWriter(reservingCapacity: FrameHeader.byteCount + wire.count)
    header.write(to: &writer)
    writer.write(bytes: wire)
    traffic.framesOut &+= 1
    traffic.wireBytesOut &+= UInt64(writer.count - FrameHeader.byteCount)
    traffic.rawBytesOut &+= UInt64(raw.count)
    return writer.bytes
  }

  private func nanoseconds(since start: Instant?) -> UInt64 {
    guard let start, let clock else { return 0 }
    return clock.now().nanoseconds &- start.nanoseconds
  }

  /// The raw bytes of a payload, by steps 12 to 18 of the order of checks.
  ///
  /// - Parameters:
  ///   - refusal: What the receiver has against this frame by its header (steps 13 and 14); thrown once the checksum holds.
  ///   - room: Raw bytes that the message may still grow by (step 16).
  /// - Throws: the error of the first step that fails. LIMIT_EXCEEDED comes with FATAL.
  package mutating func decodePayload(
    _ payload: ArraySlice<UInt8>, of header: FrameHeader, refusal: WireError? = nil, room: Int = .max
  ) throws(WireError) -> ArraySlice<UInt8> {
    traffic.framesIn &+= 1
    traffic.wireBytesIn &+= UInt64(payload.count)
    traffic.rawBytesIn &+= UInt64(header.rawLength)
    guard CRC32C.checksum(payload) == header.payloadChecksum else { throw WireError(.badPayloadCRC) }
    if let refusal { throw refusal }
    let width = try FrameCodec.filterWidth(of: header)
    guard Int(header.rawLength) <= room else { throw WireError(.limitExceeded).fatal }
    guard header.flags.contains(.lz4) else { return payload }
    let start = clock?.now()
    defer { traffic.decompressionNanoseconds &+= nanoseconds(since: start) }
    let raw = try FrameCodec.decompress(payload, rawCount: Int(header.rawLength))
    guard let width, let values = try? ByteShuffle.unshuffle(raw, width: width) else { return raw[...] }
    return values[...]
  }

  /// The width of a header's filter, by step 15; `nil` for none.
  private static func filterWidth(of header: FrameHeader) throws(WireError) -> Int? {
    guard header.flags.filter != 0 else { return nil }
    guard let width = Compression.width(filter: header.flags.filter), header.flags.contains(.lz4),
      Int(header.rawLength) % width == 0
    else { throw WireError(.malformedBody) }
    return width
  }

  private static func decompress(_ block: ArraySlice<UInt8>, rawCount: Int) throws(WireError) -> [UInt8] {
    do throws(LZ4Error) { return try LZ4Block.decompress(block, rawCount: rawCount) } catch {
      throw WireError(error == .failed ? .decompressFailed : .rawSizeMismatch)
    }
  }
}
