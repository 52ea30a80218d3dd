import Support
import Testing
import Transport
import Vocabulary
import Wire

@Suite struct ConnectionPoolTests {
  static func pool(_ stage: Stage, to address: String = Stage.address, states: Lock<[String]> = Lock([]))
    -> ConnectionPool
  {
    ConnectionPool(
      to: address, over: stage.network, configuration: ClientConfiguration(identity: NodeIdentity(role: .coordinator)),
      random: SeededRandomSource(seed: 9), executor: stage.executor
    ) { state in
      switch state {
      case .connecting: break
      case .up: states.withLock { $0.append("up") }
      case .down(let reason): states.withLock { $0.append("down: \(reason)") }
      }
    }
  }

  static func server(_ stage: Stage, at address: String) async throws -> Server {
    try await Server.listen(
      address, over: stage.network, handler: ScriptedHandler(), random: SeededRandomSource(seed: 4))
  }

  @Test func theFirstCallWaitsForTheConnection() throws {
    try Stage.run { stage in
      let pool = Self.pool(stage)
      await pool.start()
      let reply = try await pool.call(.rank, body: MessageBody([5]), budgetMicroseconds: 1_000_000)
      #expect(Array(reply.body) == [5])
      await pool.close()
      await #expect(throws: CallError.unreachable("closed")) {
        try await pool.call(.rank, body: .empty, budgetMicroseconds: 1_000_000)
      }
    }
  }

  @Test func aDeadServerFailsCallsAtOnceOrAtTheirDeadline() throws {
    try Stage.run { stage in
      let pool = Self.pool(stage, to: "nobody:1")
      await pool.start()
      await #expect(throws: CallError.unreachable("refused")) {
        try await pool.call(.rank, body: .empty, budgetMicroseconds: 60_000_000)
      }
      #expect(stage.executor.clock.now() < Instant(nanoseconds: 1_000_000))
      let start = stage.executor.clock.now()
      await #expect(throws: CallError.unreachable("refused")) {
        try await pool.call(.rank, body: .empty, budgetMicroseconds: 3_000_000, whenDown: .wait)
      }
      #expect(start.microseconds(until: stage.executor.clock.now()) == 3_000_000)
      await pool.close()
    }
  }

  @Test func aHungServerNeverDelaysACallBeyondItsDeadline() throws {
    try Stage.run { stage in
      let pool = Self.pool(stage)
      await pool.start()
      _ = try await pool.call(.rank, body: .empty, budgetMicroseconds: 1_000_000)
      stage.network.isolate(Stage.address)
      for patience: ConnectionPool.Patience in [.fail, .wait, .fail] {
        let start = stage.executor.clock.now()
        await #expect(throws: CallError.self) {
          try await pool.call(.rank, body: .empty, budgetMicroseconds: 700_000, whenDown: patience)
        }
        #expect(start.microseconds(until: stage.executor.clock.now()) <= 700_000)
      }
      await pool.close()
    }
  }

  @Test func aServerThatComesLateIsFound() throws {
    try Stage.run { stage in
      let states = Lock<[String]>([])
      let pool = Self.pool(stage, to: "late:1", states: states)
      await pool.start()
      async let reply = pool.call(.rank, body: MessageBody([6]), budgetMicroseconds: 60_000_000, whenDown: .wait)
      await stage.sleep(2_000_000)
      let server = try await Self.server(stage, at: "late:1")
      #expect(try await Array(reply.body) == [6])
      #expect(states.withLock { $0 } == ["down: refused", "up"])
      await pool.close()
      await server.close()
    }
  }

  @Test func aLostConnectionIsDialledAgain() throws {
    try Stage.run { stage in
      let states = Lock<[String]>([])
      let pool = Self.pool(stage, states: states)
      await pool.start()
      for _ in 0..<3 {
        _ = try await pool.call(.rank, body: .empty, budgetMicroseconds: 1_000_000, whenDown: .wait)
        stage.network.reset(Stage.address)
        await stage.sleep(10)
      }
      _ = try await pool.call(.rank, body: .empty, budgetMicroseconds: 1_000_000, whenDown: .wait)
      let words = states.withLock { $0 }
      #expect(words.filter { $0 == "up" }.count == 4)
      #expect(words.filter { $0.hasPrefix("down") }.count == 3)
      let traffic = await pool.traffic
      #expect(traffic.framesIn == 8)
      await pool.close()
    }
  }

  @Test func aDrainingServerGetsNoNewCalls() throws {
    try Stage.run { stage in
      let pool = Self.pool(stage)
      await pool.start()
      _ = try await pool.call(.rank, body: .empty, budgetMicroseconds: 1_000_000)
      await stage.server.drain()
      await #expect(throws: CallError.self) {
        try await pool.call(.rank, body: .empty, budgetMicroseconds: 1_000_000)
      }
      let server = try await Self.server(stage, at: Stage.address)
      _ = try await pool.call(.rank, body: .empty, budgetMicroseconds: 10_000_000, whenDown: .wait)
      await pool.close()
      await server.close()
    }
  }

  @Test func waitsBetweenAttemptsGrowWithJitterUpToTheirMaximum() {
    let random = SeededRandomSource(seed: 1)
    var backoff = Backoff()
    var whole = backoff.microsecondsMin
    for _ in 0..<40 {
      let wait = backoff.next(from: random)
      #expect((whole / 2...whole).contains(wait))
      whole = min(2 * whole, backoff.microsecondsMax)
    }
    backoff.reset()
    #expect(backoff.next(from: random) <= backoff.microsecondsMin)
  }
}
