package import Transport
package import Vocabulary
package import Wire

/// Bounds the work that runs at once and the work that waits for it, first come, first served.
package final class Gate: Sendable {
  private enum Verdict {
    case admitted
    case expired
  }

  private struct State {
    var inWork = 0
    var lastTicket: UInt64 = 0
    /// By ticket, ascending; those that have left are taken out of `waiting` only.
    var line: [UInt64] = []
    var waiting: [UInt64: (deadline: Instant, continuation: CheckedContinuation<Verdict, Never>)] = [:]
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
  package var load: (inWork: Int, waiting: Int) { state.withLock { ($0.inWork, $0.waiting.count) } }

  /// Runs work once there is room for it.
  ///
  /// - Throws: OVERLOADED if too many wait already; EXPIRED_IN_QUEUE if the deadline passes first; what the work throws.
  package func run<Value: Sendable>(
    by deadline: Instant, _ work: () async throws(WireError) -> Value
  ) async throws(WireError) -> Value {
    try await enter(by: deadline)
    defer { leave() }
    guard timers.clock.now() < deadline else { throw WireError(.expiredInQueue) }
    return try await work()
  }

  private func enter(by deadline: Instant) async throws(WireError) {
    let ticket: UInt64? = try state.withLock { (state) throws(WireError) in
      if state.inWork < width {
        state.inWork += 1
        return nil
      }
      guard state.waiting.count < lineMax else { throw WireError(.overloaded, retryAfterMilliseconds: 50) }
      state.lastTicket += 1
      return state.lastTicket
    }
    guard let ticket else { return }
    let timer = Lock<UInt64?>(nil)
    let verdict = await withCheckedContinuation { continuation in
      let isAdmitted = state.withLock { state in
        // Somebody may have left between the two locks.
        if state.inWork < width {
          state.inWork += 1
          return true
        }
        state.line.append(ticket)
        state.waiting[ticket] = (deadline, continuation)
        return false
      }
      if isAdmitted { return continuation.resume(returning: .admitted) }
      timer.withLock { $0 = timers.schedule(at: deadline) { [self] in expire(ticket) } }
    }
    if let timer = timer.withLock({ $0 }) { timers.cancelTimer(timer) }
    if verdict == .expired { throw WireError(.expiredInQueue) }
  }

  private func expire(_ ticket: UInt64) {
    state.withLock { $0.waiting.removeValue(forKey: ticket) }?.continuation.resume(returning: .expired)
  }

  /// Gives the place to the next in line, or back.
  private func leave() {
    let next: CheckedContinuation<Verdict, Never>? = state.withLock { state in
      var taken = 0
      defer { state.line.removeFirst(taken) }
      for ticket in state.line {
        taken += 1
        if let next = state.waiting.removeValue(forKey: ticket) { return next.continuation }
      }
      state.inWork -= 1
      return nil
    }
    next?.resume(returning: .admitted)
  }
}
