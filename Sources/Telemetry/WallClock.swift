import Glibc

/// The time that people and other machines have.
package enum WallClock {
  /// Microseconds since the start of 1970.
  package static let microseconds: @Sendable () -> Int64 = {
    var now = timespec()
    // SAFETY: it points to a local of this call.
    unsafe clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000
  }
}
