package import Wire
import Vocabulary

/// One side's limits for its peer on a connection; the defaults are those of `proto-spec/06-limits.md`.
package struct TransportLimits: Sendable {
  /// Largest payload on the wire, and raw, before READY.
  package var handshakePayloadBytesMax = Limits.handshakeFrameBytesMax
  /// From the opening of the connection to READY.
  package var handshakeMicrosecondsMax: UInt64 = 5_000_000
  /// Largest payload of a frame on the wire.
  package var payloadWireBytesMax = Limits.frameWireBytesDefault
  /// Largest payload of a frame after decompression.
  package var payloadRawBytesMax = Limits.frameRawBytesMax
  /// Largest message.
  package var messageBytesMax = Limits.messageBytesMaxClient
  /// Bytes of unfinished messages of one connection together.
  package var unfinishedBytesMax = 4 * Limits.messageBytesMaxClient
  /// From the first byte of a frame to its last.
  package var frameMicrosecondsMax: UInt64 = 10_000_000
  /// From the first fragment of a message to its last.
  package var messageMicrosecondsMax: UInt64 = 30_000_000
  /// Requests in flight that a server grants.
  package var credits: UInt32 = 256
  /// Bytes queued to a peer from which on we stop reading from it.
  package var outputBytesSoft = 4 << 20
  /// Bytes queued to a peer from which on another reply closes the connection.
  package var outputBytesHard = 8 << 20
  /// How long queued bytes may wait without any of them leaving.
  package var outputStallMicrosecondsMax: UInt64 = 10_000_000
  /// Silence of the peer before a PING; two without an answer close.
  package var idleMicroseconds: UInt64 = 10_000_000
  /// PING that a peer may send in a second.
  package var pingsPerSecondMax = 100
  /// Damaged payloads within `payloadErrorWindowMicroseconds` that close.
  package var payloadErrorsMax = 3
  package var payloadErrorWindowMicroseconds: UInt64 = 60_000_000
  /// Ceiling of a request's budget.
  package var budgetMicrosecondsMax = Limits.budgetMicrosecondsMax
  /// From GOAWAY to the end.
  package var drainMicroseconds: UInt64 = 10_000_000
  /// How long a drained server still answers requests that crossed its GOAWAY.
  package var goAwayGraceMicroseconds: UInt64 = 50_000
  /// Calls of a client that may wait for a credit.
  package var waitingCallsMax = 1024
  /// How long a server may owe the answer to a call that was cancelled or ran out of time.
  package var abandonedMicrosecondsMax: UInt64 = 30_000_000

  /// The limits between a client and a server.
  package static let client = TransportLimits()

  /// The limits between nodes.
  package static let peer = {
    var limits = TransportLimits()
    limits.payloadWireBytesMax = Limits.frameWireBytesMax
    limits.messageBytesMax = Limits.messageBytesMaxPeer
    limits.unfinishedBytesMax = 4 * Limits.messageBytesMaxPeer
    limits.frameMicrosecondsMax = 30_000_000
    limits.credits = 1024
    limits.outputBytesSoft = 64 << 20
    limits.outputBytesHard = 128 << 20
    return limits
  }()

  /// The defaults for a connection to or from a role.
  package static func defaults(for role: NodeRole) -> TransportLimits { role == .client ? .client : .peer }
}
