/// A reading of a monotonic clock, in nanoseconds since an origin that only this process knows.
public struct Instant: Hashable, Comparable, Sendable {
  public let nanoseconds: UInt64

  public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  public static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }

  /// The instant `microseconds` later; stops at the end of time instead of overflowing.
  public func advanced(microseconds: UInt64) -> Instant {
    let (product, productOverflow) = microseconds.multipliedReportingOverflow(by: 1000)
    let (sum, sumOverflow) = nanoseconds.addingReportingOverflow(product)
    return Instant(nanoseconds: productOverflow || sumOverflow ? .max : sum)
  }

  /// Whole microseconds from this instant to a later one; 0 if it is not later.
  public func microseconds(until later: Instant) -> UInt64 {
    later.nanoseconds > nanoseconds ? (later.nanoseconds - nanoseconds) / 1000 : 0
  }
}

/// The source of time, passed in so that tests and the simulator can own it.
public protocol MonotonicClock: Sendable {
  /// The present reading; never goes back.
  func now() -> Instant
}
