package import Vocabulary

/// Exponential backoff with equal jitter (Brooker 2015), so that many clients do not come back together.
package struct Backoff: Sendable {
  package var microsecondsMin: UInt64 = 20_000
  package var microsecondsMax: UInt64 = 5_000_000
  private var failures: UInt64 = 0

  /// From 20 ms to 5 s.
  package init() {}

  /// The wait before the next attempt: between half and all of a time that doubles with every call, up to a maximum.
  package mutating func next(from random: any RandomSource) -> UInt64 {
    let doubled = failures < 32 ? microsecondsMin << failures : UInt64.max
    let whole = max(2, min(doubled, microsecondsMax))
    failures += 1
    return whole / 2 + random.next() % (whole - whole / 2 + 1)
  }

  /// Begins with the shortest pause again, after a success.
  package mutating func reset() { failures = 0 }
}
