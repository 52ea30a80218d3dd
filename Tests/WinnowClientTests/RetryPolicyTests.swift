import Testing
import Vocabulary
import Wire

@testable import WinnowClient

struct RetryPolicyTests {
  /// What may be made again: class, then for a read, a repeatable write and one that is not.
  static let table: [(ErrorClass, read: Bool, repeatable: Bool, once: Bool)] = [
    ([.retriable, .notExecuted], true, true, true),
    ([.retriable, .notExecuted, .backoff], true, true, true),
    ([.retriable, .indefinite], true, true, false),
    ([.retriable], true, false, false),
    ([.indefinite], false, true, false),
    ([.notExecuted], false, false, false),
    ([.fatal, .notExecuted], false, false, false),
    ([], false, false, false),
  ]

  @Test(arguments: table.indices) func classDecides(row: Int) {
    let (errorClass, read, repeatable, once) = Self.table[row]
    for (kind, expected) in [(RetryPolicy.Kind.read, read), (.repeatable, repeatable), (.once, once)] {
      #expect((wait(errorClass, kind: kind) != nil) == expected, "\(kind)")
    }
  }

  @Test func thirdAttemptIsTheLast() {
    #expect(wait([.retriable], attempt: 1) != nil)
    #expect(wait([.retriable], attempt: 2) != nil)
    #expect(wait([.retriable], attempt: 3) == nil)
  }

  @Test func jitterIsDrawnFromZeroToABoundThatDoubles() {
    #expect(wait([.retriable], attempt: 1, draw: 0) == 0)
    #expect(wait([.retriable], attempt: 1, draw: 10_000) == 10_000)
    #expect(wait([.retriable], attempt: 1, draw: 10_001) == 0)
    #expect(wait([.retriable], attempt: 2, draw: 20_000) == 20_000)
  }

  @Test func serversWishIsTheLeastWait() {
    #expect(wait([.retriable, .backoff], retryAfter: 50, draw: 3) == 50_003)
  }

  @Test func noAttemptBeyondTheBudget() {
    #expect(wait([.retriable], retryAfter: 999, draw: 0) == 999_000)
    #expect(wait([.retriable], retryAfter: 1000, draw: 0) == nil)
  }

  private func wait(
    _ errorClass: ErrorClass, kind: RetryPolicy.Kind = .read, retryAfter: UInt32 = 0, attempt: Int = 1, draw: UInt64 = 1
  ) -> UInt64? {
    RetryPolicy.microseconds(
      after: errorClass, retryAfterMilliseconds: retryAfter, attempt: attempt, kind: kind, draw: draw,
      now: Instant(nanoseconds: 0), deadline: Instant(nanoseconds: 1_000_000_000))
  }
}
