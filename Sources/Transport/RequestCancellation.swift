import Vocabulary

/// Tells the work for one request that its caller has given up.
package final class RequestCancellation: Sendable {
  private struct Hook {
    let run: @Sendable () -> Void
  }

  private struct State {
    var isCancelled = false
    var hooks: [Hook] = []
  }

  private let state = Lock(State())

  /// Not cancelled yet.
  package init() {}

  /// Whether the client cancelled, or its connection is gone.
  package var isCancelled: Bool { state.withLock { $0.isCancelled } }

  /// Runs a hook once on cancellation; at once if that has happened. Hooks must be short and must not block.
  package func onCancel(_ hook: @escaping @Sendable () -> Void) {
    let isCancelled = state.withLock { state in
      if !state.isCancelled { state.hooks.append(Hook(run: hook)) }
      return state.isCancelled
    }
    if isCancelled { hook() }
  }

  /// Cancels; does nothing the second time.
  package func cancel() {
    let hooks = state.withLock { state in
      state.isCancelled = true
      defer { state.hooks = [] }
      return state.hooks
    }
    for hook in hooks { hook.run() }
  }
}
