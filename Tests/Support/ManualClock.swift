package import Vocabulary

/// A clock that stands still until a test moves it.
package final class ManualClock: MonotonicClock {
  private let reading: Lock<UInt64>

  /// A clock at so many nanoseconds.
  package init(nanoseconds: UInt64 = 0) { reading = Lock(nanoseconds) }

  package func now() -> Instant { Instant(nanoseconds: reading.withLock { $0 }) }

  /// Moves the clock forward.
  package func advance(microseconds: UInt64) {
    reading.withLock { $0 = Instant(nanoseconds: $0).advanced(microseconds: microseconds).nanoseconds }
  }
}
