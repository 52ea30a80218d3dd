import Vocabulary
import Wire

/// Whether and when a failed call is made again. It never asks for more than three attempts, all of them live within the
/// one budget of the call, and nothing above a client retries on top of it but a feed that was told to wait. A coordinator
/// asks a shard again only about what the client cannot know: a map that the shard has missed.
struct RetryPolicy: Sendable {
  /// The effect of making a call twice.
  enum Kind: Sendable {
    /// Nothing changes.
    case read
    /// A write that a server knows again by writer and op, or by its content.
    case repeatable
    /// A change that must not happen twice.
    case once
  }

  /// Attempts in all, the first included.
  static let attemptsMax = 3
  /// The longest first wait; each next one may be twice as long.
  static let firstMicroseconds: UInt64 = 10_000
  /// The longest wait that a server has not asked for.
  static let microsecondsMax: UInt64 = 1_000_000

  /// How long to wait before the next attempt, in microseconds; `nil`: give up.
  ///
  /// The wait is drawn evenly from 0 up to a bound that doubles ("full jitter"), so that clients that failed together do
  /// not come back together.
  /// - Parameters:
  ///   - attempt: The attempt that failed, from 1.
  ///   - draw: 64 random bits.
  static func microseconds(
    after errorClass: ErrorClass, retryAfterMilliseconds: UInt32, attempt: Int, kind: Kind, draw: UInt64, now: Instant,
    deadline: Instant
  ) -> UInt64? {
    guard attempt < attemptsMax, mayRepeat(errorClass, kind) else { return nil }
    let bound = min(microsecondsMax, firstMicroseconds << UInt64(attempt - 1))
    let wait = UInt64(retryAfterMilliseconds) * 1000 + draw % (bound + 1)
    return wait < now.microseconds(until: deadline) ? wait : nil
  }

  private static func mayRepeat(_ errorClass: ErrorClass, _ kind: Kind) -> Bool {
    switch kind {
    case .read: errorClass.contains(.retriable)
    case .repeatable: errorClass.isSuperset(of: [.retriable, .notExecuted]) || errorClass.contains(.indefinite)
    case .once: errorClass.isSuperset(of: [.retriable, .notExecuted])
    }
  }
}
