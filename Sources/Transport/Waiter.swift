import Vocabulary

/// One task that waits for one value: the first that is told counts, and it may be told before the task waits.
package final class Waiter<Value: Sendable>: Sendable {
  private enum State {
    case idle
    case asleep(CheckedContinuation<Value, Never>)
    case told(Value)
    case over
  }

  private let state = Lock(State.idle)

  /// Nothing told yet.
  package init() {}

  /// Suspends the task until the value is told. Only one task may wait, and once.
  package func value() async -> Value {
    await withCheckedContinuation { continuation in
      let value: Value? = state.withLock { state in
        guard case .told(let value) = state else {
          state = .asleep(continuation)
          return nil
        }
        state = .over
        return value
      }
      if let value { continuation.resume(returning: value) }
    }
  }

  /// Tells the value.
  ///
  /// - Returns: Whether it is the first.
  @discardableResult
  package func tell(_ value: Value) -> Bool {
    let (isFirst, sleeper): (Bool, CheckedContinuation<Value, Never>?) = state.withLock { state in
      switch state {
      case .idle:
        state = .told(value)
        return (true, nil)
      case .asleep(let continuation):
        state = .over
        return (true, continuation)
      case .told, .over: return (false, nil)
      }
    }
    sleeper?.resume(returning: value)
    return isFirst
  }
}

extension Waiter where Value == Void {
  /// Wakes the task.
  package func wake() { tell(()) }
}
