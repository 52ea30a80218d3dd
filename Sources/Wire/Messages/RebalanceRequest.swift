package import Vocabulary

/// REBALANCE: add, drain and remove shards, move slots (`proto-spec/03-messages/rebalance.md`).
package struct RebalanceRequest: RequestMessage, Equatable {
  package typealias Reply = RebalanceResponse
  package static let opcode = Opcode.rebalance

  /// The goal of a rebalance.
  package enum Goal: Sendable, Equatable {
    /// Each shard keeps its share by weight.
    case balance
    /// A shard more, which gets its share.
    case add(address: String, weight: UInt16)
    /// A shard keeps nothing.
    case drain(ShardID)
    /// This number of slots goes from a shard to another.
    case move(slots: Int, from: ShardID, to: ShardID)
  }

  /// How slots are moved.
  package struct Options: Sendable, Equatable {
    /// Nothing changes: what would be done is the answer.
    package var isDryRun: Bool
    /// Source and target count and sum what they hold of the slots before they change hands.
    package var verifies: Bool
    /// 0: the coordinator's own.
    package var bytesPerSecond: UInt64

    package init(isDryRun: Bool = false, verifies: Bool = false, bytesPerSecond: UInt64 = 0) {
      self.isDryRun = isDryRun
      self.verifies = verifies
      self.bytesPerSecond = bytesPerSecond
    }
  }

  /// A step.
  package enum Step: Sendable, Equatable {
    case status
    case begin(Goal, Options)
    case remove(ShardID, isDryRun: Bool)
    /// A shard gets one more member. In body version 2.
    case addMember(address: String, to: ShardID)
    /// A member of a shard goes. In body version 2.
    case removeMember(address: String, from: ShardID)
    case pause
    /// 0: as fast as before.
    case resume(bytesPerSecond: UInt64)
    case cancel
  }

  package var step = Step.status

  package init() {}

  package init(_ step: Step) { self.step = step }

  package var sentVersion: UInt16 { step.kind > Self.kindMax ? 2 : 1 }

  /// Of body version 1.
  private static let kindMax: UInt8 = 9

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    var (kind, shard, target) = (step.kind, ShardID(0), ShardID(0))
    var (slots, weight, address, options) = (UInt16(0), UInt16(0), "", Options())
    switch step {
    case .status, .pause, .cancel: break
    case .resume(let bytesPerSecond): options.bytesPerSecond = bytesPerSecond
    case .remove(let id, let isDryRun): (shard, options.isDryRun) = (id, isDryRun)
    case .addMember(let new, let id): (shard, address) = (id, new)
    case .removeMember(let old, let id): (shard, address) = (id, old)
    case .begin(.balance, let chosen): options = chosen
    case .begin(.add(let new, let share), let chosen): (address, weight, options) = (new, share, chosen)
    case .begin(.drain(let id), let chosen): (shard, options) = (id, chosen)
    case .begin(.move(let count, let from, let to), let chosen):
      (slots, shard, target, options) = (UInt16(clamping: count), from, to, chosen)
    }
    var flags: UInt8 = (options.isDryRun ? 1 : 0) | (options.verifies ? 2 : 0)
    try c.integer("kind", &kind, in: 1...(c.version >= 2 ? 11 : Self.kindMax))
    let begins = kind == 2 || kind == 3 || kind == 4 || kind == 6
    try c.integer("flags", &flags, in: 0...(kind == 5 ? 1 : begins ? 3 : 0))
    try c.integer("shard", &shard, in: 0...(4...6 ~= kind || kind > Self.kindMax ? .max - 1 : 0))
    try c.integer("target", &target, in: 0...(kind == 6 ? .max - 1 : 0))
    try c.integer("slots", &slots, in: kind == 6 ? 1...UInt16(Limits.slotCount) : 0...0)
    try c.integer("weight", &weight, in: kind == 3 ? 1...UInt16.max : 0...0)
    try c.zeros(6)
    try c.integer("bytes_per_second", &options.bytesPerSecond, in: 0...(begins || kind == 8 ? UInt64.max : 0))
    let addressAt = c.offset
    try c.text("address", &address, limit: 255)
    let hasAddress = kind == 3 || kind > Self.kindMax
    try c.check(
      address.isEmpty != hasAddress, at: addressAt, "an address is given exactly of a shard to add, and of a member")
    (options.isDryRun, options.verifies) = (flags & 1 == 1, flags & 2 == 2)
    step =
      switch kind {
      case 1: .status
      case 2: .begin(.balance, options)
      case 3: .begin(.add(address: address, weight: weight), options)
      case 4: .begin(.drain(shard), options)
      case 5: .remove(shard, isDryRun: options.isDryRun)
      case 6: .begin(.move(slots: Int(slots), from: shard, to: target), options)
      case 7: .pause
      case 8: .resume(bytesPerSecond: options.bytesPerSecond)
      case 10: .addMember(address: address, to: shard)
      case 11: .removeMember(address: address, from: shard)
      default: .cancel
      }
  }
}

extension RebalanceRequest.Step {
  /// The number of the step on the wire.
  package var kind: UInt8 {
    switch self {
    case .status: 1
    case .begin(let goal, _): goal.kind
    case .remove: 5
    case .pause: 7
    case .resume: 8
    case .cancel: 9
    case .addMember: 10
    case .removeMember: 11
    }
  }
}

extension RebalanceRequest.Goal {
  /// The number of the goal on the wire.
  package var kind: UInt8 {
    switch self {
    case .balance: 2
    case .add: 3
    case .drain: 4
    case .move: 6
    }
  }
}
