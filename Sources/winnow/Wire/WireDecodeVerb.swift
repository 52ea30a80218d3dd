import Arguments
import JSON
import Storage

/// `winnow wire decode`: takes frames apart, field by field.
enum WireDecodeVerb {
  static let frames = Positional.repeated("FRAMES", .string, "Digits, a file, or - for standard input.")

  static let verb = Verb(
    command: Command(
      name: "decode", summary: "Take frames apart, field by field",
      details: """
        The frames are given as hexadecimal digits, as a file or on standard input (-); a file may hold digits or the \
        bytes themselves. A frame that no receiver would accept is shown as far as it can be believed, with the step of \
        proto-spec/01-framing.md that fails; exit code 1 then.
        """, positionals: [frames]),
    run: run)

  private static let bytesMax = 64 << 20

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    var bytes: [UInt8] = []
    for argument in session[Self.frames] { bytes += try input(argument) }
    guard !bytes.isEmpty else { throw Failure(.failed, "there are no bytes") }
    let frames = frames(bytes)
    session.print(.object([("frames", .list(frames.map(json)))]), human: text(frames))
    return frames.allSatisfy { $0.fault == nil } ? .ok : .failed
  }

  /// All frames of some bytes.
  static func frames(_ bytes: [UInt8]) -> [FrameReader.Frame] {
    var reader = FrameReader(bytes)
    var frames: [FrameReader.Frame] = []
    while let frame = reader.next() { frames.append(frame) }
    return frames
  }

  private static func input(_ argument: String) throws(Failure) -> [UInt8] {
    if argument != "-", let bytes = digits(Array(argument.utf8)) { return bytes }
    let bytes = try ByteSource(argument).all(limit: bytesMax)
    return digits(bytes) ?? bytes
  }

  /// The bytes that hexadecimal digits stand for, blanks aside; `nil` if there is anything else.
  static func digits(_ text: [UInt8]) -> [UInt8]? {
    var bytes: [UInt8] = []
    var high: UInt8?
    for character in text {
      let value: UInt8
      switch character {
      case 0x30...0x39: value = character - 0x30
      case 0x41...0x46: value = character - 0x41 + 10
      case 0x61...0x66: value = character - 0x61 + 10
      case 0x20, 0x09, 0x0A, 0x0D: continue
      default: return nil
      }
      if let first = high {
        bytes.append(first << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    return high == nil && !bytes.isEmpty ? bytes : nil
  }

  static func text(_ frames: [FrameReader.Frame]) -> String {
    var lines: [String] = []
    for (index, frame) in frames.enumerated() {
      if index > 0 { lines.append("") }
      lines.append("frame \(index + 1) at byte \(frame.start)")
      lines += frame.header.flatMap { $0.lines(indent: 2) }
      lines += frame.body?.lines(indent: 2) ?? []
      if let fault = frame.fault {
        lines.append(
          fault.step == 0
            ? "  CUT SHORT at byte \(fault.byte): \(fault.what)"
            : "  FAILS step \(fault.step) at byte \(fault.byte): \(fault.what)")
      } else {
        lines.append("  passes every check that a frame alone can fail")
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private static func json(_ frame: FrameReader.Frame) -> JSON {
    .object([
      ("byte", .int(frame.start)), ("header", .object(frame.header.map { ($0.label, $0.json) })),
      ("body", frame.body?.json ?? .null),
      (
        "fails",
        frame.fault.map {
          .object([("step", .int($0.step)), ("byte", .int($0.byte)), ("what", .text($0.what))])
        } ?? .null
      ),
    ])
  }
}
