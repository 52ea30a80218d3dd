import Glibc
import SocketTransport
import Telemetry
import Testing
import Transport
import Vocabulary

private actor Counter {
  nonisolated let loop: EventLoop
  var value = 0

  init(_ loop: EventLoop) { self.loop = loop }

  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  func add() {
    loop.preconditionIsolated()
    value += 1
  }

  /// Adds from a callback of the loop, which is not a job of this actor.
  nonisolated func addAssumingIsolated() { assumeIsolated { $0.value += 1 } }
}

/// Has no executor of its own.
private actor Plain {
  func isOn(_ loop: EventLoop) -> Bool { loop.isIsolatingCurrentContext() == true }
}

@Suite(.timeLimit(.minutes(2)))
struct EventLoopTests {
  @Test func theLagOfALoopThatWasBusyIsMeasured() async throws {
    try await withLoop { loop in
      loop.measureLag(every: 1000)
      // Whoever blocks the loop makes its timers late.
      loop.schedule(at: loop.clock.now()) { usleep(30_000) }
      while loop.lag.snapshot.sum < 0.02 { await loop.sleep(until: loop.clock.now().advanced(microseconds: 1000)) }
      #expect(loop.lag.snapshot.count > 0)
    }
  }

  @Test func theSystemTellsOfTheProcess() {
    let (readings, disk) = (ProcessReadings(), ProcessReadings.disk(of: "/"))
    #expect(readings.residentBytes > 1e6 && readings.openDescriptors >= 3)
    #expect(readings.descriptorsMax >= readings.openDescriptors && readings.cpuSeconds > 0)
    #expect(ProcessReadings.startSeconds > 1.7e9 && disk.total > disk.free && disk.free > 0)
    #expect(ProcessReadings.disk(of: "/nowhere").total.isNaN, "not 0, which would look like a full disk")
  }

  private func withLoop(_ body: (EventLoop) async throws -> Void) async throws {
    let loop = try EventLoop()
    do {
      try await body(loop)
    } catch {
      await loop.shutdown()
      throw error
    }
    await loop.shutdown()
  }

  @Test func anActorOnTheLoopIsIsolatedByIt() async throws {
    try await withLoop { loop in
      let counter = Counter(loop)
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<8 { group.addTask { for _ in 0..<500 { await counter.add() } } }
      }
      await withCheckedContinuation { continuation in
        loop.schedule(at: Instant(nanoseconds: 0)) {
          counter.addAssumingIsolated()
          continuation.resume()
        }
      }
      #expect(await counter.value == 4001)
      #expect(loop.isIsolatingCurrentContext() == false)
    }
  }

  @Test func assumingIsolationElsewhereTraps() async {
    await #expect(processExitsWith: .failure) {
      let counter = Counter(try EventLoop())
      counter.addAssumingIsolated()
    }
  }

  @Test func tasksAndPlainActorsFollowThePreference() async throws {
    try await withLoop { loop in
      let plain = Plain()
      let answers = await withTaskExecutorPreference(loop) {
        await withTaskGroup(of: Bool.self) { group in
          for _ in 0..<10 { group.addTask { await plain.isOn(loop) } }
          group.addTask { loop.isIsolatingCurrentContext() == true }
          return await group.reduce(into: [Bool]()) { $0.append($1) }
        }
      }
      #expect(answers == [Bool](repeating: true, count: 11))
    }
  }

  @Test func timersFireInOrderOfTheirInstants() async throws {
    try await withLoop { loop in
      let fired = Lock<[Int]>([])
      let start = loop.clock.now()
      await withCheckedContinuation { continuation in
        for (index, delay) in ([30_000, 0, 10_000, 20_000, 10_000, 40_000] as [UInt64]).enumerated() {
          let instant = start.advanced(microseconds: delay)
          loop.schedule(at: instant) {
            fired.withLock { $0.append(index) }
            if loop.clock.now() < instant { fired.withLock { $0.append(-1) } }
            if index == 5 { continuation.resume() }
          }
        }
      }
      #expect(fired.withLock { $0 } == [1, 2, 4, 3, 0, 5])
    }
  }

  @Test func aCancelledTimerNeverFiresEvenIfItIsDue() async throws {
    try await withLoop { loop in
      let fired = Lock<[Int]>([])
      let start = loop.clock.now()
      await withCheckedContinuation { continuation in
        loop.schedule(at: Instant(nanoseconds: 0)) {
          // All are due in the same turn.
          let second = Lock<UInt64>(0)
          loop.schedule(at: Instant(nanoseconds: 1)) {
            fired.withLock { $0.append(1) }
            loop.cancelTimer(second.withLock { $0 })
          }
          second.withLock { $0 = loop.schedule(at: Instant(nanoseconds: 2)) { fired.withLock { $0.append(2) } } }
          let third = loop.schedule(at: start) { fired.withLock { $0.append(3) } }
          loop.cancelTimer(third)
          loop.schedule(at: start.advanced(microseconds: 2000)) { continuation.resume() }
        }
      }
      #expect(fired.withLock { $0 } == [1])
    }
  }

  @Test func anEarlierTimerWakesASleepingLoop() async throws {
    try await withLoop { loop in
      loop.schedule(at: loop.clock.now().advanced(microseconds: 3_600_000_000)) {}
      try await Task.sleep(for: .milliseconds(20))
      await withCheckedContinuation { continuation in
        loop.schedule(at: loop.clock.now().advanced(microseconds: 1000)) { continuation.resume() }
      }
    }
  }

  @Test func shutdownEndsLinksAndListenersAndTellsTheirOwners() async throws {
    let group = try EventLoopGroup(loopCount: 2)
    let network = SocketNetwork(group: group)
    let ended = Lock<[LinkEnd]>([])
    final class Owner: LinkReceiver {
      let ended: Lock<[LinkEnd]>
      init(_ ended: Lock<[LinkEnd]>) { self.ended = ended }
      func linkReceived(_ bytes: [UInt8]) {}
      func linkDrained() {}
      func linkEnded(_ end: LinkEnd) { ended.withLock { $0.append(end) } }
    }
    let accepted = Roster<Int>()
    let listener = try await network.listen("127.0.0.1:0") { _ in
      accepted.add(0)
      return Owner(ended)
    }
    for _ in 0..<3 {
      try await network.dial(
        listener.address, deadline: SystemClock().now().advanced(microseconds: 5_000_000), executor: nil
      ) { _ in Owner(ended) }
    }
    _ = await accepted.peer(2)
    await group.shutdown()
    #expect(ended.withLock { $0.count } == 6)
    // Whoever comes later is told, not left waiting.
    await group.shutdown()
    await listener.close()
    await #expect(throws: NetworkError.cancelled) {
      _ = try await network.record(listener.address, clock: SystemClock())
    }
    #expect(group.next().schedule(at: Instant(nanoseconds: 0)) {} == 0)
  }
}

@Suite(.timeLimit(.minutes(2)))
struct ComputePoolTests {
  @Test func runsEverythingOnItsOwnThreadsAndNoMore() async {
    let pool = ComputePool(threadCount: 3)
    let running = Lock((now: 0, most: 0, total: 0))
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<200 {
        group.addTask(executorPreference: pool) {
          running.withLock {
            $0.now += 1
            $0.most = max($0.most, $0.now)
            $0.total += 1
          }
          var x = 1.0
          for _ in 0..<20_000 { x = x * 1.000001 }
          running.withLock { $0.now -= x > 0 ? 1 : 0 }
        }
      }
    }
    #expect(running.withLock { $0.total } == 200)
    #expect((1...3).contains(running.withLock { $0.most }))
    await pool.shutdown()
    #expect(pool.threadCount == 0)
    await pool.shutdown()
  }

  @Test func shutdownRunsWhatWaits() async {
    let pool = ComputePool(threadCount: 1)
    let done = Lock(0)
    let tasks = (0..<50).map { _ in Task(executorPreference: pool) { done.withLock { $0 += 1 } } }
    await pool.shutdown()
    #expect(done.withLock { $0 } == 50)
    for task in tasks { await task.value }
  }
}
