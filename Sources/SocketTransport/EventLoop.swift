import CLinux
package import Telemetry
package import Transport
package import Vocabulary

/// A thread that waits in epoll and runs sockets, timers and the jobs of actors and tasks, one at a time.
///
/// A turn: wait, tell what is ready, fire timers, run jobs, then what was put off to the end of the turn (that is where
/// links write, so that what one turn sends travels together). Level-triggered: a link reads once per turn and the
/// kernel reminds us of the rest, so one busy peer cannot keep the others waiting and no list of unfinished reads is
/// needed; only the wake-up is edge-triggered, which saves reading it.
@safe package final class EventLoop: LinkExecutor, @unchecked Sendable {
  // SAFETY: `local…`, `readBuffer`, `handlers` and `atEndOfTurn` are touched on the loop's thread only; `shared` has a lock; the rest
  // never changes.
  package let clock: any MonotonicClock
  private let epoll: Int32
  private let wakeUp: Int32
  private let shared = Lock(Shared())
  private var localJobs: [UnownedJob] = []
  private var handlers: [UInt64: any EventHandler] = [:]
  private var lastTag: UInt64 = 0
  private var atEndOfTurn: [PutOff] = []
  /// How late the loop was each time that it was to wake after a while, in seconds; filled once `measureLag` was called.
  package let lag = Histogram(bounds: Histogram.secondsBounds)
  /// Where links read into, one after another.
  let readBuffer: UnsafeMutableRawBufferPointer

  private struct Shared: Sendable {
    var jobs: [UnownedJob] = []
    var timers = TimerQueue()
    /// When the thread will wake by itself while it waits; `nil` while it runs.
    var waitsUntil: Instant?
    var stage = Stage.running
    var ended: [CheckedContinuation<Void, Never>] = []
  }

  private struct PutOff {
    let run: () -> Void
  }

  private enum Stage { case running, stopping, ended }

  /// Bytes that a link reads in one turn.
  static let readBytesMax = 64 << 10

  private static let wakeUpTag: UInt64 = 0
  /// The length of the loop's turns on a core: the shortest that Linux grants.
  private static let sliceNanoseconds: UInt64 = 100_000
  /// Jobs run in one turn before sockets and timers are looked at again.
  private static let jobsPerTurnMax = 256
  /// Turns that a stopping loop grants to what is still going on.
  private static let stoppingTurnsMax = 1000

  /// Starts a loop on a thread of its own.
  ///
  /// - Throws: `NetworkError.system` if descriptors or threads have run out.
  ///
  /// - Parameter steps: Of niceness by which its thread gives way to others; where it may not, it works like them.
  package init(
    named name: String = "loop", clock: any MonotonicClock = SystemClock(), givingWay steps: Int32 = 0
  ) throws(NetworkError) {
    self.clock = clock
    unsafe readBuffer = .allocate(byteCount: Self.readBytesMax, alignment: 64)
    epoll = wl_epoll_create()
    wakeUp = wl_eventfd_create()
    guard epoll >= 0, wakeUp >= 0 else { throw .system(-min(epoll, wakeUp)) }
    let status = wl_epoll_add(epoll, wakeUp, WL_READABLE | WL_EDGE, Self.wakeUpTag)
    guard status >= 0 else { throw .system(-status) }
    let isStarted = SystemThread.start(named: name) {
      if steps > 0 { _ = wl_thread_give_way(steps) }
      self.run()
    }
    guard isStarted else { throw .system(11) }
  }

  deinit {
    if epoll >= 0 { wl_close(epoll) }
    if wakeUp >= 0 { wl_close(wakeUp) }
    unsafe readBuffer.deallocate()
  }

  /// Aborts every link, ends every listener, lets their owners finish, and ends the thread.
  ///
  /// A job that comes later is never run. Not to be called from the loop itself.
  package func shutdown() async {
    precondition(!isCurrent, "an event loop cannot wait for its own end")
    await withCheckedContinuation { continuation in
      let isOver = shared.withLock { state in
        if state.stage == .ended { return true }
        state.stage = .stopping
        state.ended.append(continuation)
        return false
      }
      if isOver { continuation.resume() } else { wl_eventfd_signal(wakeUp) }
    }
  }

  /// Whether the caller runs on the loop's thread.
  var isCurrent: Bool {
    // SAFETY: the mark is only compared, never followed.
    unsafe wl_thread_mark() == UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
  }
}

// MARK: - Executor

extension EventLoop {
  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isCurrent {
      localJobs.append(job)
      return
    }
    wakeUpIfNeeded { state in
      if state.stage != .ended { state.jobs.append(job) }
      return true
    }
  }

  package func isSameExclusiveExecutionContext(other: EventLoop) -> Bool { self === other }

  package func checkIsolated() { precondition(isCurrent, "not on the event loop's thread") }

  package func isIsolatingCurrentContext() -> Bool? { isCurrent }

  @discardableResult
  package func schedule(at instant: Instant, _ body: @escaping @Sendable () -> Void) -> UInt64 {
    var number: UInt64 = 0
    wakeUpIfNeeded { state in
      guard state.stage != .ended else { return false }
      number = state.timers.add(at: instant, body)
      return state.waitsUntil.map { instant < $0 } ?? false
    }
    return number
  }

  /// Runs `body` on this loop soon.
  ///
  /// - Returns: Whether it will: not if the loop has ended.
  @discardableResult
  func runSoon(_ body: @escaping @Sendable () -> Void) -> Bool {
    schedule(at: Instant(nanoseconds: 0), body) != 0
  }

  package func cancelTimer(_ timer: UInt64) { shared.withLock { $0.timers.cancel(timer) } }

  /// Changes what other threads share and wakes the loop if `change` says so and it sleeps.
  private func wakeUpIfNeeded(_ change: (inout Shared) -> Bool) {
    let sleeps = shared.withLock { state in
      guard change(&state), state.waitsUntil != nil else { return false }
      // One signal is enough until the loop has looked.
      state.waitsUntil = nil
      return true
    }
    if sleeps { wl_eventfd_signal(wakeUp) }
  }
}

// MARK: - The thread

extension EventLoop {
  private func run() {
    // SAFETY: the mark is compared while the thread runs, and the thread keeps `self` alive.
    unsafe wl_thread_set_mark(UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()))
    // Who computes beside it would otherwise hold up for milliseconds what takes a loop microseconds.
    _ = wl_thread_set_slice(Self.sliceNanoseconds)
    let events = UnsafeMutableBufferPointer<wl_event>.allocate(capacity: Int(WL_EVENTS_MAX))
    defer { unsafe events.deallocate() }
    var stoppingTurns = 0
    while true {
      // SAFETY: `events` has room for `WL_EVENTS_MAX`, and the wait writes no more than it returns.
      let count = unsafe max(wl_epoll_wait(epoll, events.baseAddress, WL_EVENTS_MAX, waitNanoseconds()), 0)
      let stage = takeShared()
      for index in 0..<Int(count) {
        let event = unsafe events[index]
        handlers[event.tag]?.handle(events: event.events)
      }
      fireTimers()
      runJobs()
      finishTurn()
      guard stage == .stopping else { continue }
      for handler in handlers.values { handler.loopStops() }
      stoppingTurns += 1
      if endIfIdle(force: stoppingTurns > Self.stoppingTurnsMax) { return }
    }
  }

  /// How long the next wait may last, in nanoseconds; negative for ever.
  private func waitNanoseconds() -> Int64 {
    guard localJobs.isEmpty, atEndOfTurn.isEmpty else { return 0 }
    let now = clock.now()
    return shared.withLock { state in
      guard state.jobs.isEmpty, state.stage == .running else { return 0 }
      let next = state.timers.nextInstant() ?? Instant(nanoseconds: .max)
      guard next > now else { return 0 }
      state.waitsUntil = next
      return next.nanoseconds == .max ? -1 : Int64(clamping: next.nanoseconds - now.nanoseconds)
    }
  }

  private func takeShared() -> Stage {
    shared.withLock { state in
      state.waitsUntil = nil
      if localJobs.isEmpty {
        swap(&localJobs, &state.jobs)
      } else {
        localJobs.append(contentsOf: state.jobs)
        state.jobs.removeAll(keepingCapacity: true)
      }
      return state.stage
    }
  }

  /// Fires what is due now, unless a body before it cancels it; what a body adds waits for the next turn.
  private func fireTimers() {
    let due: [UInt64] = shared.withLock { state in
      guard state.timers.count > 0 else { return [] }
      let now = clock.now()
      var due: [UInt64] = []
      while let number = state.timers.popDue(at: now) { due.append(number) }
      return due
    }
    for number in due { shared.withLock { $0.timers.claim(number) }?() }
  }

  private func runJobs() {
    var next = 0
    while next < localJobs.count, next < Self.jobsPerTurnMax {
      let job = localJobs[next]
      next += 1
      unsafe job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
    }
    localJobs.removeFirst(next)
  }

  private func finishTurn() {
    guard !atEndOfTurn.isEmpty else { return }
    var bodies: [PutOff] = []
    swap(&bodies, &atEndOfTurn)
    for body in bodies { body.run() }
  }

  private func endIfIdle(force: Bool) -> Bool {
    let isIdle = localJobs.isEmpty && atEndOfTurn.isEmpty && handlers.isEmpty
    let now = clock.now()
    let ended: [CheckedContinuation<Void, Never>]? = shared.withLock { state in
      let isTimerDue = state.timers.nextInstant().map { $0 <= now } ?? false
      guard force || (isIdle && state.jobs.isEmpty && !isTimerDue) else { return nil }
      state.stage = .ended
      state.timers = TimerQueue()
      defer { state.ended = [] }
      return state.ended
    }
    guard let ended else { return false }
    for continuation in ended { continuation.resume() }
    return true
  }
}

// MARK: - Descriptors, on the loop's thread only

/// A handler of a descriptor's events.
protocol EventHandler: AnyObject {
  /// The descriptor is ready for some of the events that were asked for, or has failed.
  func handle(events: UInt32)
  /// The loop ends: give the descriptor up.
  func loopStops()
}

extension EventLoop {
  /// Watches a descriptor and keeps its handler alive until `unwatch`.
  ///
  /// - Returns: A tag, never used again, so that an event which is already on its way cannot reach a later handler.
  func watch(_ descriptor: Int32, events: UInt32, handler: any EventHandler) throws(NetworkError) -> UInt64 {
    assert(isCurrent)
    lastTag += 1
    let status = wl_epoll_add(epoll, descriptor, events, lastTag)
    guard status >= 0 else { throw .system(-status) }
    handlers[lastTag] = handler
    return lastTag
  }

  /// Changes what is waited for.
  func rewatch(_ descriptor: Int32, tag: UInt64, events: UInt32) {
    wl_epoll_modify(epoll, descriptor, events, tag)
  }

  /// Forgets a descriptor that is about to be closed.
  func unwatch(_ descriptor: Int32, tag: UInt64) {
    assert(isCurrent)
    handlers[tag] = nil
    wl_epoll_remove(epoll, descriptor)
  }

  /// Runs `body` at the end of this turn, or of the next if the end has begun.
  func runAtEndOfTurn(_ body: @escaping () -> Void) {
    assert(isCurrent)
    atEndOfTurn.append(PutOff(run: body))
  }
}
