package import Bytes

/// The 40 bytes that start every frame.
package struct FrameHeader: Hashable, Sendable {
  /// Bytes of a header.
  package static let byteCount = 40
  /// Bytes of the header that the length field counts.
  package static let countedByteCount = 36
  /// Bytes 4 and 5 of every frame.
  package static let magic: (UInt8, UInt8) = (0xF5, 0xA7)
  /// The wire version that this program speaks.
  package static let wireVersion: UInt8 = 1
  /// The first body version of every message, and the only one of most; `Opcode.bodyVersions` says which have more.
  package static let bodyVersion: UInt16 = 1

  /// Bytes after the length field: 36 and the payload on the wire.
  package var length: UInt32
  package var wireVersion: UInt8 = FrameHeader.wireVersion
  package var opcode: Opcode
  package var flags: FrameFlags
  package var bodyVersion: UInt16 = FrameHeader.bodyVersion
  /// Payload bytes after decompression.
  package var rawLength: UInt32
  package var requestID: UInt64
  /// Request: microseconds left to answer; reply: microseconds that the server spent.
  package var timeMicroseconds: UInt32
  package var epoch: UInt32
  /// CRC32C of the payload on the wire.
  package var payloadChecksum: UInt32

  /// A header for a payload of `payloadByteCount` bytes on the wire.
  ///
  /// - Precondition: the payload fits a u32 with its 36 bytes of header.
  package init(
    opcode: Opcode, flags: FrameFlags, bodyVersion: UInt16 = FrameHeader.bodyVersion, requestID: UInt64,
    timeMicroseconds: UInt32 = 0, epoch: UInt32 = 0, payloadByteCount: Int, rawLength: Int, payloadChecksum: UInt32
  ) {
    length = UInt32(payloadByteCount + FrameHeader.countedByteCount)
    self.opcode = opcode
    self.flags = flags
    self.bodyVersion = bodyVersion
    self.rawLength = UInt32(rawLength)
    self.requestID = requestID
    self.timeMicroseconds = timeMicroseconds
    self.epoch = epoch
    self.payloadChecksum = payloadChecksum
  }

  /// Payload bytes on the wire; negative if the length field is below its floor.
  package var payloadByteCount: Int { Int(length) - FrameHeader.countedByteCount }

  /// The refusal of a body version by a receiver that knows the opcode (step 14); `nil` if it takes the version.
  package var versionRefusal: WireError? {
    opcode.bodyVersions.contains(bodyVersion) ? nil : WireError(.unknownBodyVersion)
  }

  /// Reads a header by steps 1 to 4 of the order of checks: magic, header checksum, version, critical bits.
  ///
  /// - Throws: `FrameFault.misdirected` for a wrong magic, else the error of the step that failed.
  /// - Precondition: 40 bytes.
  package init(from bytes: ArraySlice<UInt8>) throws(FrameFault) {
    precondition(bytes.count == FrameHeader.byteCount, "a header has 40 bytes")
    let start = bytes.startIndex
    guard bytes[start + 4] == FrameHeader.magic.0, bytes[start + 5] == FrameHeader.magic.1 else { throw .misdirected }
    // By hand, not by a cursor: this runs for every frame.
    let word = { (offset: Int) -> UInt32 in
      let at = start + offset
      return UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2]) << 16 | UInt32(bytes[at + 3]) << 24
    }
    length = word(0)
    wireVersion = bytes[start + 6]
    opcode = Opcode(rawValue: bytes[start + 7])
    let flagsAndVersion = word(8)
    flags = FrameFlags(rawValue: UInt16(truncatingIfNeeded: flagsAndVersion))
    bodyVersion = UInt16(truncatingIfNeeded: flagsAndVersion >> 16)
    rawLength = word(12)
    requestID = UInt64(word(16)) | UInt64(word(20)) << 32
    timeMicroseconds = word(24)
    epoch = word(28)
    payloadChecksum = word(32)
    let checksum = word(36)
    guard checksum == CRC32C.checksum(bytes.prefix(FrameHeader.countedByteCount)) else {
      throw .refused(WireError(.badHeaderCRC))
    }
    guard wireVersion == FrameHeader.wireVersion else {
      throw .refused(WireError(.unsupportedVersion, message: "[1,1]: frame of another version"))
    }
    guard flags.isDisjoint(with: .reservedCritical) else { throw .refused(WireError(.reservedBits)) }
  }

  /// Appends the 40 bytes, with the header's checksum.
  package func write(to writer: inout ByteWriter) {
    let start = writer.count
    writer.write(length)
    writer.write(FrameHeader.magic.0)
    writer.write(FrameHeader.magic.1)
    writer.write(wireVersion)
    writer.write(opcode.rawValue)
    writer.write(flags.rawValue)
    writer.write(bodyVersion)
    writer.write(rawLength)
    writer.write(requestID)
    writer.write(timeMicroseconds)
    writer.write(epoch)
    writer.write(payloadChecksum)
    writer.write(CRC32C.checksum(writer.bytes[start...]))
  }
}

/// Why the start of a frame is not believed.
package enum FrameFault: Error, Equatable, Sendable {
  /// Not our magic: close without a reply.
  case misdirected
  /// Answer this and close.
  case refused(WireError)
}
