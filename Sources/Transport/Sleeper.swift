package import Vocabulary

extension LinkExecutor {
  /// Suspends the task until an instant; returns early if the task is cancelled.
  package func sleep(until instant: Instant) async {
    let sleeper = Sleeper()
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        guard sleeper.begin(continuation) else { return }
        sleeper.timer.withLock { $0 = schedule(at: instant) { sleeper.wake() } }
      }
    } onCancel: {
      sleeper.wake()
    }
    if let timer = sleeper.timer.withLock({ $0 }) { cancelTimer(timer) }
  }
}

extension RequestCancellation {
  /// Suspends the task until the caller gives the request up, or the task itself is cancelled.
  package func wait() async {
    let sleeper = Sleeper()
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        guard sleeper.begin(continuation) else { return }
        onCancel { sleeper.wake() }
      }
    } onCancel: {
      sleeper.wake()
    }
  }
}

/// A suspended task that is woken once, by what it waits for or by its cancellation, whichever comes first.
private final class Sleeper: Sendable {
  private enum State {
    case idle
    case asleep(CheckedContinuation<Void, Never>)
    case awake
  }

  let timer = Lock<UInt64?>(nil)
  private let state = Lock(State.idle)

  /// - Returns: Whether the task sleeps now; if not, it has been woken already.
  func begin(_ continuation: CheckedContinuation<Void, Never>) -> Bool {
    let sleeps = state.withLock { state in
      guard case .idle = state else { return false }
      state = .asleep(continuation)
      return true
    }
    if !sleeps { continuation.resume() }
    return sleeps
  }

  func wake() {
    let continuation: CheckedContinuation<Void, Never>? = state.withLock { state in
      defer { state = .awake }
      if case .asleep(let continuation) = state { return continuation }
      return nil
    }
    continuation?.resume()
  }
}
