/// What load to make, and for how long.
package struct LoadPlan: Hashable, Sendable {
  /// Who decides when the next request is sent.
  package enum Mode: Hashable, Sendable {
    /// The schedule alone: what the server delays does not delay the next request, and counts.
    case open(rate: Double, arrivals: ArrivalSchedule.Kind)
    /// The answers: so many requests are always in flight. Says how much is possible, nothing about latency.
    case closed(concurrency: Int)
  }

  package var mode: Mode
  /// Requests of this stretch are sent and not counted.
  package var warmupMicroseconds: UInt64
  /// The stretch that is counted.
  package var durationMicroseconds: UInt64
  /// Draws the arrivals.
  package var seed: UInt64
  /// Requests in flight at most in an open loop; further ones count as not sent.
  package var inFlightMax = 10_000

  /// A plan.
  package init(mode: Mode, warmupMicroseconds: UInt64, durationMicroseconds: UInt64, seed: UInt64) {
    self.mode = mode
    self.warmupMicroseconds = warmupMicroseconds
    self.durationMicroseconds = durationMicroseconds
    self.seed = seed
  }
}
