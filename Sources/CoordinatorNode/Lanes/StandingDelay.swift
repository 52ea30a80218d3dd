/// The minimum of the queueing delays within a stretch of time, as CoDel (Nichols & Jacobson 2012) measures it: what is
/// left of a queue when its bursts are over. A queue that is long now and then absorbs bursts; a standing queue only
/// adds delay.
struct StandingDelay: Sendable {
  /// `nil`: nothing was noted.
  private(set) var leastMicroseconds: UInt64?

  /// Notes that something has waited so long, or that nothing had to.
  mutating func note(_ microseconds: UInt64) {
    leastMicroseconds = min(leastMicroseconds ?? .max, microseconds)
  }

  /// Begins the next stretch.
  mutating func reset() { leastMicroseconds = nil }
}
