import Transport
import Vocabulary
import Wire

/// Changes of collections, models, feeds and shards: one at a time, and some of them never while slots are moved.
struct Administration: Sendable {
  private let turn: Gate
  let plans: AgreedValue<MovePlan?>
  let events: ClusterLog

  init(_ plans: AgreedValue<MovePlan?>, _ events: ClusterLog, waitingMax: Int, timers: any LinkExecutor) {
    self.plans = plans
    self.events = events
    turn = Gate(width: 1, lineMax: waitingMax, timers: timers)
  }

  /// Changes something once the changes before it have ended.
  func run<Value: Sendable>(
    by deadline: Instant, _ work: () async throws(WireError) -> Value
  ) async throws(WireError) -> Value {
    try await turn.run(by: deadline, work)
  }

  /// Whether slots are on their way.
  var isMoving: Bool { plans.current.map { !$0.isPaused } ?? false }

  /// Refuses what must not happen while slots are on their way.
  ///
  /// - Throws: CONFLICT.
  func checkNoMoves() throws(WireError) {
    guard isMoving else { return }
    throw WireError(
      .conflict,
      message: "slots are being moved\(planner): wait until it is done, or pause it ('winnow cluster pause')")
  }

  /// Who began the plan of moves, for people.
  var planner: String { events.beginner([.rebalance, .shardAdd, .shardDrain, .shardMove]) }
}
