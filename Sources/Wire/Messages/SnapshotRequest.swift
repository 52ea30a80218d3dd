package import Vocabulary

/// SNAPSHOT: items out of a cluster as they stand, and back with their versions (`proto-spec/03-messages/snapshot.md`).
package struct SnapshotRequest: RequestMessage, Equatable {
  package typealias Reply = SnapshotResponse
  package static let opcode = Opcode.snapshot

  /// A step.
  package enum Step: Sendable, Equatable {
    /// - Parameter collections: Which ones; a client names none.
    case begin(collections: [InstanceKey])
    case read(shard: ShardID, part: UInt64)
    case end
    case write(TransferPart)
    case readModel(InstanceKey, ModelLoadRequest.File, offset: UInt64)
  }

  /// 0 for a write and for a model.
  package var snapshot: UInt64
  package var step: Step

  /// A step of taking a snapshot, or of giving it back.
  package init(snapshot: UInt64, step: Step) {
    self.snapshot = snapshot
    self.step = step
  }

  package init(from reader: inout BodyReader) throws(WireError) {
    let kind: UInt8 = try reader.integer(in: 1...5)
    let file = ModelLoadRequest.File(rawValue: try reader.integer(in: kind == 5 ? 1...3 : 0...0))
    let shard = ShardID(try reader.integer(in: kind == 2 ? 0...UInt16.max : 0...0))
    try reader.zeros(4)
    snapshot = try reader.integer(in: kind >= 4 ? 0...0 : 1...UInt64.max)
    let part: UInt64 = try reader.integer(in: kind == 2 ? 1...UInt64.max : 0...(kind == 5 ? .max : 0))
    switch kind {
    case 1:
      var keys: [InstanceKey] = []
      for _ in 0..<(try reader.count(UInt16.self, elementSize: 6, limit: Limits.collectionsMax)) {
        let generation = Generation(try reader.integer(in: 1...UInt32.max))
        keys.append(InstanceKey(name: try reader.name(), generation: generation))
      }
      step = .begin(collections: keys)
    case 2: step = .read(shard: shard, part: part)
    case 3: step = .end
    case 5:
      let generation = Generation(try reader.integer(in: 1...UInt32.max))
      step = .readModel(InstanceKey(name: try reader.name(), generation: generation), file ?? .manifest, offset: part)
    default:
      step = .write(try TransferPart(from: &reader, isOfSnapshot: true))
    }
  }

  package func write(to writer: inout BodyWriter) {
    let (kind, file, shard, part): (UInt8, UInt8, UInt16, UInt64) =
      switch step {
      case .begin: (1, 0, 0, 0)
      case .read(let shard, let part): (2, 0, shard.rawValue, part)
      case .end: (3, 0, 0, 0)
      case .write: (4, 0, 0, 0)
      case .readModel(_, let file, let offset): (5, file.rawValue, 0, offset)
      }
    writer.write(bytes: [kind, file])
    writer.write(shard)
    writer.write(0 as UInt32)
    writer.write(array: [snapshot, part])
    switch step {
    case .begin(let keys):
      writer.write(UInt16(keys.count))
      for key in keys {
        writer.write(key.generation.rawValue)
        writer.write(name: key.name)
      }
    case .write(let contents): contents.write(to: &writer)
    case .readModel(let key, _, _):
      writer.write(key.generation.rawValue)
      writer.write(name: key.name)
    case .read, .end: break
    }
  }
}
