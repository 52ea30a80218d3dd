import Wire

extension FrameHeader {
  /// Steps 7 and 8 of the order of checks: what LZ4 and raw length may say.
  ///
  /// - Returns: the error of the first that fails, which is fatal.
  func compressionFault(isReady: Bool, agreed: Compression, payloadRawBytesMax: Int) -> WireError? {
    guard flags.contains(.lz4) else {
      return rawLength == payloadByteCount
        ? nil : WireError(.badLength, message: "without LZ4 the raw length is the length of the payload")
    }
    if opcode.isConnectionFrame || flags.contains(.error) || !isReady { return WireError(.unexpectedState) }
    if !agreed.lz4 { return WireError(.compressionNotNegotiated) }
    if payloadByteCount == 0 { return WireError(.rawSizeMismatch).fatal }
    let mostBytes = min(payloadRawBytesMax, 255 * payloadByteCount)
    return (1...mostBytes).contains(Int(rawLength))
      ? nil : WireError(.badLength, message: "the raw length of this payload is 1 to \(mostBytes)")
  }

  /// Step 9 without the order of ids: 0 exactly for connection frames, odd otherwise.
  var hasIDOfItsKind: Bool { opcode.isConnectionFrame ? requestID == 0 : requestID % 2 == 1 }

  /// The part of step 10 that needs no memory: connection frames and errors are whole, only a last fragment is empty.
  var isWellFragmented: Bool {
    let isWhole = flags.contains(.fin) && !flags.contains(.continuation)
    if opcode.isConnectionFrame || flags.contains(.error) { return isWhole }
    return payloadByteCount > 0 || flags.contains(.fin)
  }
}
