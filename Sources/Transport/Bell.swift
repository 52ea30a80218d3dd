package import Vocabulary

/// Wakes the one task that waits for an event or an instant. A ring that finds no task waiting is kept for the next wait,
/// so a task that looks after each wait misses nothing.
package final class Bell: Sendable {
  private struct State {
    var hasRung = false
    var sleeper: CheckedContinuation<Void, Never>?
  }

  private let timers: any LinkExecutor
  private let state = Lock(State())

  package init(timers: any LinkExecutor) { self.timers = timers }

  /// Wakes the task that waits, or the next one that wants to.
  package func ring() {
    let sleeper = state.withLock { state in
      defer { state.sleeper = nil }
      state.hasRung = state.sleeper == nil
      return state.sleeper
    }
    sleeper?.resume()
  }

  /// Waits for a ring, for an instant, or until the task is cancelled; may return early.
  package func wait(until instant: Instant? = nil) async {
    let timer = instant.map { timers.schedule(at: $0) { [self] in ring() } }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let hasRung = state.withLock { state in
          defer { state.hasRung = false }
          if !state.hasRung { state.sleeper = continuation }
          return state.hasRung
        }
        if hasRung { continuation.resume() }
      }
    } onCancel: {
      ring()
    }
    if let timer { timers.cancelTimer(timer) }
  }
}
