package import Vocabulary

/// The answer to SNAPSHOT.
package struct SnapshotResponse: Message, FieldGroup, Equatable {
  package static var bodyVersion: UInt16 { Opcode.snapshot.newestBodyVersion }

  /// How far the reading is; unknown numbers survive.
  package struct State: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let notOpen = State(rawValue: 0)
    package static let open = State(rawValue: 1)
    /// The shard is read to its end.
    package static let complete = State(rawValue: 2)
  }

  /// A collection of the snapshot.
  package struct Collection: FieldGroup, Equatable {
    package var key = InstanceKey(name: "", generation: Generation(0))
    /// First 8 bytes of the model's content hash; 0 without a model.
    package var model: UInt64 = 0
    package var schema = CollectionSchema()

    package init() {}

    package init(key: InstanceKey, model: UInt64, schema: CollectionSchema) {
      self.key = key
      self.model = model
      self.schema = schema
    }

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.integer("generation", &key.generation)
      try c.integer("model", &model)
      try c.name("name", &key.name)
      try schema.fields(&c)
      if c.version >= 3 { try c.text(of: &schema) }
    }
  }

  package var state = State.notOpen
  /// The newest part of this shard that was read, or 0.
  package var part: UInt64 = 0
  /// Not yet read.
  package var items: UInt64 = 0
  /// The bytes of these items, about.
  package var byteCount: UInt64 = 0
  /// Of the map; told to a client that begins.
  package var shards: [ShardID] = []
  /// Likewise.
  package var collections: [Collection] = []
  /// Bytes of a file of a model.
  package var data: [UInt8] = []
  /// The part that was read.
  package var contents: TransferPart?

  package init() {}

  package init(
    state: State, part: UInt64 = 0, items: UInt64 = 0, byteCount: UInt64 = 0, shards: [ShardID] = [],
    collections: [Collection] = [], data: [UInt8] = [], contents: TransferPart? = nil
  ) {
    self.state = state
    self.part = part
    self.items = items
    self.byteCount = byteCount
    self.shards = shards
    self.collections = collections
    self.data = data
    self.contents = contents
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    var hasPart = contents != nil
    var numbers = shards.map(\.rawValue)
    var shardCount = numbers.count
    try c.integer("state", &state)
    try c.flag("has_part", &hasPart)
    try c.zeros(6)
    try c.integer("part", &part)
    try c.integer("items", &items)
    try c.integer("bytes", &byteCount)
    try c.count(&shardCount, elementSize: 2, limit: Limits.shardsMax)
    try c.column("shards", &numbers, count: shardCount)
    try c.list("collections", &collections, leastBytes: 20, limit: Limits.collectionsMax)
    try c.bytes("data", &data, limit: ModelLoadRequest.chunkBytesMax)
    try c.part(&contents, isThere: hasPart)
    shards = numbers.map { ShardID($0) }
  }
}
