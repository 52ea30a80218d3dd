import Transport
import Vocabulary
import Wire

/// Bounds the requests that wait or run, so that a queue never grows without end.
final class Admission: RequestLane {
  private struct State {
    var inWork = 0
    /// How long a request takes, waiting included: a moving average over about 16.
    var microseconds: Double = 0
  }

  private let state = Lock(State())
  private let most: Int
  private let clock: any MonotonicClock

  /// A gate for `most` requests at once.
  init(most: Int, clock: any MonotonicClock) { (self.most, self.clock) = (most, clock) }

  func run<Value: Sendable>(
    _ request: InboundRequest, _ work: (InboundRequest) async throws(WireError) -> Value
  ) async throws(WireError) -> Value {
    try enter()
    defer { leave(after: request.arrival.microseconds(until: clock.now())) }
    return try await work(request)
  }

  /// Takes a place.
  ///
  /// - Throws: OVERLOADED if all are taken, with the time in which those who have them will have gone.
  private func enter() throws(WireError) {
    let retryAfter: Double? = state.withLock { state in
      guard state.inWork >= most else {
        state.inWork += 1
        return nil
      }
      return state.microseconds / 1000
    }
    guard let retryAfter else { return }
    throw WireError(
      .overloaded, retryAfterMilliseconds: UInt32(min(1000, max(1, retryAfter.rounded(.up)))),
      message: "the shard has \(most) requests of this kind in work")
  }

  /// Gives the place back.
  ///
  /// - Parameter microseconds: How long it was taken.
  private func leave(after microseconds: UInt64) {
    state.withLock { state in
      state.inWork -= 1
      state.microseconds += (Double(microseconds) - state.microseconds) / 16
    }
  }
}
