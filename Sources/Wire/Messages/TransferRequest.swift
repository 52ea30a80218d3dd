package import Placement
package import Vocabulary

/// TRANSFER: one step in giving slots to another shard (`proto-spec/03-messages/transfer.md`).
///
/// Version 1 of the body knows no histories.
package struct TransferRequest: RequestMessage, Equatable {
  package typealias Reply = TransferResponse
  package static let opcode = Opcode.transfer
  /// How long a writer to a frozen slot has to wait.
  package static let retryAfterMilliseconds: UInt32 = 20

  /// A step.
  package enum Step: Sendable, Equatable {
    case beginTarget(SlotSet)
    case beginSource(SlotSet)
    case read(part: UInt64)
    case write(part: UInt64, TransferPart)
    case freeze
    case end
    /// - Parameter key: Of generation 0: the histories of the collection.
    case digest(SlotSet, InstanceKey)
  }

  /// 0: every open transfer, for an end; 0 for a digest.
  package var transfer: UInt64 = 0
  package var step = Step.end

  package init() {}

  /// A step of a transfer.
  package init(transfer: UInt64, step: Step) {
    self.transfer = transfer
    self.step = step
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    var (kind, part, slots): (UInt8, UInt64, SlotSet) = (step.kind, 0, SlotSet())
    var (contents, key) = (TransferPart(), InstanceKey(name: "", generation: Generation(0)))
    switch step {
    case .beginTarget(let some), .beginSource(let some): slots = some
    case .read(let number): part = number
    case .write(let number, let some): (part, contents) = (number, some)
    case .freeze, .end: break
    case .digest(let some, let one): (slots, key) = (some, one)
    }
    try c.integer("kind", &kind, in: 1...7)
    try c.zeros(7)
    try c.integer("transfer", &transfer, in: kind == 7 ? 0...0 : (kind == 6 ? 0 : 1)...UInt64.max)
    try c.integer("part", &part, in: kind == 3 || kind == 4 ? 1...UInt64.max : 0...0)
    switch kind {
    case 1, 2: try c.slots("slots", &slots)
    case 4: try contents.fields(&c)
    case 7:
      try c.slots("slots", &slots)
      try c.integer("generation", &key.generation, in: (c.version >= 2 ? 0 : 1)...UInt32.max)
      try c.name("collection", &key.name)
    default: break
    }
    step =
      switch kind {
      case 1: .beginTarget(slots)
      case 2: .beginSource(slots)
      case 3: .read(part: part)
      case 4: .write(part: part, contents)
      case 5: .freeze
      case 6: .end
      default: .digest(slots, key)
      }
  }
}

extension TransferRequest.Step {
  /// The number of the step on the wire.
  fileprivate var kind: UInt8 {
    switch self {
    case .beginTarget: 1
    case .beginSource: 2
    case .read: 3
    case .write: 4
    case .freeze: 5
    case .end: 6
    case .digest: 7
    }
  }
}
