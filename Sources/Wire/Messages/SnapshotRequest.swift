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
  package var snapshot: UInt64 = 0
  package var step = Step.end

  package init() {}

  /// A step of taking a snapshot, or of giving it back.
  package init(snapshot: UInt64, step: Step) {
    self.snapshot = snapshot
    self.step = step
  }

  /// Version 3 has more only of collections and of the files of a model.
  package var sentVersion: UInt16 {
    switch step {
    case .begin, .readModel: 3
    case .read, .end, .write: 2
    }
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    var (kind, file, shard, part): (UInt8, ModelLoadRequest.File?, ShardID, UInt64) = (step.kind, nil, ShardID(0), 0)
    var (keys, key) = ([Key](), InstanceKey(name: "", generation: Generation(0)))
    var contents = TransferPart()
    switch step {
    case .begin(let collections): keys = collections.map { Key(key: $0) }
    case .read(let id, let number): (shard, part) = (id, number)
    case .end: break
    case .write(let some): contents = some
    case .readModel(let one, let some, let offset): (key, file, part) = (one, some, offset)
    }
    try c.integer("kind", &kind, in: 1...5)
    try c.integer("file", &file, in: kind == 5 ? ModelLoadRequest.File.numbers(in: c.version) : 0...0)
    try c.integer("shard", &shard, in: kind == 2 ? 0...UInt16.max : 0...0)
    try c.zeros(4)
    try c.integer("snapshot", &snapshot, in: kind >= 4 ? 0...0 : 1...UInt64.max)
    try c.integer("part", &part, in: kind == 2 ? 1...UInt64.max : 0...(kind == 5 ? .max : 0))
    switch kind {
    case 1: try c.list("collections", &keys, leastBytes: 6, limit: Limits.collectionsMax)
    case 4: try contents.fields(&c, isOfSnapshot: true)
    case 5:
      try c.integer("generation", &key.generation, in: 1...UInt32.max)
      try c.name("collection", &key.name)
    default: break
    }
    step =
      switch kind {
      case 1: .begin(collections: keys.map(\.key))
      case 2: .read(shard: shard, part: part)
      case 3: .end
      case 4: .write(contents)
      default: .readModel(key, file ?? .manifest, offset: part)
      }
  }
}

extension SnapshotRequest {
  /// A collection that is named.
  private struct Key: FieldGroup {
    var key = InstanceKey(name: "", generation: Generation(0))

    mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.integer("generation", &key.generation, in: 1...UInt32.max)
      try c.name("name", &key.name)
    }
  }
}

extension SnapshotRequest.Step {
  /// The number of the step on the wire.
  fileprivate var kind: UInt8 {
    switch self {
    case .begin: 1
    case .read: 2
    case .end: 3
    case .write: 4
    case .readModel: 5
    }
  }
}
