package import Wire

/// Why a call has no reply.
package enum CallError: Error, Hashable, Sendable {
  /// The server answered with an error.
  case refused(WireError)
  /// The server's answer broke a rule, or the request breaks one that the server announced.
  case invalid(WireError)
  /// Our own patience ended; the server has been asked to stop.
  case deadlineExceeded
  /// The task that called was cancelled; the server has been asked to stop.
  case cancelled
  /// Too many calls wait for a credit already.
  case queueFull
  /// The connection ended before the answer came. `notExecuted`: the request certainly had no effect.
  case connectionLost(CloseReason, notExecuted: Bool)
  /// No connection could be had before the deadline; the reason is that of the last attempt.
  case unreachable(String)

  /// The error's class, which decides on a retry, in the words of the registry.
  package var errorClass: ErrorClass {
    switch self {
    case .refused(let error): error.errorClass
    case .invalid: .indefinite
    case .deadlineExceeded: [.retriable, .indefinite]
    case .cancelled: .indefinite
    case .queueFull: [.retriable, .notExecuted, .backoff]
    case .connectionLost(_, let notExecuted): notExecuted ? [.retriable, .notExecuted] : [.retriable, .indefinite]
    case .unreachable: [.retriable, .notExecuted, .backoff]
    }
  }
}
