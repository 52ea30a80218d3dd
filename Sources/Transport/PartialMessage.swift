import Vocabulary
import Wire

/// A message of which not every fragment has arrived.
struct PartialMessage: Sendable {
  let first: FrameHeader
  let start: Instant
  /// From when on the message may take its time: its start, or the end of a pause that was ours.
  var patienceStart: Instant
  var bytes: [UInt8] = []
  /// It has been answered; what still comes of it is dropped.
  var isVoid = false

  init(first: FrameHeader, at now: Instant) {
    self.first = first
    start = now
    patienceStart = now
  }

  /// Whether a fragment continues this message.
  func isContinued(by header: FrameHeader) -> Bool {
    header.opcode == first.opcode && header.bodyVersion == first.bodyVersion
  }
}
