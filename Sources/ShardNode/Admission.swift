import Vocabulary
import Wire

/// Bounds the requests that wait or run, so that a queue never grows without end.
final class Admission: Sendable {
  private struct State {
    var inWork = 0
    /// How long a request takes, waiting included: a moving average over about 16.
    var microseconds: Double = 0
  }

  private let state = Lock(State())
  private let most: Int

  /// A gate for `most` requests at once.
  init(most: Int) { self.most = most }

  /// Takes a place.
  ///
  /// - Throws: OVERLOADED if all are taken, with the time in which those who have them will have gone.
  func enter() throws(WireError) {
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
  func leave(after microseconds: UInt64) {
    state.withLock { state in
      state.inWork -= 1
      state.microseconds += (Double(microseconds) - state.microseconds) / 16
    }
  }
}
