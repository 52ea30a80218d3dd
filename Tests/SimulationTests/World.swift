import Glibc
import Support
import Transport
import Vocabulary

/// The scheduler of a simulation: it runs the jobs and timers of all lanes on one thread, in an order that a seed decides,
/// in a time of its own. The same seed gives the same run, step by step.
///
/// A lane that is over drops what it had, as the death of a process does; one that is paused keeps it.
final class World: Sendable {
  private struct State {
    var random: SeededRandom
    var now = Instant(nanoseconds: 0)
    var lanes: [Lane] = []
    var laneCount = 0
    /// The lane whose work runs, and the thread that runs it.
    var running: Lane?
    var runner: pthread_t?
    var stepCount = 0
    var digest: UInt64 = 0xCBF2_9CE4_8422_2325
    /// Work that came from another thread: something has left the simulation.
    var strayCount = 0
  }

  /// Why a run ended before its body did.
  enum Failure: Error {
    /// Nothing is left to run.
    case stalled
    /// More steps than any run needs.
    case endless
  }

  struct Clock: MonotonicClock {
    let world: World
    func now() -> Instant { world.now }
  }

  private let state: Lock<State>

  init(seed: UInt64) { state = Lock(State(random: SeededRandom(seed: seed))) }

  var now: Instant { state.withLock { $0.now } }
  var clock: Clock { Clock(world: self) }
  var running: Lane? { state.withLock { $0.running } }
  var stepCount: Int { state.withLock { $0.stepCount } }
  var strayCount: Int { state.withLock { $0.strayCount } }
  /// What has happened so far, in one number.
  var digest: UInt64 { state.withLock { $0.digest } }

  /// Draws from the seed.
  func draw() -> UInt64 { state.withLock { $0.random.next() } }

  /// Draws a number below a bound.
  func draw(below bound: Int) -> Int { Int(draw() % UInt64(max(bound, 1))) }

  /// Takes something that happened into the digest.
  func note(_ value: UInt64) { state.withLock { $0.digest = ($0.digest ^ value) &* 0x0100_0000_01B3 } }

  func note(_ text: String) { for byte in text.utf8 { note(UInt64(byte)) } }

  /// A new lane.
  ///
  /// - Parameter isOrdered: Jobs run in the order in which they came, as on an event loop, and not as on a pool.
  func lane(_ name: String, isOrdered: Bool = true) -> Lane {
    state.withLock { state in
      state.laneCount += 1
      let lane = Lane(name, number: state.laneCount, isOrdered: isOrdered, world: self)
      state.lanes.append(lane)
      return lane
    }
  }

  func remove(_ lane: Lane) { state.withLock { $0.lanes.removeAll { $0 === lane } } }

  /// Counts work that another thread brings.
  func checkThread() {
    state.withLock { state in
      if let runner = state.runner, runner != pthread_self() { state.strayCount += 1 }
    }
  }

  /// Runs a task on a lane until it has finished, and with it everything else.
  func run<Value: Sendable>(
    on lane: Lane, stepsMax: Int, _ body: @escaping @Sendable () async throws -> Value
  ) throws -> Value {
    let outcome = Lock<Result<Value, any Error>?>(nil)
    Task(executorPreference: lane) {
      do {
        let value = try await body()
        outcome.withLock { $0 = .success(value) }
      } catch {
        outcome.withLock { $0 = .failure(error) }
      }
    }
    while true {
      if let outcome = outcome.withLock({ $0 }) { return try outcome.get() }
      guard stepCount < stepsMax else { throw Failure.endless }
      guard step() else { throw Failure.stalled }
    }
  }

  /// Runs one piece of work of one lane, or else moves time to the next timer.
  private func step() -> Bool {
    let (lanes, now) = state.withLock { ($0.lanes, $0.now) }
    let ready = lanes.filter { $0.isReady(at: now) }
    guard !ready.isEmpty else {
      guard let next = lanes.compactMap({ $0.nextInstant }).min() else { return false }
      state.withLock { $0.now = max($0.now, next) }
      return true
    }
    let lane = ready[draw(below: ready.count)]
    guard let work = lane.takeWork(at: now, draw: draw()) else { return true }
    let pace = draw()
    state.withLock { state in
      state.stepCount += 1
      state.running = lane
      state.runner = pthread_self()
      // Work takes time, so that deadlines fall into the middle of it.
      state.now = Instant(nanoseconds: state.now.nanoseconds + 200 + pace % 8000)
    }
    note(UInt64(lane.number) << 56 ^ now.nanoseconds)
    work()
    state.withLock { state in
      state.running = nil
      state.runner = nil
    }
    return true
  }
}
