import Vocabulary

/// Counts events within the last stretch of time, up to a limit.
struct SlidingCount: Sendable {
  let limit: Int
  let microseconds: UInt64
  private var instants: [Instant] = []

  init(limit: Int, microseconds: UInt64) {
    self.limit = limit
    self.microseconds = microseconds
  }

  /// Notes an event.
  ///
  /// - Returns: whether more than `limit` have now happened within the stretch.
  mutating func noteExceeds(at now: Instant) -> Bool {
    instants.removeAll { $0.advanced(microseconds: microseconds) <= now }
    guard instants.count < limit else { return true }
    instants.append(now)
    return false
  }
}
