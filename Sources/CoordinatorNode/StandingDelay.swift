/// The least of the delays within a stretch of time: what is left of a queue when its bursts are over. A queue that is
/// long now and then is a buffer at work; one that never gets short is one of which nobody has any use.
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
