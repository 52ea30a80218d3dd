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
  var reason = ""
  /// Too many failures: it waits for an admin.
  var isStopped = false

  /// Nothing is done yet about a plan.
  init(_ plan: MovePlan? = nil, items: UInt64 = 0, bytes: UInt64 = 0) {
    guard let plan else { return }
    self.plan = plan.id
    self.items = items
    self.bytes = bytes
    kind = plan.kind
    slots = plan.placement.targets.count
    verifies = plan.verifies
    bytesPerSecond = plan.bytesPerSecond
  }

  /// A batch begins.
  mutating func began(_ move: PlacementPlan.Move, at now: Instant) {
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
    if slotsMoved > 0 { return worked(at: now) * UInt64(slotsLeft) / UInt64(slotsMoved) }
    return Self.microseconds(bytes: bytes, slots: slotsLeft, bytesPerSecond: bytesPerSecond)
  }

  /// The estimate for a move without measurements: the time to copy, and a little for each switch of the map.
  static func microseconds(bytes: UInt64, slots: Int, bytesPerSecond: UInt64) -> UInt64 {
    guard bytesPerSecond > 0 else { return 0 }
    let batches = (slots + Mover.slotsPerBatch - 1) / Mover.slotsPerBatch
    return UInt64(Double(bytes) / Double(bytesPerSecond) * 1e6) + UInt64(batches) * 50_000
  }
}
