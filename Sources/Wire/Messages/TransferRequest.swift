package import Placement
package import Vocabulary

/// TRANSFER: one step in giving slots to another shard (`proto-spec/03-messages/transfer.md`).
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
    case digest(SlotSet, InstanceKey)
  }

  /// 0: every open transfer, for an end; 0 for a digest.
  package var transfer: UInt64
  package var step: Step

  /// A step of a transfer.
  package init(transfer: UInt64, step: Step) {
    self.transfer = transfer
    self.step = step
  }

  package init(from reader: inout BodyReader) throws(WireError) {
    let kind: UInt8 = try reader.integer(in: 1...7)
    try reader.zeros(7)
    transfer = try reader.integer(in: kind == 7 ? 0...0 : (kind == 6 ? 0 : 1)...UInt64.max)
    let hasPart = kind == 3 || kind == 4
    let part: UInt64 = try reader.integer(in: hasPart ? 1...UInt64.max : 0...0)
    switch kind {
    case 1: step = .beginTarget(try reader.slots())
    case 2: step = .beginSource(try reader.slots())
    case 3: step = .read(part: part)
    case 4: step = .write(part: part, try TransferPart(from: &reader))
    case 5: step = .freeze
    case 6: step = .end
    default:
      let slots = try reader.slots()
      let generation = Generation(try reader.integer(in: 1...UInt32.max))
      step = .digest(slots, InstanceKey(name: try reader.name(), generation: generation))
    }
  }

  package func write(to writer: inout BodyWriter) {
    let (kind, part): (UInt64, UInt64) =
      switch step {
      case .beginTarget: (1, 0)
      case .beginSource: (2, 0)
      case .read(let part): (3, part)
      case .write(let part, _): (4, part)
      case .freeze: (5, 0)
      case .end: (6, 0)
      case .digest: (7, 0)
      }
    writer.write(array: [kind, transfer, part])
    switch step {
    case .beginTarget(let slots), .beginSource(let slots): writer.write(slots)
    case .write(_, let part): part.write(to: &writer)
    case .digest(let slots, let key):
      writer.write(slots)
      writer.write(key.generation.rawValue)
      writer.write(name: key.name)
    case .read, .freeze, .end: break
    }
  }
}
