/// The load to make, and for how long.
package struct LoadPlan: Hashable, Sendable {
  /// Who decides when the next request is sent.
  package enum Mode: Hashable, Sendable {
    /// The schedule alone: what the server delays does not delay the next request, and counts.
    case open(rate: LoadRate, arrivals: ArrivalSchedule.Kind)
    /// A list of microseconds since the start, ascending; otherwise as `open`.
    case replay(microseconds: [UInt64])
    /// The answers: `concurrency` requests are always in flight. Measures throughput; says nothing about latency.
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
  /// How late a send may be before it counts as late.
  package var lateMicroseconds: UInt64 = 1000

  /// A plan.
  package init(mode: Mode, warmupMicroseconds: UInt64, durationMicroseconds: UInt64, seed: UInt64) {
    self.mode = mode
    self.warmupMicroseconds = warmupMicroseconds
    self.durationMicroseconds = durationMicroseconds
    self.seed = seed
  }

  /// Whether the loop is open: only then do latencies mean anything.
  package var isOpen: Bool { if case .closed = mode { false } else { true } }

  /// How long one point of a curve over time takes: 1 s, less in a short run, more in one of over two minutes.
  package var intervalMicroseconds: UInt64 {
    max(durationMicroseconds / 120, min(1_000_000, max(durationMicroseconds / 20, 10_000)))
  }

  /// When requests are due; `nil` in a closed loop.
  var schedule: ArrivalSchedule? {
    switch mode {
    case .open(let rate, let arrivals):
      ArrivalSchedule(
        arrivals, rate: rate, steadyMicroseconds: warmupMicroseconds, climbMicroseconds: max(1, durationMicroseconds),
        seed: seed)
    case .replay(let times): ArrivalSchedule(microseconds: times)
    case .closed: nil
    }
  }
}
