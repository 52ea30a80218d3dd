import Vocabulary

/// The one timer of a connection, at the next instant at which its machine has something to do.
///
/// It may fire early, never late: events only move the next instant on.
struct LinkTimer {
  private let executor: any LinkExecutor
  private let fire: @Sendable () -> Void
  private var armed: (number: UInt64, instant: Instant)?

  /// - Parameter fire: Called on the executor; it calls `fired` first.
  init(on executor: any LinkExecutor, _ fire: @escaping @Sendable () -> Void) {
    self.executor = executor
    self.fire = fire
  }

  /// - Parameter instant: `nil`: there is nothing to wait for.
  mutating func arm(at instant: Instant?) {
    guard let instant else { return disarm() }
    if let armed, armed.instant <= instant { return }
    disarm()
    armed = (executor.schedule(at: instant, fire), instant)
  }

  mutating func disarm() {
    if let armed { executor.cancelTimer(armed.number) }
    armed = nil
  }

  /// It has fired.
  mutating func fired() { armed = nil }
}
