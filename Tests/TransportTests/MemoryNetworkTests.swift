import Support
import Testing
import Transport
import Vocabulary

/// Sends back what it gets and closes when the peer is done.
private actor Echo: LinkReceiver {
  private let link: any ByteLink
  nonisolated let pinned: any LinkExecutor

  init(_ link: any ByteLink) {
    self.link = link
    pinned = link.executor
  }

  nonisolated var unownedExecutor: UnownedSerialExecutor { pinned.asUnownedSerialExecutor() }

  nonisolated func linkReceived(_ bytes: [UInt8]) { assumeIsolated { $0.link.send(bytes) } }
  nonisolated func linkDrained() {}
  nonisolated func linkEnded(_ end: LinkEnd) { assumeIsolated { if end == .peerFinished { $0.link.close() } } }
}

/// Writes down what happens to it.
private actor Recorder: LinkReceiver {
  let link: any ByteLink
  nonisolated let pinned: any LinkExecutor
  private(set) var pieces: [[UInt8]] = []
  private(set) var ends: [LinkEnd] = []
  private(set) var drainedCount = 0

  init(_ link: any ByteLink) {
    self.link = link
    pinned = link.executor
  }

  nonisolated var unownedExecutor: UnownedSerialExecutor { pinned.asUnownedSerialExecutor() }

  nonisolated func linkReceived(_ bytes: [UInt8]) { assumeIsolated { $0.pieces.append(bytes) } }
  nonisolated func linkDrained() { assumeIsolated { $0.drainedCount += 1 } }
  nonisolated func linkEnded(_ end: LinkEnd) { assumeIsolated { $0.ends.append(end) } }

  func act<Result: Sendable>(_ body: @Sendable (any ByteLink) -> Result) -> Result { body(link) }
  var bytes: [UInt8] { Array(pieces.joined()) }
}

/// A pair of recorders on a link that has just been opened.
private struct Pair: Sendable {
  let dialled: Recorder
  let accepted: Recorder
  let network: MemoryNetwork
  let executor: ManualExecutor

  init(_ executor: ManualExecutor, seed: UInt64 = 1, _ conditions: MemoryConditions = MemoryConditions()) async throws {
    self.executor = executor
    network = MemoryNetwork(executor: executor, random: SeededRandomSource(seed: seed), conditions: conditions)
    let accepted = Lock<Recorder?>(nil)
    let dialled = Lock<Recorder?>(nil)
    _ = try await network.listen("shard:1") { link in
      let recorder = Recorder(link)
      accepted.withLock { $0 = recorder }
      return recorder
    }
    try await network.dial("shard:1", deadline: Instant(nanoseconds: .max), executor: nil) { link in
      let recorder = Recorder(link)
      dialled.withLock { $0 = recorder }
      return recorder
    }
    await executor.sleep(microseconds: 0)
    self.dialled = try #require(dialled.withLock { $0 })
    self.accepted = try #require(accepted.withLock { $0 })
  }
}

extension ManualExecutor {
  /// Lets everything happen that is due within that time.
  fileprivate func sleep(microseconds: UInt64) async {
    await withCheckedContinuation { continuation in
      schedule(at: clock.now().advanced(microseconds: microseconds + 1)) { continuation.resume() }
    }
  }
}

struct MemoryNetworkTests {
  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func seededSplitsAndDelaysLoseNothing(seed: UInt64) throws {
    let executor = ManualExecutor(choice: SeededRandomSource(seed: seed))
    try executor.run {
      var conditions = MemoryConditions()
      conditions.pieceBytesMax = 37
      conditions.delayMicroseconds = 10...500
      let network = MemoryNetwork(executor: executor, random: SeededRandomSource(seed: seed), conditions: conditions)
      let listener = try await network.listen("any:0") { Echo($0) }
      let made = Lock<Recorder?>(nil)
      try await network.dial(listener.address, deadline: Instant(nanoseconds: .max), executor: nil) { link in
        let recorder = Recorder(link)
        made.withLock { $0 = recorder }
        return recorder
      }
      let client = try #require(made.withLock { $0 })
      var random = SeededRandom(seed: seed)
      var sent: [UInt8] = []
      for _ in 0..<20 {
        let bytes = random.bytes(Int.random(in: 1...200, using: &random))
        sent += bytes
        await client.act { $0.send(bytes) }
        await executor.sleep(microseconds: 20)
      }
      await executor.sleep(microseconds: 100_000)
      #expect(await client.bytes == sent)
      #expect(await client.pieces.allSatisfy { (1...37).contains($0.count) })
      await client.act { $0.close() }
      await executor.sleep(microseconds: 100_000)
      #expect(await client.ends == [.closed])
    }
  }

  @Test func theSameSeedGivesTheSameRun() throws {
    func pieces(seed: UInt64) throws -> [[UInt8]] {
      let executor = ManualExecutor(choice: SeededRandomSource(seed: seed))
      return try executor.run {
        var conditions = MemoryConditions()
        conditions.pieceBytesMax = 50
        let pair = try await Pair(executor, seed: seed, conditions)
        await pair.dialled.act { $0.send(Array(0...255)) }
        await executor.sleep(microseconds: 10)
        return await pair.accepted.pieces
      }
    }
    #expect(try pieces(seed: 7) == pieces(seed: 7))
    #expect(try pieces(seed: 7) != pieces(seed: 8))
    #expect(Array(try pieces(seed: 8).joined()) == Array(0...255))
  }

  @Test func pausedReaderLetsTheSendersQueueGrow() throws {
    let executor = ManualExecutor()
    try executor.run {
      let pair = try await Pair(executor)
      await pair.accepted.act { $0.pauseReading() }
      await pair.dialled.act { $0.send([UInt8](repeating: 1, count: 100_000)) }
      await executor.sleep(microseconds: 10)
      #expect(await pair.dialled.act { $0.queuedByteCount } == 100_000 - 65_536)
      #expect(await pair.dialled.drainedCount == 0)
      #expect(await pair.accepted.pieces.isEmpty)
      await pair.accepted.act { $0.resumeReading() }
      await executor.sleep(microseconds: 10)
      #expect(await pair.accepted.bytes.count == 100_000)
      #expect(await pair.dialled.drainedCount == 1)
    }
  }

  @Test func halfCloseDeliversRepliesThenBothEndsClose() throws {
    let executor = ManualExecutor()
    try executor.run {
      let pair = try await Pair(executor)
      await pair.accepted.act { $0.send([1, 2, 3]) }
      await pair.accepted.act { $0.close() }
      await executor.sleep(microseconds: 10)
      #expect(await pair.dialled.bytes == [1, 2, 3])
      #expect(await pair.dialled.ends == [.peerFinished])
      #expect(await pair.accepted.ends.isEmpty)
      await pair.dialled.act { $0.close() }
      await executor.sleep(microseconds: 10)
      #expect(await pair.dialled.ends == [.peerFinished, .closed])
      #expect(await pair.accepted.ends == [.closed])
    }
  }

  @Test func closeGivesUpOnAPeerThatNeverFinishes() throws {
    let executor = ManualExecutor()
    try executor.run {
      let pair = try await Pair(executor)
      await pair.accepted.act { $0.close() }
      await executor.sleep(microseconds: 10_000_010)
      #expect(await pair.accepted.ends == [.closed])
      #expect(await pair.dialled.ends == [.peerFinished, .failed(104)])
    }
  }

  @Test func abortResetsThePeerAndDropsWhatIsQueued() throws {
    let executor = ManualExecutor()
    try executor.run {
      let pair = try await Pair(executor)
      await pair.dialled.act {
        $0.send([1])
        $0.abort()
        $0.send([2])
      }
      await executor.sleep(microseconds: 10)
      #expect(await pair.dialled.ends == [.closed])
      #expect(await pair.accepted.ends == [.failed(104)])
      #expect(await pair.accepted.bytes.isEmpty)
    }
  }

  @Test func aCutEndsBothSidesAfterExactlyThatManyBytes() throws {
    let executor = ManualExecutor()
    try executor.run {
      var conditions = MemoryConditions()
      conditions.cutAfterByteCount = 10
      let pair = try await Pair(executor, conditions)
      await pair.dialled.act { $0.send(Array(0..<100)) }
      await executor.sleep(microseconds: 10)
      #expect(await pair.accepted.bytes == Array(0..<10))
      #expect(await pair.accepted.ends == [.failed(104)])
      #expect(await pair.dialled.ends == [.failed(104)])
    }
  }

  @Test func aSilentLinkTellsNobody() throws {
    let executor = ManualExecutor()
    try executor.run {
      var conditions = MemoryConditions()
      conditions.silentAfterByteCount = 4
      let pair = try await Pair(executor, conditions)
      await pair.dialled.act { $0.send(Array(0..<100)) }
      await pair.dialled.act { $0.abort() }
      await executor.sleep(microseconds: 60_000_000)
      #expect(await pair.accepted.bytes.count <= 4)
      #expect(await pair.accepted.ends.isEmpty)
      #expect(await pair.dialled.ends == [.closed])
    }
  }

  @Test func dialsAreRefusedTimeOutOrAreCancelled() throws {
    let executor = ManualExecutor()
    try executor.run {
      let network = MemoryNetwork(executor: executor, random: SeededRandomSource(seed: 1))
      let deadline = executor.clock.now().advanced(microseconds: 1000)
      await #expect(throws: NetworkError.refused("shard:1")) {
        try await network.dial("shard:1", deadline: deadline, executor: nil) { Echo($0) }
      }
      let listener = try await network.listen("shard:1") { Echo($0) }
      await #expect(throws: NetworkError.addressInUse("shard:1")) {
        _ = try await network.listen("shard:1") { Echo($0) }
      }
      network.isolate("shard:1")
      await #expect(throws: NetworkError.timedOut) {
        try await network.dial("shard:1", deadline: deadline, executor: nil) { Echo($0) }
      }
      #expect(executor.clock.now() == deadline)
      let cancelled = await withTaskGroup(of: NetworkError?.self) { group in
        group.addTask {
          do throws(NetworkError) {
            try await network.dial("shard:1", deadline: Instant(nanoseconds: .max), executor: nil) { Echo($0) }
            return nil
          } catch {
            return error
          }
        }
        await executor.sleep(microseconds: 100)
        group.cancelAll()
        return await group.next() ?? nil
      }
      #expect(cancelled == .cancelled)
      network.restore("shard:1")
      try await network.dial("shard:1", deadline: Instant(nanoseconds: .max), executor: nil) { Echo($0) }
      await listener.close()
      await #expect(throws: NetworkError.refused("shard:1")) {
        try await network.dial("shard:1", deadline: Instant(nanoseconds: .max), executor: nil) { Echo($0) }
      }
    }
  }

  @Test func resetAndIsolationReachOpenLinks() throws {
    let executor = ManualExecutor()
    try executor.run {
      let pair = try await Pair(executor)
      pair.network.isolate("shard:1")
      await pair.dialled.act { $0.send([1]) }
      await pair.accepted.act { $0.send([2]) }
      await executor.sleep(microseconds: 1000)
      #expect(await pair.accepted.bytes.isEmpty)
      #expect(await pair.dialled.bytes.isEmpty)
      let other = try await Pair(executor)
      other.network.reset("shard:1")
      await executor.sleep(microseconds: 1000)
      #expect(await other.dialled.ends == [.failed(104)])
      #expect(await other.accepted.ends == [.failed(104)])
    }
  }
}

struct ManualExecutorTests {
  @Test func aTaskThatWaitsForNothingIsStalled() {
    let executor = ManualExecutor()
    let forgotten = Lock<CheckedContinuation<Void, Never>?>(nil)
    #expect(throws: ManualExecutor.Stalled.self) {
      try executor.run { await withCheckedContinuation { continuation in forgotten.withLock { $0 = continuation } } }
    }
    forgotten.withLock { $0 }?.resume()
    while executor.step() {}
  }

  @Test func timeJumpsFromTimerToTimerAndNoFurtherThanAsked() {
    let executor = ManualExecutor()
    let fired = Lock<[UInt64]>([])
    for microseconds in [30, 10, 20, 10] as [UInt64] {
      executor.schedule(at: Instant(nanoseconds: microseconds * 1000)) {
        fired.withLock { $0.append(executor.clock.now().nanoseconds / 1000) }
      }
    }
    executor.advance(microseconds: 25)
    #expect(fired.withLock { $0 } == [10, 10, 20])
    #expect(executor.clock.now() == Instant(nanoseconds: 25_000))
    executor.advance(microseconds: 5)
    #expect(fired.withLock { $0 } == [10, 10, 20, 30])
  }
}

struct TimerQueueTests {
  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func firesInOrderWhateverIsCancelled(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var queue = TimerQueue()
    let fired = Lock<[Int]>([])
    var expected: [(instant: UInt64, index: Int)] = []
    var numbers: [(number: UInt64, index: Int)] = []
    for index in 0..<500 {
      let instant = UInt64.random(in: 0..<100, using: &random)
      let number = queue.add(at: Instant(nanoseconds: instant)) { fired.withLock { $0.append(index) } }
      numbers.append((number, index))
      expected.append((instant, index))
    }
    for (number, index) in numbers.shuffled(using: &random).prefix(400) {
      queue.cancel(number)
      queue.cancel(number)
      expected.removeAll { $0.index == index }
    }
    #expect(queue.count == 100)
    expected.sort { ($0.instant, $0.index) < ($1.instant, $1.index) }
    #expect(queue.nextInstant()?.nanoseconds == expected[0].instant)
    while let number = queue.popDue(at: Instant(nanoseconds: 49)) { queue.claim(number)?() }
    #expect(fired.withLock { $0 } == expected.filter { $0.instant <= 49 }.map(\.index))
    while let number = queue.popDue(at: Instant(nanoseconds: 99)) { queue.claim(number)?() }
    #expect(fired.withLock { $0 } == expected.map(\.index))
    #expect(queue.nextInstant() == nil)
    #expect(queue.count == 0)
  }

  @Test func aTimerThatIsDueCanStillBeCancelled() {
    var queue = TimerQueue()
    let number = queue.add(at: Instant(nanoseconds: 1)) {}
    #expect(queue.popDue(at: Instant(nanoseconds: 5)) == number)
    queue.cancel(number)
    #expect(queue.claim(number) == nil)
  }
}
