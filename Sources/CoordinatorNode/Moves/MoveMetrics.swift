import Telemetry
import Transport
import Vocabulary
import Wire

/// Metrics of the moves of slots.
struct MoveMetrics: Sendable {
  private let registry: MetricRegistry
  private let movedItems, movedBytes, movedSlots: Counter
  private let frozenSeconds: Histogram

  /// - Parameters:
  ///   - progress: How far the present move of slots is, or the last one.
  ///   - plans: The present plan.
  init(
    _ registry: MetricRegistry, _ progress: Lock<MoveProgress>, _ plans: AgreedValue<MovePlan?>,
    _ clock: any MonotonicClock
  ) {
    self.registry = registry
    movedItems = registry.counter(
      "winnow_moved_items_total", help: "Items carried to another shard; changes meanwhile count again.")
    movedBytes = registry.counter("winnow_moved_bytes_total", help: "Bytes carried to another shard.")
    movedSlots = registry.counter("winnow_moved_slots_total", help: "Slots that belong to another shard now.")
    frozenSeconds = registry.histogram(
      "winnow_move_frozen_seconds", help: "Time for which writes to moving slots had to wait.")
    registry.gauge("winnow_move_plan_slots", help: "Slots of the present plan of moves, or the last one; 0: none yet.")
    {
      Double(progress.withLock { $0.slots })
    }
    registry.gauge("winnow_move_plan_slots_moved", help: "Those of them that belong to their new shard.") {
      Double(progress.withLock { $0.slotsMoved })
    }
    registry.gauge("winnow_move_stopped", help: "1 if moves have failed too often and wait for an operator.") {
      progress.withLock { $0.isStopped } ? 1 : 0
    }
    registry.gauge(
      "winnow_move_state", help: "State of the plan of moves: 0 none, 2 works, 3 paused, 4 stopped, 5 ends."
    ) {
      let plan = plans.current
      return Double(progress.withLock { $0.state(of: plan) }.rawValue)
    }
    registry.gauge(
      "winnow_move_plan_seconds", help: "Age of the plan of moves, or time since a restart; 0: there is none."
    ) {
      guard plans.current != nil, let since = progress.withLock({ $0.since }) else { return 0 }
      return Double(since.microseconds(until: clock.now())) / 1e6
    }
    registry.gauge(
      "winnow_move_waiting_seconds", help: "For how long the plan of moves has waited for a shard that is away."
    ) {
      let now = clock.now()
      return Double(progress.withLock { $0.wait?.awayMicroseconds(at: now) } ?? 0) / 1e6
    }
  }

  /// Counts items that were carried to another shard.
  func copied(items: Int, bytes: Int) {
    movedItems.add(UInt64(items))
    movedBytes.add(UInt64(bytes))
  }

  /// Counts slots that belong to another shard now.
  func moved(slots: Int) { movedSlots.add(UInt64(slots)) }

  /// Counts a batch of slots that could not be moved.
  func failed(_ code: ErrorCode) {
    registry.counter(
      "winnow_move_failures_total", help: "Batches of slots that were given up, by the error.",
      labels: [("error", code.name)]
    ).add()
  }

  /// Notes how long writes to some slots had to wait.
  func frozen(microseconds: UInt64) { frozenSeconds.observe(Double(microseconds) / 1e6) }
}
