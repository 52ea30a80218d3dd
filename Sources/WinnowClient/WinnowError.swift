import Transport
public import Vocabulary
import Wire

/// Why a call failed, after every attempt that the retry policy allows.
public struct WinnowError: Error, Hashable, Sendable {
  /// The kind of failure.
  public enum Kind: Hashable, Sendable {
    /// The server answered with an error of the registry.
    case refused
    /// No connection could be had, or it broke.
    case unreachable
    /// The budget was used up.
    case timedOut
    /// The task that called was cancelled.
    case cancelled
    /// The answer, or the request, breaks a rule of the protocol.
    case invalid
  }

  public let kind: Kind
  /// The number in the registry of `proto-spec/05-errors.md`; 0 if no code applies.
  public let code: UInt16
  /// The name in the registry, such as `UNKNOWN_USER`, or a word for the kind.
  public let name: String
  /// The message, for people.
  public let message: String
  /// Where in the request, in bytes; for `BAD_FILTER` the column of the filter's text, from 0.
  public let fieldOffset: Int?
  /// The shard that the error is about.
  public let shard: ShardID?
  /// Whether a write may have happened all the same; feeding the same items again is safe.
  public let isIndefinite: Bool
  /// Whether the same call may succeed later.
  public let isRetriable: Bool
  /// How long the server asks to wait before that.
  public let retryAfterMilliseconds: UInt32
  /// How many times the call was made.
  public let attempts: Int

  init(_ error: CallError, attempts: Int = 1, isInDoubt: Bool = false, message special: String? = nil) {
    var wire: WireError?
    let message: String
    switch error {
    case .refused(let error):
      kind = .refused
      wire = error
      message = error.message.isEmpty ? error.code.meaning : error.message
    case .invalid(let error):
      kind = .invalid
      wire = error
      message =
        "the answer, or the request, breaks the protocol: \(error.code.name): "
        + (error.message.isEmpty ? error.code.meaning : error.message)
    case .deadlineExceeded:
      kind = .timedOut
      message = "no answer in time"
    case .cancelled:
      kind = .cancelled
      message = "the call was cancelled"
    case .queueFull:
      kind = .unreachable
      message = "too many calls wait on this connection"
    case .connectionLost(let reason, let notExecuted):
      kind = .unreachable
      message = "the connection ended (\(reason.word))" + (notExecuted ? "" : " before the answer came")
    case .unreachable(let reason):
      kind = .unreachable
      message = "no connection: \(reason)"
    }
    self.message = special ?? message
    code = wire?.code.rawValue ?? 0
    name = wire?.code.name ?? kind.word
    fieldOffset = wire?.fieldOffset.map { Int($0) }
    shard = wire?.shard.flatMap { UInt16(exactly: $0) }.map { ShardID($0) }
    isIndefinite = isInDoubt || error.errorClass.contains(.indefinite)
    isRetriable = error.errorClass.contains(.retriable)
    retryAfterMilliseconds = wire?.retryAfterMilliseconds ?? 0
    self.attempts = attempts
  }

  /// Whether the server did nothing since it has too much to do: the same call succeeds when others are done.
  var saysNoRoom: Bool {
    guard kind == .refused, isRetriable, !isIndefinite else { return false }
    return [ErrorCode.overloaded, .quota, .memoryBudget, .expiredInQueue, .slotFrozen].contains {
      $0.rawValue == code
    }
  }

  /// The server answered in time, but no shard had: nothing was searched.
  static let unanswered = WinnowError(.deadlineExceeded, message: "time ended before any shard had answered")

  /// A mistake that the client itself finds in what it was given.
  init(invalid message: String, code: ErrorCode = .malformedBody) {
    kind = .invalid
    self.code = code.rawValue
    name = code.name
    self.message = message
    fieldOffset = nil
    shard = nil
    isIndefinite = false
    isRetriable = false
    retryAfterMilliseconds = 0
    attempts = 0
  }
}

extension WinnowError: CustomStringConvertible {
  /// The name and what happened.
  public var description: String { "\(name): \(message)" }
}

extension WinnowError.Kind {
  fileprivate var word: String {
    switch self {
    case .refused: "REFUSED"
    case .unreachable: "UNREACHABLE"
    case .timedOut: "TIMED_OUT"
    case .cancelled: "CANCELLED"
    case .invalid: "INVALID"
    }
  }
}
