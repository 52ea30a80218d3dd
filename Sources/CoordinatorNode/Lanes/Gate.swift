package import Transport
package import Vocabulary
package import Wire

/// Bounds the work that runs at once and the work that waits for it, first come, first served.
package final class Gate: Sendable {
  private enum Verdict {
    case admitted
    case expired
  }

  /// A request in line.
  private enum Place {
    /// On the way to sleep.
    case reserved
    case asleep(CheckedContinuation<Verdict, Never>)
    /// Admitted before it slept.
    case admitted
  }

  private struct State {
    var inWork = 0
    var lastTicket: UInt64 = 0
    /// By ticket, ascending.
    var line: [UInt64] = []
    var places: [UInt64: Place] = [:]
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
      guard state.places.count < lineMax else {
        throw WireError(
          .overloaded, retryAfterMilliseconds: 50,
          message: "\(width) requests of this kind are in work, and \(lineMax) wait")
      }
      state.lastTicket += 1
      state.line.append(state.lastTicket)
      state.places[state.lastTicket] = .reserved
      return state.lastTicket
    }
    guard let ticket else { return }
    let timer = timers.schedule(at: deadline) { [self] in expire(ticket) }
    let verdict = await withCheckedContinuation { continuation in
      let isAdmitted = state.withLock { state in
        if case .admitted = state.places[ticket] {
          state.places[ticket] = nil
          return true
        }
        state.places[ticket] = .asleep(continuation)
        return false
      }
      if isAdmitted { return continuation.resume(returning: .admitted) }
      // The timer may have fired before the request slept.
      if timers.clock.now() >= deadline { expire(ticket) }
    }
    timers.cancelTimer(timer)
    if verdict == .expired { throw WireError(.expiredInQueue) }
  }

  private func expire(_ ticket: UInt64) {
    let sleeper: CheckedContinuation<Verdict, Never>? = state.withLock { state in
      guard case .asleep(let continuation) = state.places[ticket] else { return nil }
      state.places[ticket] = nil
      // While the work hangs no turn passes on: the line must not keep requests that have gone.
      if let place = state.line.firstIndex(of: ticket) { state.line.remove(at: place) }
      return continuation
    }
    sleeper?.resume(returning: .expired)
  }

  /// Gives the place to the next in line, or back.
  private func leave() {
    let next: CheckedContinuation<Verdict, Never>? = state.withLock { state in
      var taken = 0
      defer { state.line.removeFirst(taken) }
      for ticket in state.line {
        taken += 1
        switch state.places[ticket] {
        case .asleep(let continuation):
          state.places[ticket] = nil
          return continuation
        case .reserved:
          state.places[ticket] = .admitted
          return nil
        case .admitted, nil: continue
        }
      }
      state.inWork -= 1
      return nil
    }
    next?.resume(returning: .admitted)
  }
}
