import Placement
import Vocabulary
import Wire

/// How far the present plan is, or the last one; lost at a restart.
struct MoveProgress: Sendable {
  /// The plan that this is about; 0: none.
  var plan: UInt64 = 0
  var kind: UInt8 = 0
  var slots = 0
  var verifies = false
  var bytesPerSecond: UInt64 = 0
  /// In the slots of the plan, about.
  var items: UInt64 = 0
  var bytes: UInt64 = 0
  var itemsCopied: UInt64 = 0
  var bytesCopied: UInt64 = 0
  var slotsMoved = 0
  /// Since when this is known.
  var since: Instant?
  /// Worked, without the batch that is on its way.
  var microseconds: UInt64 = 0
  var batchStart: Instant?
  var source: ShardID?
  var target: ShardID?
  var phase = RebalanceResponse.Phase.none
  /// Before this instant nothing more is copied: the throttle.
  var nextRead: Instant?
  var frozenMicrosecondsMax: UInt64 = 0
  var failures: UInt32 = 0
  /// One after the other, of one batch.
  var failuresInARow = 0
  /// Why the last of them failed.
  var reason = ""
  /// What it waits for, unless it works or has failed.
  private(set) var wait: MoveWait?
  /// Slots that their new shard cannot take yet.
  private var busy: [(target: ShardID, slots: SlotSet, until: Instant)] = []
  /// How much of the work was waiting for them.
  private var busyMicroseconds: UInt64 = 0
  /// Too many failures: it waits for an admin.
  var isStopped = false

  /// Nothing is done yet about a plan.
  init(_ plan: MovePlan? = nil, items: UInt64 = 0, bytes: UInt64 = 0, since: Instant? = nil) {
    guard let plan else { return }
    self.plan = plan.id
    self.since = since
    self.items = items
    self.bytes = bytes
    kind = plan.kind
    slots = plan.placement.targets.count
    verifies = plan.verifies
    bytesPerSecond = plan.bytesPerSecond
  }

  /// A batch begins.
  ///
  /// - Parameter bytesPerSecond: What it copies at most; what the batch before has left of another limit is forgotten.
  mutating func began(_ move: PlacementPlan.Move, bytesPerSecond: UInt64, at now: Instant) {
    if bytesPerSecond != self.bytesPerSecond { (self.bytesPerSecond, nextRead) = (bytesPerSecond, nil) }
    batchStart = now
    (source, target) = (move.source, move.target)
  }

  /// A batch has ended.
  mutating func ended(at now: Instant) {
    microseconds += batchStart?.microseconds(until: now) ?? 0
    (batchStart, source, target, phase) = (nil, nil, nil, .none)
  }

  /// Worked on the plan so far.
  func worked(at now: Instant) -> UInt64 { microseconds + (batchStart?.microseconds(until: now) ?? 0) }

  /// Until the end, about; 0: not known.
  func microsecondsLeft(slotsLeft: Int, at now: Instant) -> UInt64 {
    var left = Self.microseconds(bytes: bytes, slots: slotsLeft, bytesPerSecond: bytesPerSecond)
    if slotsMoved > 0 {
      let (worked, idle) = (worked(at: now), busyMicroseconds + (wait?.busyMicroseconds(at: now) ?? 0))
      left = (worked - min(worked, idle)) * UInt64(slotsLeft) / UInt64(slotsMoved)
    }
    let waiting = busy.filter { now < $0.until }
    guard slotsLeft > 0, let end = waiting.map(\.until).max() else { return left }
    // Other slots move meanwhile; these follow.
    let slots = waiting.reduce(0) { $0 + $1.slots.count }
    return max(left, now.microseconds(until: end) + left * UInt64(slots) / UInt64(slotsLeft))
  }

  /// The estimate for a move without measurements: the time to copy, and a little for each switch of the map.
  static func microseconds(bytes: UInt64, slots: Int, bytesPerSecond: UInt64) -> UInt64 {
    guard bytesPerSecond > 0 else { return 0 }
    let batches = (slots + Mover.slotsPerBatch - 1) / Mover.slotsPerBatch
    return UInt64(Double(bytes) / Double(bytesPerSecond) * 1e6) + UInt64(batches) * 50_000
  }

  /// The state of work on a plan.
  func state(of plan: MovePlan?) -> RebalanceResponse.State {
    guard let plan else { return .atRest }
    return switch (plan.isCancelled, plan.isPaused) {
    case (true, _): .ending
    case (_, true) where source != nil: .ending
    case (_, true): isStopped ? .stopped : .paused
    case (_, false): .working
    }
  }

  // MARK: Waiting

  /// A shard of the plan cannot be asked.
  ///
  /// - Returns: Whether it could be until now.
  mutating func waits(forAway shard: ShardID, at now: Instant) -> Bool {
    phase = .waiting
    guard wait?.cause != .away(shard) else { return false }
    wait = MoveWait(cause: .away(shard), since: now)
    return true
  }

  /// A shard cannot take slots before an instant.
  mutating func waits(forBusy shard: ShardID, _ slots: SlotSet, until: Instant, at now: Instant) {
    busy.removeAll { $0.target == shard && $0.slots == slots }
    busy.append((shard, slots, until))
    wait = MoveWait(cause: .busy(shard, until: until), since: now)
  }

  /// The plan goes on.
  mutating func waitsNoMore(at now: Instant) {
    busyMicroseconds += wait?.busyMicroseconds(at: now) ?? 0
    wait = nil
  }

  /// What it waits for, else why the last try failed.
  func reason(at now: Instant) -> String { wait?.words(at: now) ?? reason }

  /// The slots that move next, of the first move that can go on: one between shards that are up, and with slots
  /// that their new shard takes already.
  ///
  /// - Returns: `nil` if no move is left; `yields` says that there are other slots to move.
  mutating func nextBatch(
    of moves: [PlacementPlan.Move], at now: Instant, isUp: (ShardID) -> Bool
  ) -> (move: PlacementPlan.Move, slots: SlotSet, yields: Bool)? {
    busy.removeAll { $0.until <= now }
    let able = moves.filter { isUp($0.source) && isUp($0.target) }
    let candidates = able.isEmpty ? moves : able
    let free = candidates.map { move in
      var slots = move.slots
      for entry in busy where entry.target == move.target { slots.subtract(entry.slots) }
      return (move, slots)
    }
    if let (move, slots) = free.first(where: { !$1.isEmpty }) {
      let batch = slots.lowest(Mover.slotsPerBatch)
      return (move, batch, free.reduce(0) { $0 + $1.1.count } > batch.count)
    }
    for entry in busy.sorted(by: { $0.until < $1.until }) {
      for move in candidates where move.target == entry.target {
        var slots = move.slots
        slots.formIntersection(entry.slots)
        if !slots.isEmpty { return (move, slots.lowest(Mover.slotsPerBatch), false) }
      }
    }
    return nil
  }
}
