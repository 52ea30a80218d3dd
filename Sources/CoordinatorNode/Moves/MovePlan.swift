import Metadata
package import Placement
package import Vocabulary
package import Wire

/// What an admin has asked for and is not yet done: all that the coordinator has to remember of it. What is done of it is
/// read from the shard map.
package struct MovePlan: Sendable, Equatable {
  /// A shard that is drained, and the weight that it gets back if the plan is cancelled.
  package struct Drained: Sendable, Equatable {
    package let shard: ShardID
    package let weight: UInt16

    package init(shard: ShardID, weight: UInt16) {
      self.shard = shard
      self.weight = weight
    }
  }

  /// Random, not 0.
  package let id: UInt64
  /// The kind of the REBALANCE that made it.
  package let kind: UInt8
  /// Where slots have to go.
  package let placement: PlacementPlan
  /// Whether source and target are compared before each switch.
  package let verifies: Bool
  package let drained: Drained?
  /// To copy at most; not 0.
  package var bytesPerSecond: UInt64
  /// A paused plan waits until an operator resumes it.
  package var isPaused = false
  /// It is to be ended.
  package var isCancelled = false

  /// A plan of its parts.
  package init(
    id: UInt64, kind: UInt8, placement: PlacementPlan, verifies: Bool, bytesPerSecond: UInt64, drained: Drained? = nil
  ) {
    self.id = id
    self.kind = kind
    self.placement = placement
    self.verifies = verifies
    self.bytesPerSecond = bytesPerSecond
    self.drained = drained
  }
}

// version u8, 1 · kind u8 · flags u8 (bit 0 verify, 1 paused, 2 cancelled, 3 drained) · 0 u8 · drained shard u16 · its weight
// u16 · id u64 · bytes a second u64 · 4,096 × u16, the shard that each slot has to go to, or FFFF.
extension MovePlan {
  private static let formatVersion: UInt8 = 1

  /// Reads what `bytes` wrote.
  package init(bytes: [UInt8]) throws(WireError) {
    var reader = BodyReader(bytes[...])
    _ = try reader.integer(in: Self.formatVersion...Self.formatVersion)
    kind = try reader.integer()
    let flags: UInt8 = try reader.integer(in: 0...15)
    try reader.zeros(1)
    let (shard, weight) = (ShardID(try reader.integer()), try reader.integer(UInt16.self))
    drained = flags & 8 > 0 ? Drained(shard: shard, weight: weight) : nil
    (verifies, isPaused, isCancelled) = (flags & 1 > 0, flags & 2 > 0, flags & 4 > 0)
    id = try reader.integer(in: 1...UInt64.max)
    bytesPerSecond = try reader.integer(in: 1...UInt64.max)
    let goals: [UInt16] = try reader.array(count: Limits.slotCount)
    try reader.finish()
    var targets: [Slot: ShardID] = [:]
    for (slot, goal) in zip(Slot.all, goals) where goal != .max { targets[slot] = ShardID(goal) }
    placement = PlacementPlan(targets: targets)
  }

  /// The plan as it is kept; equal ones have equal bytes.
  package var bytes: [UInt8] {
    var writer = BodyWriter()
    let flags: [Bool] = [verifies, isPaused, isCancelled, drained != nil]
    let bits = flags.enumerated().reduce(UInt8(0)) { $0 | ($1.element ? 1 << UInt8($1.offset) : 0) }
    writer.write(bytes: [Self.formatVersion, kind, bits, 0])
    writer.write(array: [drained?.shard.rawValue ?? 0, drained?.weight ?? 0])
    writer.write(array: [id, bytesPerSecond])
    writer.write(array: Slot.all.map { placement.targets[$0]?.rawValue ?? .max })
    return writer.body.bytes
  }
}

extension MovePlan? {
  /// The plan as its store keeps it: no bytes mean that there is none.
  package static var form: AgreedValue<MovePlan?>.Form {
    .init(
      name: .moves, words: "the plan of moves",
      decode: { (bytes) throws(WireError) in bytes.isEmpty ? nil : try MovePlan(bytes: bytes) },
      encode: { $0?.bytes ?? [] })
  }
}
