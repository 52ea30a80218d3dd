package import Transport
package import Vocabulary
package import Wire

/// Lets queries in as `QueryQueue` says: the thin shell that gives it time and wakes those who wait.
package final class QueryGate: Sendable {
  /// A query that was let in.
  package struct Admitted: Sendable {
    /// When.
    package let instant: Instant
    /// Since it asked.
    package let waitedMicroseconds: UInt64
  }

  private enum Verdict {
    case admitted(waited: UInt64)
    case refused(QueryQueue.Refusal)
    case expired
    case cancelled
  }

  private struct State: ~Copyable, Sendable {
    var queue: QueryQueue
    var waiters: [QueryQueue.Ticket: Waiter<Verdict>] = [:]
  }

  private let timers: any LinkExecutor
  private let state: Lock<State>
  private let metrics: OverloadMetrics

  /// A gate with an empty line.
  init(_ settings: QueryQueue.Settings, timers: any LinkExecutor, metrics: OverloadMetrics) {
    self.timers = timers
    self.metrics = metrics
    state = Lock(State(queue: QueryQueue(settings)))
  }

  /// How many are in work, and how many wait.
  package var load: (inWork: Int, waiting: Int) {
    state.withLock { ($0.queue.inWork, $0.queue.waitingCount) }
  }

  /// Queries that may be in work now.
  package var inWorkLimit: Int { state.withLock { $0.queue.inWorkLimit } }
  /// Whether queries are refused because others wait.
  package var isOverloaded: Bool { state.withLock { $0.queue.isOverloaded } }
  /// The share of the depth asked for that queries get which allow less.
  package var depthShare: Double { state.withLock { $0.queue.depthShare } }

  /// The candidates of a query: all that it asks for, unless it allows less and there is too much to do.
  package func depth(asked: Int, least: Int, k: Int) -> Int {
    state.withLock { $0.queue.depth(asked: asked, least: least, k: k) }
  }

  /// A query was answered; see `QueryQueue.answered`.
  package func answered(worked: UInt64, waited: UInt64, isWhole: Bool) {
    let now = timers.clock.now()
    state.withLock { $0.queue.answered(worked: worked, waited: waited, isWhole: isWhole, at: now) }
  }

  /// Runs work once there is room for it.
  ///
  /// - Parameter caller: Takes turns with the other callers that wait.
  /// - Throws: OVERLOADED if there is not, or the budget is too short for the work; EXPIRED_IN_QUEUE if the deadline
  ///   passes first; CANCELLED if the caller has withdrawn; what the work throws.
  package func run<Value: Sendable>(
    by deadline: Instant, for caller: CallerID, _ cancellation: RequestCancellation,
    _ work: (Admitted) async throws(WireError) -> Value
  ) async throws(WireError) -> Value {
    let waited: UInt64
    switch await enter(by: deadline, caller, cancellation) {
    case .admitted(let microseconds): waited = microseconds
    case .refused(let refusal):
      metrics.refused(refusal.reason)
      throw WireError(
        .overloaded, retryAfterMilliseconds: refusal.retryAfterMilliseconds, message: refusal.reason.message)
    case .expired:
      metrics.refused(.deadline)
      throw WireError(.expiredInQueue)
    case .cancelled: throw WireError(.cancelled)
    }
    metrics.admitted(waited: waited)
    let admitted = Admitted(instant: timers.clock.now(), waitedMicroseconds: waited)
    defer { leave(caller, since: admitted.instant) }
    return try await work(admitted)
  }

  private func enter(
    by deadline: Instant, _ caller: CallerID, _ cancellation: RequestCancellation
  ) async -> Verdict {
    let now = timers.clock.now()
    let waiter = Waiter<Verdict>()
    let arrival = state.withLock { state in
      let arrival = state.queue.arrive(caller, deadline: deadline, at: now)
      if case .waits(let ticket, let displaced) = arrival {
        state.waiters[ticket] = waiter
        if let displaced { Self.tell(displaced, &state.waiters) }
      }
      return arrival
    }
    let ticket: QueryQueue.Ticket
    switch arrival {
    case .admitted: return .admitted(waited: 0)
    case .refused(let refusal): return .refused(refusal)
    case .waits(let number, _): ticket = number
    }
    let timer = timers.schedule(at: deadline) { [self] in withdraw(ticket, .expired) }
    cancellation.onCancel { [self] in withdraw(ticket, .cancelled) }
    let verdict = await waiter.value()
    timers.cancelTimer(timer)
    return verdict
  }

  private func withdraw(_ ticket: QueryQueue.Ticket, _ verdict: Verdict) {
    let now = timers.clock.now()
    state.withLock { state in
      if state.queue.withdraw(ticket, at: now) { state.waiters.removeValue(forKey: ticket)?.tell(verdict) }
    }
  }

  private func leave(_ caller: CallerID, since start: Instant) {
    let now = timers.clock.now()
    state.withLock { state in
      for release in state.queue.leave(caller, after: start.microseconds(until: now), at: now) {
        Self.tell(release, &state.waiters)
      }
    }
  }

  private static func tell(_ release: QueryQueue.Release, _ waiters: inout [QueryQueue.Ticket: Waiter<Verdict>]) {
    waiters.removeValue(forKey: release.ticket)?.tell(
      release.refusal.map { .refused($0) } ?? .admitted(waited: release.waitedMicroseconds))
  }
}

extension QueryQueue.Reason {
  /// The reason in words, for the client.
  fileprivate var message: String {
    switch self {
    case .full: "as many queries wait as may"
    case .delay: "the coordinator is overloaded, and the query would have to wait"
    case .deadline: "the query's time is shorter than the wait and the work"
    }
  }
}
