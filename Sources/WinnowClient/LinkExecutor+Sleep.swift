package import Transport
package import Vocabulary

extension LinkExecutor {
  /// Waits until an instant on this executor's clock, or until the task is cancelled, which the caller asks of the task.
  package func sleep(until instant: Instant) async {
    guard clock.now() < instant else { return }
    let nap = Nap()
    let timer = schedule(at: instant) { nap.end() }
    await withTaskCancellationHandler {
      await withCheckedContinuation { nap.begin($0) }
    } onCancel: {
      nap.end()
    }
    cancelTimer(timer)
  }
}

/// A wait that two sides may end, the timer and the cancellation, before or after it has begun.
private final class Nap: Sendable {
  private enum State {
    case awake
    case asleep(CheckedContinuation<Void, Never>)
    case over
  }

  private let state = Lock(State.awake)

  func begin(_ continuation: CheckedContinuation<Void, Never>) {
    let isOver = state.withLock { state in
      if case .over = state { return true }
      state = .asleep(continuation)
      return false
    }
    if isOver { continuation.resume() }
  }

  func end() {
    let continuation: CheckedContinuation<Void, Never>? = state.withLock { state in
      defer { state = .over }
      if case .asleep(let continuation) = state { return continuation }
      return nil
    }
    continuation?.resume()
  }
}
