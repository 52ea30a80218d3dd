import Vocabulary
import Wire

/// A call that has not had its terminal answer.
struct PendingCall: Sendable {
  enum Stage {
    /// Not sent: no credit, or too much is queued.
    case waiting(OutboundRequest)
    case sent
    /// The caller has given up, but the server still owes the answer, and with it the credit.
    case abandoned(since: Instant)
  }

  let opcode: Opcode
  let bodyVersion: UInt16
  let deadline: Instant
  var stage: Stage
  /// The first fragment of the reply, and what came with it.
  var reply: PartialMessage?

  var isWaiting: Bool {
    if case .waiting = stage { true } else { false }
  }

  var isAbandoned: Bool {
    if case .abandoned = stage { true } else { false }
  }
}
