import Transport
import Vocabulary
import WinnowClient

/// Follows moves to their end: a bar that is redrawn for a person, a line now and then otherwise.
struct MoveWatch {
  private var moves: SlotMoves
  private let clock: any MonotonicClock
  private let isTerminal = StandardStreams.isErrorTerminal
  private var nextPrint: Instant
  private var hasPrinted = false
  private static let barWidth = 24
  /// How long a call waits for a coordinator that is overloaded.
  static let waitMax = Duration.seconds(300)
  private static let glanceMicroseconds: UInt64 = 100_000

  init(_ moves: SlotMoves, clock: any MonotonicClock) {
    self.moves = moves
    self.clock = clock
    nextPrint = clock.now()
  }

  /// Asks until the plan is done, stopped, paused or ended.
  mutating func follow(_ client: WinnowClient, timeout: Duration?) async throws(WinnowError) -> SlotMoves {
    let plan = moves.plan
    while moves.state == .moving || moves.state == .ending {
      print()
      await client.executor.sleep(until: clock.now().advanced(microseconds: Self.glanceMicroseconds))
      let next = try await client.slotMoves(timeout: timeout)
      // Another plan has begun: this one is over, and what is known of it is what was seen last.
      guard next.plan == plan else { break }
      moves = next
    }
    if hasPrinted, isTerminal { StandardStreams.error("", isOver: true) }
    return moves
  }

  private mutating func print() {
    let now = clock.now()
    guard now >= nextPrint else { return }
    nextPrint = now.advanced(microseconds: isTerminal ? 200_000 : 2_000_000)
    hasPrinted = true
    let line = MoveReport.line(moves)
    guard isTerminal else { return StandardStreams.error(line + "\n") }
    let filled = Self.barWidth * (moves.slots - moves.slotsLeft) / max(1, moves.slots)
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.barWidth - filled)
    StandardStreams.error("\(bar) \(line)", isOver: true)
  }
}
