package import Transport
package import Vocabulary
package import Wire

/// Bounds the work that runs at once and the work that waits for it; callers that wait take turns.
package final class Gate: Sendable {
  private enum Verdict {
    case admitted
    case expired
    /// Another caller, which has fewer in line, took the place.
    case displaced
  }

  private struct State {
    var inWork = 0
    var line = FairLine<Waiter<Verdict>>()
  }

  private let width: Int
  private let lineMax: Int
  private let timers: any LinkExecutor
  private let state = Lock(State())

  /// A gate for `width` at once, while `lineMax` more wait.
  package init(width: Int, lineMax: Int, timers: any LinkExecutor) {
    self.width = width
    self.lineMax = lineMax
    self.timers = timers
  }

  /// How many are in work, and how many wait.
  package var load: (inWork: Int, waiting: Int) { state.withLock { ($0.inWork, $0.line.count) } }

  /// Runs work once there is room for it.
  ///
  /// - Parameter caller: Takes turns with the other callers that wait.
  /// - Throws: OVERLOADED if too many wait already; EXPIRED_IN_QUEUE if the deadline passes first; what the work throws.
  package func run<Value: Sendable>(
    by deadline: Instant, for caller: CallerID = .own, _ work: () async throws(WireError) -> Value
  ) async throws(WireError) -> Value {
    try await enter(by: deadline, caller)
    defer { leave() }
    guard timers.clock.now() < deadline else { throw WireError(.expiredInQueue) }
    return try await work()
  }

  private func enter(by deadline: Instant, _ caller: CallerID) async throws(WireError) {
    let place = try state.withLock {
      (state) throws(WireError) -> (FairLine<Waiter<Verdict>>.Ticket, Waiter<Verdict>)? in
      if state.inWork < width {
        state.inWork += 1
        return nil
      }
      if state.line.count >= lineMax {
        guard let (_, displaced) = state.line.removeNewestOfLongest(over: state.line.count(of: caller) + 1) else {
          throw overload
        }
        displaced.tell(.displaced)
      }
      let waiter = Waiter<Verdict>()
      return (state.line.append(waiter, from: caller), waiter)
    }
    guard let (ticket, waiter) = place else { return }
    let timer = timers.schedule(at: deadline) { [self] in
      // While the work hangs no turn passes on: the line must not keep requests that have gone.
      state.withLock { $0.line.remove(ticket) }?.tell(.expired)
    }
    let verdict = await waiter.value()
    timers.cancelTimer(timer)
    switch verdict {
    case .admitted: return
    case .expired: throw WireError(.expiredInQueue)
    case .displaced: throw overload
    }
  }

  private var overload: WireError {
    WireError(
      .overloaded, retryAfterMilliseconds: 50,
      message: "\(width) requests of this kind are in work, and \(lineMax) wait")
  }

  /// Gives the place to the next in line, or back.
  private func leave() {
    state.withLock { state in
      if let (_, waiter) = state.line.removeNext() { waiter.tell(.admitted) } else { state.inWork -= 1 }
    }
  }
}
