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

  /// A query in line.
  private enum Place {
    /// On the way to sleep.
    case reserved
    case asleep(CheckedContinuation<Verdict, Never>)
    /// Told before it slept.
    case told(Verdict)
  }

  private struct State: ~Copyable, Sendable {
    var queue: QueryQueue
    var places: [UInt64: Place] = [:]
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
  /// - Throws: OVERLOADED if there is not, or the budget is too short for the work; EXPIRED_IN_QUEUE if the deadline
  ///   passes first; CANCELLED if the caller has withdrawn; what the work throws.
  package func run<Value: Sendable>(
    by deadline: Instant, _ cancellation: RequestCancellation,
    _ work: (Admitted) async throws(WireError) -> Value
  ) async throws(WireError) -> Value {
    let waited: UInt64
    switch await enter(by: deadline, cancellation) {
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
    defer { leave(since: admitted.instant) }
    return try await work(admitted)
  }

  private func enter(by deadline: Instant, _ cancellation: RequestCancellation) async -> Verdict {
    let now = timers.clock.now()
    let arrival = state.withLock { state in
      let arrival = state.queue.arrive(deadline: deadline, at: now)
      if case .waits(let ticket) = arrival { state.places[ticket] = .reserved }
      return arrival
    }
    let ticket: UInt64
    switch arrival {
    case .admitted: return .admitted(waited: 0)
    case .refused(let refusal): return .refused(refusal)
    case .waits(let number): ticket = number
    }
    let timer = timers.schedule(at: deadline) { [self] in withdraw(ticket, .expired) }
    cancellation.onCancel { [self] in withdraw(ticket, .cancelled) }
    let verdict = await withCheckedContinuation { continuation in
      let verdict: Verdict? = state.withLock { state in
        if case .told(let verdict) = state.places[ticket] {
          state.places[ticket] = nil
          return verdict
        }
        state.places[ticket] = .asleep(continuation)
        return nil
      }
      if let verdict { continuation.resume(returning: verdict) }
    }
    timers.cancelTimer(timer)
    return verdict
  }

  private func withdraw(_ ticket: UInt64, _ verdict: Verdict) {
    let now = timers.clock.now()
    let sleeper = state.withLock { state in
      state.queue.withdraw(ticket, at: now) ? Self.tell(ticket, verdict, &state.places) : nil
    }
    sleeper?.resume(returning: verdict)
  }

  private func leave(since start: Instant) {
    let now = timers.clock.now()
    let woken = state.withLock { state in
      var woken: [(CheckedContinuation<Verdict, Never>, Verdict)] = []
      for release in state.queue.leave(after: start.microseconds(until: now), at: now) {
        let verdict: Verdict =
          release.refusal.map { .refused($0) } ?? .admitted(waited: release.waitedMicroseconds)
        if let sleeper = Self.tell(release.ticket, verdict, &state.places) { woken.append((sleeper, verdict)) }
      }
      return woken
    }
    for (sleeper, verdict) in woken { sleeper.resume(returning: verdict) }
  }

  /// - Returns: The continuation to resume; `nil` if the query does not sleep yet, and will find the verdict.
  private static func tell(
    _ ticket: UInt64, _ verdict: Verdict, _ places: inout [UInt64: Place]
  ) -> CheckedContinuation<Verdict, Never>? {
    if case .asleep(let continuation) = places[ticket] {
      places[ticket] = nil
      return continuation
    }
    places[ticket] = .told(verdict)
    return nil
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
