import Glibc
package import Vocabulary

/// An executor with a time of its own that runs only when asked: one job, timer or random choice after another, the
/// same in every run. The twin of an event loop for tests and the simulator.
///
/// Time stands still while there are jobs and then jumps to the next timer. `Task {}` and `Task.detached` escape it;
/// task groups, `async let` and actors without an executor follow.
package final class ManualExecutor: LinkExecutor {
  private struct State: Sendable {
    var jobs: [UnownedJob] = []
    var timers = TimerQueue()
    var now = Instant(nanoseconds: 0)
    /// The thread inside `step`.
    var runner: pthread_t?
  }

  /// The time of the executor.
  private struct Clock: MonotonicClock {
    let state: Lock<State>
    func now() -> Instant { state.withLock { $0.now } }
  }

  /// Nothing is left to run, and the body of `run` has not finished: it waits for something that never comes.
  package struct Stalled: Error {}

  private let state = Lock(State())
  private let choice: (any RandomSource)?

  package var clock: any MonotonicClock { Clock(state: state) }

  /// An executor at time 0.
  ///
  /// - Parameter choice: Chooses the next job among those that wait; `nil` takes the oldest.
  package init(choice: (any RandomSource)? = nil) { self.choice = choice }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    state.withLock { $0.jobs.append(job) }
  }

  package func isSameExclusiveExecutionContext(other: ManualExecutor) -> Bool { self === other }

  package func checkIsolated() { precondition(isCurrent, "not on the manual executor") }

  package func isIsolatingCurrentContext() -> Bool? { isCurrent }

  @discardableResult
  package func schedule(at instant: Instant, _ body: @escaping @Sendable () -> Void) -> UInt64 {
    state.withLock { $0.timers.add(at: instant, body) }
  }

  package func cancelTimer(_ timer: UInt64) { state.withLock { $0.timers.cancel(timer) } }

  /// Runs a task on this executor until it has finished; blocks the caller's thread meanwhile.
  ///
  /// - Throws: What `body` throws, or `Stalled`.
  package func run<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
    let outcome = Lock<Result<Value, any Error>?>(nil)
    let task = Task(executorPreference: self) {
      do {
        let value = try await body()
        outcome.withLock { $0 = .success(value) }
      } catch {
        outcome.withLock { $0 = .failure(error) }
      }
    }
    while true {
      if let outcome = outcome.withLock({ $0 }) { return try outcome.get() }
      guard step() else {
        task.cancel()
        throw Stalled()
      }
    }
  }

  /// Runs one job, or else moves time to the next timer and fires it.
  ///
  /// - Parameter limit: How far time may move.
  /// - Returns: Whether there was something to run.
  @discardableResult
  package func step(until limit: Instant = Instant(nanoseconds: .max)) -> Bool {
    if let job = takeJob() {
      asRunner {
        // SAFETY: a job is taken from the queue once, and both executors are this object, which outlives the call.
        unsafe job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
      }
      return true
    }
    let body: (@Sendable () -> Void)? = state.withLock { state in
      guard let next = state.timers.nextInstant(), next <= limit else { return nil }
      state.now = max(state.now, next)
      return state.timers.popDue(at: state.now).flatMap { state.timers.claim($0) }
    }
    guard let body else { return false }
    asRunner(body)
    return true
  }

  /// Runs everything that is there and comes up to an instant that many microseconds from now, and ends at it.
  package func advance(microseconds: UInt64) {
    let end = clock.now().advanced(microseconds: microseconds)
    while step(until: end) {}
    state.withLock { $0.now = max($0.now, end) }
  }

  private var isCurrent: Bool { state.withLock { $0.runner } == pthread_self() }

  private func asRunner(_ body: () -> Void) {
    state.withLock { state in
      precondition(state.runner == nil, "two threads run one executor, or a job runs it again")
      state.runner = pthread_self()
    }
    body()
    state.withLock { $0.runner = nil }
  }

  private func takeJob() -> UnownedJob? {
    state.withLock { state in
      guard !state.jobs.isEmpty else { return nil }
      guard let choice else { return state.jobs.removeFirst() }
      return state.jobs.remove(at: Int(choice.next() % UInt64(state.jobs.count)))
    }
  }
}
