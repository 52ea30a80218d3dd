import Bytes
import Vocabulary
import Wire

/// Takes frames apart in the order of checks of `proto-spec/01-framing.md` and says at which step one fails.
struct FrameReader {
  /// The first check that a frame does not pass.
  struct Fault: Equatable {
    /// Of the table in the spec; 0: the bytes end too early to tell.
    let step: Int
    let what: String
    /// From the start of the input.
    let byte: Int
  }

  /// A frame, as far as it can be believed.
  struct Frame: Equatable {
    /// From the start of the input.
    let start: Int
    var header: [FieldTree] = []
    var body: FieldTree?
    var fault: Fault?
  }

  private struct Unfinished {
    let header: FrameHeader
    var bytes: [UInt8]
  }

  private let bytes: [UInt8]
  private var position = 0
  private var unfinished: [UInt64: Unfinished] = [:]
  /// Messages of which a fragment has failed; a receiver drops the rest of them.
  private var failed: Set<UInt64> = []

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The next frame; `nil` at the end. Behind a frame whose length is not to be believed there is no next one.
  mutating func next() -> Frame? {
    guard position < bytes.count else { return nil }
    var frame = Frame(start: position)
    let left = bytes[position...]
    guard left.count >= 6 else {
      position = bytes.count
      frame.fault = Fault(step: 0, what: "\(left.count) bytes, a header has 40", byte: frame.start)
      return frame
    }
    guard (left[frame.start + 4], left[frame.start + 5]) == FrameHeader.magic else {
      position = bytes.count
      frame.fault = Fault(
        step: 1,
        what: "bytes 4 and 5 are \(ContentHash.hexadecimal(left.dropFirst(4).prefix(2))), not f5a7: not a frame",
        byte: frame.start + 4)
      return frame
    }
    guard left.count >= FrameHeader.byteCount else {
      position = bytes.count
      frame.fault = Fault(step: 0, what: "\(left.count) bytes, a header has 40", byte: frame.start)
      return frame
    }
    let headerBytes = left.prefix(FrameHeader.byteCount)
    frame.header = Self.fields(headerBytes)
    let header: FrameHeader
    do throws(FrameFault) { header = try FrameHeader(from: headerBytes) } catch {
      position = bytes.count
      frame.fault = Self.fault(error, at: frame.start)
      return frame
    }
    guard (0...Limits.frameWireBytesMax).contains(header.payloadByteCount) else {
      position = bytes.count
      frame.fault = Fault(step: 5, what: "BAD_LENGTH, fatal: a length of \(header.length)", byte: frame.start)
      return frame
    }
    let payloadStart = frame.start + FrameHeader.byteCount
    let payload = left.dropFirst(FrameHeader.byteCount).prefix(header.payloadByteCount)
    position = payloadStart + payload.count
    guard payload.count == header.payloadByteCount else {
      frame.fault = Fault(
        step: 0, what: "the payload has \(payload.count) of \(header.payloadByteCount) bytes", byte: payloadStart)
      return frame
    }
    read(payload, header, &frame, payloadStart)
    return frame
  }

  private mutating func read(
    _ payload: ArraySlice<UInt8>, _ header: FrameHeader, _ frame: inout Frame, _ payloadStart: Int
  ) {
    if let fault = Self.shapeFault(header, at: frame.start) {
      frame.fault = fault
      return
    }
    if header.flags.contains(.continuation), failed.contains(header.requestID) {
      frame.header.append(FieldTree("fragment", "dropped: its message has failed"))
      return
    }
    if let fault = orderFault(header, at: frame.start) {
      frame.fault = fault
      return
    }
    var codec = FrameCodec(compression: .all, peerPayloadBytesMax: Limits.frameRawBytesMax)
    let raw: ArraySlice<UInt8>
    do throws(WireError) { raw = try codec.decodePayload(payload, of: header) } catch {
      unfinished[header.requestID] = nil
      failed.insert(header.requestID)
      let step: Int =
        switch error.code {
        case .badPayloadCRC: 12
        case .malformedBody: 15
        case .decompressFailed: 17
        default: 18
        }
      frame.fault = Fault(step: step, what: error.code.name, byte: step == 12 ? frame.start + 32 : payloadStart)
      return
    }
    if header.flags.contains(.lz4) {
      frame.header.append(
        FieldTree("decompressed", "\(payload.count) to \(raw.count) bytes, filter \(header.flags.filter)"))
    }
    var whole = unfinished.removeValue(forKey: header.requestID) ?? Unfinished(header: header, bytes: [])
    if header.flags.contains(.error) { whole.bytes = [] }
    whole.bytes += raw
    guard header.flags.contains(.fin) else {
      unfinished[header.requestID] = whole
      frame.header.append(FieldTree("fragment", "\(raw.count) bytes, \(whole.bytes.count) so far; more to come"))
      return
    }
    guard header.versionRefusal == nil else {
      frame.fault = Fault(step: 14, what: "UNKNOWN_BODY_VERSION", byte: frame.start + 10)
      return
    }
    do throws(WireError) { frame.body = try Self.body(header, whole.bytes) } catch {
      let isOpcode = error.code == .unknownOpcode
      let place = error.fieldOffset.map { ", byte \($0) of the body" } ?? ""
      // A field of a message in fragments, or of a compressed one, has no place of its own in the input.
      let isPlain = whole.bytes.count == payload.count && !header.flags.contains(.lz4)
      frame.fault = Fault(
        step: isOpcode ? 13 : 20, what: error.code.name + place,
        byte: isOpcode ? frame.start + 7 : payloadStart + (isPlain ? Int(error.fieldOffset ?? 0) : 0))
    }
  }

  /// The fields of a whole message.
  private static func body(_ header: FrameHeader, _ bytes: [UInt8]) throws(WireError) -> FieldTree {
    let message = try Messages.read(header, bytes)
    let label =
      if message is WireError {
        "body: an error"
      } else if header.opcode.isConnectionFrame {
        "body"
      } else {
        header.flags.contains(.reply) ? "body of the reply" : "body of the request"
      }
    return FieldTree(label, FieldSheet(of: message, version: header.bodyVersion))
  }

  /// Steps 7 to 9 and the part of 10 that one frame shows.
  private static func shapeFault(_ header: FrameHeader, at start: Int) -> Fault? {
    let isLZ4 = header.flags.contains(.lz4)
    let isWhole = header.flags.contains(.fin) && !header.flags.contains(.continuation)
    if isLZ4, header.opcode.isConnectionFrame || header.flags.contains(.error) {
      return Fault(step: 7, what: "UNEXPECTED_STATE, fatal: LZ4 where it may not be", byte: start + 8)
    }
    if isLZ4, header.payloadByteCount == 0 {
      return Fault(step: 7, what: "RAW_SIZE_MISMATCH, fatal: LZ4 of nothing", byte: start)
    }
    if isLZ4, !(1...min(Limits.frameRawBytesMax, 255 * header.payloadByteCount)).contains(Int(header.rawLength)) {
      return Fault(step: 7, what: "BAD_LENGTH, fatal: a raw length that no such block has", byte: start + 12)
    }
    if !isLZ4, Int(header.rawLength) != header.payloadByteCount {
      return Fault(step: 8, what: "BAD_LENGTH, fatal: raw length differs from the payload's", byte: start + 12)
    }
    if header.opcode.isConnectionFrame ? header.requestID != 0 : header.requestID % 2 == 0 {
      return Fault(step: 9, what: "ID_ORDER, fatal: 0 is for connection frames, odd for the rest", byte: start + 16)
    }
    if (header.opcode.isConnectionFrame || header.flags.contains(.error)) && !isWhole
      || header.payloadByteCount == 0 && !header.flags.contains(.fin)
    {
      return Fault(step: 10, what: "FRAGMENT_ORDER, fatal: a frame that may not be a fragment", byte: start + 8)
    }
    return nil
  }

  /// The part of step 10 that looks at the frames before.
  private func orderFault(_ header: FrameHeader, at start: Int) -> Fault? {
    let before = unfinished[header.requestID]?.header
    if header.flags.contains(.continuation) {
      guard let before else {
        return Fault(step: 10, what: "FRAGMENT_ORDER, fatal: no message of this id has begun", byte: start + 8)
      }
      guard before.opcode == header.opcode, before.bodyVersion == header.bodyVersion else {
        return Fault(step: 10, what: "FRAGMENT_ORDER, fatal: another message than the one begun", byte: start + 7)
      }
    } else if before != nil, !header.flags.contains(.error) {
      return Fault(step: 10, what: "ID_ORDER, fatal: the message of this id is not finished", byte: start + 16)
    }
    return nil
  }

  private static func fault(_ fault: FrameFault, at start: Int) -> Fault {
    guard case .refused(let error) = fault else { return Fault(step: 1, what: "not a frame", byte: start + 4) }
    switch error.code {
    case .badHeaderCRC:
      return Fault(step: 2, what: "BAD_HEADER_CRC, fatal: the header is damaged", byte: start + 36)
    case .unsupportedVersion: return Fault(step: 3, what: "UNSUPPORTED_VERSION, fatal", byte: start + 6)
    default: return Fault(step: 4, what: "RESERVED_BITS, fatal: flag bits 6 and 7 must be clear", byte: start + 8)
    }
  }

  /// The header's fields as they stand, believed or not.
  private static func fields(_ bytes: ArraySlice<UInt8>) -> [FieldTree] {
    var reader = ByteReader(bytes)
    var numbers: [UInt64] = []
    for size in [4, 2, 1, 1, 2, 2, 4, 8, 4, 4, 4, 4] {
      guard let raw = try? reader.readBytes(size) else { return [] }
      numbers.append(raw.reversed().reduce(0) { $0 << 8 | UInt64($1) })
    }
    let opcode = Opcode(rawValue: UInt8(truncatingIfNeeded: numbers[3]))
    let flags = FrameFlags(rawValue: UInt16(truncatingIfNeeded: numbers[4]))
    return [
      FieldTree("length", "\(numbers[0]): \(Int(numbers[0]) - FrameHeader.countedByteCount) bytes of payload"),
      FieldTree("magic", "f5a7"), FieldTree("wire version", "\(numbers[2])"),
      FieldTree("opcode", "\(hexadecimal(numbers[3], 2)) \(opcode.name)"),
      FieldTree("flags", "\(hexadecimal(numbers[4], 4)) \(flags.words)".trimmingEnd()),
      FieldTree("body version", "\(numbers[5])"), FieldTree("raw length", "\(numbers[6])"),
      FieldTree("request id", "\(numbers[7])"), FieldTree("time", "\(numbers[8]) µs"),
      FieldTree("epoch", "\(numbers[9])"), FieldTree("payload CRC32C", hexadecimal(numbers[10], 8)),
      FieldTree("header CRC32C", hexadecimal(numbers[11], 8)),
    ]
  }

  private static func hexadecimal(_ value: UInt64, _ digits: Int) -> String {
    let text = String(value, radix: 16)
    return "0x" + String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}

extension FrameFlags {
  /// The names of the bits that are set.
  fileprivate var words: String {
    let names: [(FrameFlags, String)] = [
      (.lz4, "LZ4"), (.fin, "FIN"), (.reply, "REPLY"), (.error, "ERROR"), (.retry, "RETRY"), (.continuation, "CONT"),
    ]
    var words = names.filter { contains($0.0) }.map(\.1)
    if filter != 0 { words.append("filter \(filter)") }
    if !isDisjoint(with: .reservedCritical) { words.append("reserved, critical") }
    if !isDisjoint(with: .reservedIgnorable) { words.append("reserved, ignorable") }
    return words.joined(separator: " ")
  }
}
