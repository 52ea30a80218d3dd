import Glibc
package import Vocabulary

/// The clock of the machine: `CLOCK_MONOTONIC`, which no one sets.
package struct SystemClock: MonotonicClock {
  package init() {}

  package func now() -> Instant {
    var time = timespec()
    // SAFETY: the pointer covers a local value; the call cannot fail for this clock.
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Instant(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
  }
}
