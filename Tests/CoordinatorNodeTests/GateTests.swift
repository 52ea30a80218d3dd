import CoordinatorNode
import Support
import Testing
import Transport
import Vocabulary
import Wire

struct GateTests {
  /// While work hangs nobody leaves, and those whose time is up must not be kept until somebody does.
  @Test func expiredTicketsLeaveTheLine() throws {
    let executor = ManualExecutor()
    let gate = Gate(width: 1, lineMax: 8, timers: executor)
    let codes = Lock<[ErrorCode]>([])
    let waiting = Lock<[Int]>([])
    try executor.run {
      await withDiscardingTaskGroup { group in
        let end = Instant(nanoseconds: 10_000_000_000)
        group.addTask { await Self.enter(gate, by: end, executor, codes) }
        for round in 1...50 as ClosedRange<UInt64> {
          for _ in 0..<8 {
            let deadline = Instant(nanoseconds: round * 2_000_000 - 1_000_000)
            group.addTask { await Self.enter(gate, by: deadline, executor, codes) }
          }
          await executor.sleep(until: Instant(nanoseconds: round * 2_000_000))
          waiting.withLock { $0.append(gate.load.waiting) }
        }
      }
    }
    #expect(waiting.withLock { $0 } == [Int](repeating: 0, count: 50))
    #expect(codes.withLock { $0 } == [ErrorCode](repeating: .expiredInQueue, count: 400))
  }

  /// Stays inside until its deadline.
  private static func enter(
    _ gate: Gate, by deadline: Instant, _ executor: ManualExecutor, _ codes: Lock<[ErrorCode]>
  ) async {
    do throws(WireError) {
      try await gate.run(by: deadline) { () async throws(WireError) in await executor.sleep(until: deadline) }
    } catch {
      codes.withLock { $0.append(error.code) }
    }
  }
}
