import CLinux
import Glibc
import Vocabulary

/// A fixed number of threads for scans and re-ranking, so that event loops never wait for arithmetic.
///
/// Jobs start in the order in which they come. The queue has no bound of its own: an executor cannot refuse a job, so
/// the gates that admit work bound it.
@safe package final class ComputePool: TaskExecutor, @unchecked Sendable {
  // SAFETY: `state` is touched only while `mutex` is held; both pthread objects have stable heap addresses from `init`
  // to `deinit`, and every thread keeps the pool alive.
  private var state = State()
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>

  private struct State {
    var jobs: [UnownedJob] = []
    /// Jobs before this one have been taken.
    var firstJob = 0
    var threadCount = 0
    var idleCount = 0
    var isStopping = false
    var ended: [CheckedContinuation<Void, Never>] = []
  }

  /// Processors on which this process may run.
  package static var coreCount: Int { Int(wl_cpu_count()) }

  /// Steps of niceness by which a thread in the background gives way: it gets a tenth of what a busy core gives another.
  private static let backgroundSteps: Int32 = 10

  /// One thread that gives way to all others, for work that no request waits for.
  package static func background() -> ComputePool { ComputePool(threadCount: 1, isBackground: true) }

  /// Starts `threadCount` threads; by default one for each core.
  ///
  /// Fewer run if the system has no more to give, but never none: then the first thread is a precondition.
  package convenience init(threadCount: Int = ComputePool.coreCount) {
    self.init(threadCount: threadCount, isBackground: false)
  }

  private init(threadCount: Int, isBackground: Bool) {
    unsafe mutex = .allocate(capacity: 1)
    unsafe condition = .allocate(capacity: 1)
    unsafe mutex.initialize(to: pthread_mutex_t())
    unsafe condition.initialize(to: pthread_cond_t())
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(condition, nil)
    for index in 0..<max(threadCount, 1) {
      withState { $0.threadCount += 1 }
      let isStarted = SystemThread.start(named: "\(isBackground ? "background" : "compute")-\(index)") {
        // Where it may not give way it works like the others.
        if isBackground { _ = wl_thread_give_way(Self.backgroundSteps) }
        self.run()
      }
      if !isStarted { withState { $0.threadCount -= 1 } }
    }
    precondition(withState { $0.threadCount } > 0, "no thread to be had")
  }

  deinit {
    unsafe pthread_cond_destroy(condition)
    unsafe pthread_mutex_destroy(mutex)
    unsafe condition.deallocate()
    unsafe mutex.deallocate()
  }

  /// Threads that run.
  package var threadCount: Int { withState { $0.threadCount } }

  /// Jobs that wait for a thread.
  package var waitingJobCount: Int { withState { $0.jobs.count - $0.firstJob } }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let wakes = withState { state in
      state.jobs.append(job)
      return state.idleCount > 0
    }
    // SAFETY: see above.
    if wakes { unsafe pthread_cond_signal(condition) }
  }

  /// Runs every job that waits, then ends the threads. A job that comes later is never run.
  package func shutdown() async {
    await withCheckedContinuation { continuation in
      let isOver = withState { state in
        state.isStopping = true
        if state.threadCount > 0 { state.ended.append(continuation) }
        return state.threadCount == 0
      }
      // SAFETY: see above.
      unsafe pthread_cond_broadcast(condition)
      if isOver { continuation.resume() }
    }
  }

  private func run() {
    while let job = takeJob() { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
    let ended = withState { state in
      state.threadCount -= 1
      guard state.threadCount == 0 else { return [CheckedContinuation<Void, Never>]() }
      defer { state.ended = [] }
      return state.ended
    }
    for continuation in ended { continuation.resume() }
  }

  /// Waits for a job; `nil` when the pool stops and none is left.
  private func takeJob() -> UnownedJob? {
    // Not `withState`: no access to the state may last across the wait, in which others change it.
    // SAFETY: the mutex is held whenever `state` is touched; the wait gives it up and takes it again.
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    while state.firstJob == state.jobs.count {
      guard !state.isStopping else { return nil }
      state.idleCount += 1
      unsafe pthread_cond_wait(condition, mutex)
      state.idleCount -= 1
    }
    let job = state.jobs[state.firstJob]
    state.firstJob += 1
    if state.firstJob * 2 >= state.jobs.count {
      state.jobs.removeFirst(state.firstJob)
      state.firstJob = 0
    }
    return job
  }

  private func withState<Result>(_ body: (inout State) -> Result) -> Result {
    // SAFETY: see above.
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return body(&state)
  }
}
