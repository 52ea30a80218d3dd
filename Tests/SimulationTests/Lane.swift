import Transport
import Vocabulary

/// An executor of a simulated process, such as its event loop or its compute pool: what it is given, the world runs.
final class Lane: LinkExecutor {
  private struct State {
    var jobs: [UnownedJob] = []
    var timers = TimerQueue()
    var isPaused = false
    var isOver = false
  }

  let name: String
  let number: Int
  private let isOrdered: Bool
  private let world: World
  private let state = Lock(State())

  init(_ name: String, number: Int, isOrdered: Bool, world: World) {
    self.name = name
    self.number = number
    self.isOrdered = isOrdered
    self.world = world
  }

  var clock: any MonotonicClock { world.clock }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    world.checkThread()
    state.withLock { if !$0.isOver { $0.jobs.append(job) } }
  }

  func isSameExclusiveExecutionContext(other: Lane) -> Bool { self === other }

  func checkIsolated() { precondition(world.running === self, "not on the lane \(name)") }

  func isIsolatingCurrentContext() -> Bool? { world.running === self }

  @discardableResult
  func schedule(at instant: Instant, _ body: @escaping @Sendable () -> Void) -> UInt64 {
    world.checkThread()
    return state.withLock { $0.isOver ? 0 : $0.timers.add(at: instant, body) }
  }

  func cancelTimer(_ timer: UInt64) { state.withLock { $0.timers.cancel(timer) } }

  // MARK: What the world does with it

  /// Nothing of the lane runs until it goes on.
  func pause(_ isPaused: Bool) { state.withLock { $0.isPaused = isPaused } }

  /// Nothing of the lane ever runs again: its tasks stay where they are, as those of a killed process.
  func end() {
    state.withLock { state in
      state.isOver = true
      state.jobs = []
      state.timers = TimerQueue()
    }
    world.remove(self)
  }

  func isReady(at now: Instant) -> Bool {
    state.withLock { state in
      guard !state.isPaused else { return false }
      return !state.jobs.isEmpty || state.timers.nextInstant().map { $0 <= now } ?? false
    }
  }

  /// When the next timer is due; `nil` if none waits or the lane is paused.
  var nextInstant: Instant? { state.withLock { $0.isPaused ? nil : $0.timers.nextInstant() } }

  /// The next job, or the first timer that is due.
  func takeWork(at now: Instant, draw: UInt64) -> (() -> Void)? {
    let (job, body) = state.withLock { state -> (UnownedJob?, (@Sendable () -> Void)?) in
      let isDue = state.timers.nextInstant().map { $0 <= now } ?? false
      if isDue, state.jobs.isEmpty || draw % 2 == 0 {
        return (nil, state.timers.popDue(at: now).flatMap { state.timers.claim($0) })
      }
      guard !state.jobs.isEmpty else { return (nil, nil) }
      return (state.jobs.remove(at: isOrdered ? 0 : Int((draw >> 1) % UInt64(state.jobs.count))), nil)
    }
    if let body { return body }
    guard let job else { return nil }
    return { [self] in
      job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
    }
  }
}
