import Bytes
package import Wire

/// A frame that may break every rule: what is not set is what an honest sender would write.
package struct RawFrame: Sendable {
  package var opcode = Opcode.rank
  package var flags: FrameFlags = .fin
  package var id: UInt64 = 1
  package var microseconds: UInt32 = 1_000_000
  package var payload: [UInt8] = []
  package var raw: Int?
  package var length: UInt32?
  package var version: UInt8 = 1
  package var bodyVersion: UInt16 = 1
  package var damagesPayload = false
  package var damagesHeader = false

  package init(
    opcode: Opcode = .rank, flags: FrameFlags = .fin, id: UInt64 = 1, microseconds: UInt32 = 1_000_000,
    payload: [UInt8] = [], raw: Int? = nil, length: UInt32? = nil, version: UInt8 = 1, bodyVersion: UInt16 = 1,
    damagesPayload: Bool = false, damagesHeader: Bool = false
  ) {
    self.opcode = opcode
    self.flags = flags
    self.id = id
    self.microseconds = microseconds
    self.payload = payload
    self.raw = raw
    self.length = length
    self.version = version
    self.bodyVersion = bodyVersion
    self.damagesPayload = damagesPayload
    self.damagesHeader = damagesHeader
  }

  package var bytes: [UInt8] {
    var header = FrameHeader(
      opcode: opcode, flags: flags, requestID: opcode.isConnectionFrame && id == 1 ? 0 : id,
      timeMicroseconds: microseconds, payloadByteCount: payload.count, rawLength: raw ?? payload.count,
      payloadChecksum: CRC32C.checksum(payload) ^ (damagesPayload ? 1 : 0))
    header.wireVersion = version
    header.bodyVersion = bodyVersion
    if let length { header.length = length }
    var writer = ByteWriter()
    header.write(to: &writer)
    var bytes = writer.bytes
    if damagesHeader { bytes[39] ^= 0x80 }
    return bytes + payload
  }

  /// An honest HELLO.
  package static func hello(
    compression: Compression = .all, features: Features = Features(), change: (inout Hello) -> Void = { _ in }
  ) -> RawFrame {
    var hello = Hello(
      role: .client, nonce: [UInt8](repeating: 1, count: 32), payloadWireBytesMax: 1 << 20,
      payloadRawBytesMax: 4 << 20, compression: compression, program: "test 1", features: features)
    change(&hello)
    return RawFrame(opcode: .hello, payload: hello.body)
  }

  /// A request whose payload is an LZ4 block, or claims to be.
  package static func block(_ block: [UInt8], raw: Int, id: UInt64 = 1, filter: UInt8 = 0) -> RawFrame {
    RawFrame(opcode: .upsert, flags: FrameFlags([.fin, .lz4]).with(filter: filter), id: id, payload: block, raw: raw)
  }
}

extension [UInt8] {
  /// What frames say, one word each: `WELCOME`, `ERROR BAD_LENGTH`, `reply 3`, `3 UNKNOWN_OPCODE`.
  package func frameWords() -> [String] {
    var words: [String] = []
    var rest = self[...]
    while rest.count >= FrameHeader.byteCount, let header = try? FrameHeader(from: rest.prefix(40)) {
      let payload = rest.dropFirst(40).prefix(header.payloadByteCount)
      rest = rest.dropFirst(40 + header.payloadByteCount)
      let error = (try? WireError(from: payload))?.code.name ?? "?"
      if header.opcode == .error {
        words.append("ERROR \(error)")
      } else if header.opcode.isConnectionFrame {
        words.append(header.opcode.name)
      } else if header.flags.contains(.error) {
        words.append("\(header.requestID) \(error)")
      } else if header.flags.contains(.reply), header.flags.contains(.fin) {
        words.append("reply \(header.requestID)")
      }
    }
    return words + (rest.isEmpty ? [] : ["\(rest.count) bytes"])
  }
}
