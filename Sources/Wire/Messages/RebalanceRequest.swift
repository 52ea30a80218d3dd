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
    case pause
    /// 0: as fast as before.
    case resume(bytesPerSecond: UInt64)
    case cancel
  }

  package var step: Step

  package init(_ step: Step) { self.step = step }

  package init(from reader: inout BodyReader) throws(WireError) {
    let kind: UInt8 = try reader.integer(in: 1...9)
    let flags: UInt8 = try reader.integer(in: 0...(kind == 5 ? 1 : Self.begins(kind) ? 3 : 0))
    let shard = ShardID(try Self.field(&reader, kind, [4, 5, 6], 0...(.max - 1)))
    let target = ShardID(try Self.field(&reader, kind, [6], 0...(.max - 1)))
    let slots = try Self.field(&reader, kind, [6], 1...UInt16(Limits.slotCount))
    let weight = try Self.field(&reader, kind, [3], 1...(.max))
    try reader.zeros(6)
    let bytesPerSecond: UInt64 = try reader.integer(in: 0...(Self.begins(kind) || kind == 8 ? UInt64.max : 0))
    let addressOffset = reader.offset
    let address = try reader.text(limit: 255)
    guard address.isEmpty != (kind == 3) else {
      throw WireError(.malformedBody, fieldOffset: addressOffset, message: "an address is given exactly to add a shard")
    }
    let options = Options(isDryRun: flags & 1 == 1, verifies: flags & 2 == 2, bytesPerSecond: bytesPerSecond)
    step =
      switch kind {
      case 1: .status
      case 2: .begin(.balance, options)
      case 3: .begin(.add(address: address, weight: weight), options)
      case 4: .begin(.drain(shard), options)
      case 5: .remove(shard, isDryRun: options.isDryRun)
      case 6: .begin(.move(slots: Int(slots), from: shard, to: target), options)
      case 7: .pause
      case 8: .resume(bytesPerSecond: bytesPerSecond)
      default: .cancel
      }
  }

  package func write(to writer: inout BodyWriter) {
    var (shard, target, slots, weight, address) = (UInt16(0), UInt16(0), UInt16(0), UInt16(0), "")
    var options = Options()
    switch step {
    case .status, .pause, .cancel: break
    case .resume(let bytesPerSecond): options.bytesPerSecond = bytesPerSecond
    case .remove(let id, let isDryRun): (shard, options.isDryRun) = (id.rawValue, isDryRun)
    case .begin(let goal, let chosen):
      options = chosen
      switch goal {
      case .balance: break
      case .add(let new, let share): (address, weight) = (new, share)
      case .drain(let id): shard = id.rawValue
      case .move(let count, let from, let to):
        (shard, target, slots) = (from.rawValue, to.rawValue, UInt16(clamping: count))
      }
    }
    writer.write(step.kind)
    writer.write((options.isDryRun ? 1 : 0) | (options.verifies ? 2 : 0) as UInt8)
    writer.write(array: [shard, target, slots, weight])
    writer.write(bytes: [UInt8](repeating: 0, count: 6))
    writer.write(options.bytesPerSecond)
    writer.write(text: address)
  }

  private static func begins(_ kind: UInt8) -> Bool { [2, 3, 4, 6].contains(kind) }

  /// A field that only some kinds have; it is 0 in the others.
  private static func field(
    _ reader: inout BodyReader, _ kind: UInt8, _ kinds: [UInt8], _ range: ClosedRange<UInt16>
  ) throws(WireError) -> UInt16 {
    try reader.integer(in: kinds.contains(kind) ? range : 0...0)
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
