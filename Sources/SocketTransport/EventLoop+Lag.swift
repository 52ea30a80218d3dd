import Telemetry
import Transport
import Vocabulary

extension EventLoop {
  /// Measures from now on, as long as the loop runs, how much later than wanted its timers fire: the delay that the
  /// loop adds to all that waits for it.
  ///
  /// - Parameter interval: Between two measurements, in microseconds.
  package func measureLag(every interval: UInt64 = 100_000) {
    let due = clock.now().advanced(microseconds: interval)
    schedule(at: due) { [weak self] in
      guard let self else { return }
      lag.observe(Double(due.microseconds(until: clock.now())) / 1e6)
      measureLag(every: interval)
    }
  }
}
