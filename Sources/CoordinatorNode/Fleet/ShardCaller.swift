package import Transport
import Vocabulary
package import Wire

/// One shard as the coordinator reaches it: over connections in a process, over nothing in tests.
package protocol ShardCaller: Sendable {
  /// Whether the shard can be asked now, and what it says of itself.
  var presence: ShardPresence { get }
  /// Traffic over the links to the shard.
  var traffic: Traffic { get async }
  /// Begins to connect.
  func start() async
  /// Ends all connections, for good.
  func stop() async
  /// Sends a request and waits for its reply; returns at the request's deadline at the latest, and soon after the task
  /// was cancelled.
  func call(_ request: OutboundRequest) async throws(CallError) -> ShardReply
}

/// Whether a shard can be asked.
package enum ShardPresence: Sendable {
  /// With the reason, a word or two.
  case down(String)
  case connecting
  /// With what its WELCOME said.
  case up(NodeIdentity)

  /// Whether the shard refuses the coordinator, since it belongs to another cluster.
  package var isForeign: Bool { if case .down(let reason) = self { reason.contains("WRONG_CLUSTER") } else { false } }

  /// The shard's identity, if it is connected.
  package var identity: NodeIdentity? { if case .up(let identity) = self { identity } else { nil } }
}

/// A shard's reply, and which incarnation of its data gave it.
package struct ShardReply: Sendable {
  /// As it came.
  package let message: ReplyMessage
  /// Zero: not known, and so complete for nothing.
  package let incarnation: Bytes16

  /// A reply and who gave it.
  package init(_ message: ReplyMessage, incarnation: Bytes16) {
    self.message = message
    self.incarnation = incarnation
  }
}

extension CallError {
  /// Why the shard's slots are missing from an answer.
  var missingCause: MissingCause {
    switch self {
    case .refused(let error):
      switch error.code {
      case .staleEpoch, .notOwner: .staleEpoch
      case .shuttingDown: .draining
      case .notAssured: .notAssured
      case .deadlineExceeded, .expiredInQueue: .timedOut
      default: .refused
      }
    case .deadlineExceeded, .cancelled: .timedOut
    case .invalid: .refused
    case .queueFull, .connectionLost, .unreachable: .unreachable
    }
  }

  /// The error with the shard that it came from, and without the place in a body that the coordinator's own asker has
  /// never seen.
  func relayed(from shard: ShardID) -> CallError {
    switch self {
    case .refused(let error): .refused(error.relayed(from: shard))
    case .invalid(let error): .invalid(error.relayed(from: shard))
    default: self
    }
  }

  /// Whether the request certainly had no effect.
  var isNotExecuted: Bool { errorClass.contains(.notExecuted) }
}
