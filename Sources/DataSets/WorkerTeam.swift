internal import Glibc
internal import Synchronization

/// A fixed number of threads that do the parts of one job at a time, thousands of times a second.
///
/// Between jobs they watch for the next one for a moment, then sleep; a task group would sleep every time, and waking
/// costs as much as a small batch.
@safe package final class WorkerTeam: @unchecked Sendable {
  // SAFETY: `body` and `isStopping` are written with `mutex` held, before `round` is raised with release order, and
  // read after it was seen with acquire order; the caller changes them again only when `busy` is back at 0. Both
  // pthread objects have stable heap addresses from `init` to the end of the last thread.
  @safe private final class State: @unchecked Sendable {
    var body: (@Sendable (Int) -> Void)?
    var isStopping = false
    var sleepers = 0
    let round = Atomic<Int>(0)
    let busy = Atomic<Int>(0)
    let mutex: UnsafeMutablePointer<pthread_mutex_t>
    let condition: UnsafeMutablePointer<pthread_cond_t>

    init() {
      unsafe mutex = .allocate(capacity: 1)
      unsafe condition = .allocate(capacity: 1)
      unsafe mutex.initialize(to: pthread_mutex_t())
      unsafe condition.initialize(to: pthread_cond_t())
      unsafe pthread_mutex_init(mutex, nil)
      unsafe pthread_cond_init(condition, nil)
    }

    deinit {
      unsafe pthread_cond_destroy(condition)
      unsafe pthread_mutex_destroy(mutex)
      unsafe condition.deallocate()
      unsafe mutex.deallocate()
    }

    /// Waits for the round after `seen`.
    func next(after seen: Int) -> Int {
      for turn in 0..<WorkerTeam.watchTurns {
        let round = round.load(ordering: .acquiring)
        if round != seen { return round }
        if turn % 64 == 63 { sched_yield() }
      }
      unsafe pthread_mutex_lock(mutex)
      defer { unsafe pthread_mutex_unlock(mutex) }
      sleepers += 1
      while round.load(ordering: .acquiring) == seen { unsafe pthread_cond_wait(condition, mutex) }
      sleepers -= 1
      return round.load(ordering: .acquiring)
    }

    func start(_ body: (@Sendable (Int) -> Void)?, helpers: Int) {
      unsafe pthread_mutex_lock(mutex)
      self.body = body
      isStopping = body == nil
      busy.store(helpers, ordering: .relaxed)
      round.add(1, ordering: .releasing)
      let wakes = sleepers > 0
      unsafe pthread_mutex_unlock(mutex)
      if wakes { unsafe pthread_cond_broadcast(condition) }
    }
  }

  private static let watchTurns = 1 << 14

  /// Threads that work, the caller's included.
  package let count: Int
  private let state = State()

  /// Starts `count` − 1 threads; fewer if the system has no more to give.
  package init(count: Int) {
    var helpers = 0
    for _ in 1..<max(count, 1) where Self.startThread(helpers + 1, state) { helpers += 1 }
    self.count = helpers + 1
  }

  deinit { state.start(nil, helpers: 0) }

  /// Runs `body` with 0..<count, one number a thread, and returns when all have returned.
  package func run(_ body: @escaping @Sendable (Int) -> Void) {
    guard count > 1 else { return body(0) }
    state.start(body, helpers: count - 1)
    body(0)
    var turn = 0
    while state.busy.load(ordering: .acquiring) != 0 {
      turn += 1
      if turn % 64 == 0 { sched_yield() }
    }
  }

  /// Runs `body` for every part, each on whichever thread is free.
  package func run(parts: Int, _ body: @escaping @Sendable (_ part: Int, _ worker: Int) -> Void) {
    let next = Counter()
    run { worker in
      while case let part = next.take(), part < parts { body(part, worker) }
    }
  }

  private final class Counter: Sendable {
    private let value = Atomic<Int>(0)
    func take() -> Int { value.add(1, ordering: .relaxed).oldValue }
  }

  private final class Start {
    let index: Int
    let state: State
    init(index: Int, state: State) { (self.index, self.state) = (index, state) }
  }

  private static func startThread(_ index: Int, _ state: State) -> Bool {
    let start = unsafe Unmanaged.passRetained(Start(index: index, state: state))
    var thread = pthread_t()
    // SAFETY: the thread takes over the one reference that `start` holds.
    let status = unsafe pthread_create(
      &thread, nil,
      { argument in
        guard let argument = unsafe argument else { return nil }
        let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        WorkerTeam.work(start.index, start.state)
        return nil
      }, start.toOpaque())
    guard status == 0 else {
      unsafe start.release()
      return false
    }
    pthread_detach(thread)
    return true
  }

  private static func work(_ index: Int, _ state: State) {
    var seen = 0
    while true {
      seen = state.next(after: seen)
      guard !state.isStopping, let body = state.body else { return }
      body(index)
      state.busy.subtract(1, ordering: .releasing)
    }
  }
}
