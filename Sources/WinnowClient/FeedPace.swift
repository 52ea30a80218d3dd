import Vocabulary

/// How many batches a feed has in flight, and how long it waits for a cluster that has no room for one; a client that waits
/// has a pace for each of its calls.
///
/// Half as many after a refusal, and one more for every round of batches that are settled: a feed takes what a cluster
/// under load has to give.
struct FeedPace {
  /// The longest wait that a server has not asked for.
  private static let microsecondsMax: UInt64 = 1_000_000
  private static let firstMicroseconds: UInt64 = 10_000

  private let widthMax: Double
  private let waitMicrosecondsMax: UInt64
  private var exactWidth: Double
  private var refusals: UInt64 = 0
  /// Since when nothing has been settled.
  private var stuckSince: Instant?

  init(widthMax: Int, waitMax: Duration) {
    self.widthMax = Double(max(1, widthMax))
    let (seconds, attoseconds) = waitMax.components
    waitMicrosecondsMax = UInt64(clamping: seconds) * 1_000_000 + UInt64(clamping: attoseconds / 1_000_000_000_000)
    exactWidth = self.widthMax
  }

  /// Batches that may be in flight.
  var width: Int { Int(exactWidth) }

  /// Items have been settled.
  mutating func settle() {
    exactWidth = min(widthMax, exactWidth + 1 / exactWidth)
    refusals = 0
    stuckSince = nil
  }

  /// A batch, or a part of it, was not taken.
  ///
  /// - Parameter draw: 64 random bits.
  /// - Returns: How long to wait before it is sent again, in microseconds; `nil`: nothing was settled for too long.
  mutating func refuse(retryAfterMilliseconds: UInt32, draw: UInt64, now: Instant) -> UInt64? {
    exactWidth = max(1, exactWidth / 2)
    let since = stuckSince ?? now
    stuckSince = since
    let waited = since.microseconds(until: now)
    guard waited < waitMicrosecondsMax else { return nil }
    let bound = min(Self.microsecondsMax, Self.firstMicroseconds << min(refusals, 7))
    refusals += 1
    let wait = UInt64(retryAfterMilliseconds) * 1000 + draw % (bound + 1)
    return min(max(1, wait), waitMicrosecondsMax - waited)
  }
}
