import Bytes
import Support
import Transport
import Vocabulary
import Wire

/// A frame that may break every rule: what is not set is what an honest sender would write.
struct RawFrame {
  var opcode = Opcode.rank
  var flags: FrameFlags = .fin
  var id: UInt64 = 1
  var microseconds: UInt32 = 1_000_000
  var payload: [UInt8] = []
  var raw: Int?
  var length: UInt32?
  var version: UInt8 = 1
  var bodyVersion: UInt16 = 1
  var damagesPayload = false
  var damagesHeader = false

  var bytes: [UInt8] {
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
  static func hello(
    compression: Compression = .all, features: Features = Features(), change: (inout Hello) -> Void = { _ in }
  ) -> RawFrame {
    var hello = Hello(
      role: .client, nonce: [UInt8](repeating: 1, count: 32), payloadWireBytesMax: 1 << 20,
      payloadRawBytesMax: 4 << 20, compression: compression, program: "test 1", features: features)
    change(&hello)
    return RawFrame(opcode: .hello, payload: hello.body)
  }

  /// A request whose payload is an LZ4 block, or claims to be.
  static func block(_ block: [UInt8], raw: Int, id: UInt64 = 1, filter: UInt8 = 0) -> RawFrame {
    RawFrame(opcode: .upsert, flags: FrameFlags([.fin, .lz4]).with(filter: filter), id: id, payload: block, raw: raw)
  }
}

extension [UInt8] {
  /// What frames say, one word each: `WELCOME`, `ERROR BAD_LENGTH`, `reply 3`, `3 UNKNOWN_OPCODE`.
  func frameWords() -> [String] {
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
