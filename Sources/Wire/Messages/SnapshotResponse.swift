package import Vocabulary

/// The answer to SNAPSHOT.
package struct SnapshotResponse: Message, Equatable {
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
  package struct Collection: Sendable, Equatable {
    package var key: InstanceKey
    /// First 8 bytes of the model's content hash; 0 without a model.
    package var model: UInt64
    package var schema: CollectionSchema

    package init(key: InstanceKey, model: UInt64, schema: CollectionSchema) {
      self.key = key
      self.model = model
      self.schema = schema
    }
  }

  package var state: State
  /// The newest part of this shard that was read, or 0.
  package var part: UInt64
  /// Not yet read.
  package var items: UInt64
  /// The bytes of these items, about.
  package var byteCount: UInt64
  /// Of the map; told to a client that begins.
  package var shards: [ShardID]
  /// Likewise.
  package var collections: [Collection]
  /// Bytes of a file of a model.
  package var data: [UInt8]
  /// The part that was read.
  package var contents: TransferPart?

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

  package init(from reader: inout BodyReader) throws(WireError) {
    state = State(rawValue: try reader.integer())
    let hasPart = try reader.bool()
    try reader.zeros(6)
    part = try reader.integer()
    items = try reader.integer()
    byteCount = try reader.integer()
    let shardCount = try reader.count(UInt16.self, elementSize: 2, limit: Limits.shardsMax)
    shards = try reader.array(of: UInt16.self, count: shardCount).map { ShardID($0) }
    collections = []
    for _ in 0..<(try reader.count(UInt16.self, elementSize: 20, limit: Limits.collectionsMax)) {
      let generation = Generation(try reader.integer())
      let model: UInt64 = try reader.integer()
      let key = InstanceKey(name: try reader.name(), generation: generation)
      collections.append(Collection(key: key, model: model, schema: try CollectionSchema(from: &reader)))
    }
    let byteCount = try reader.count(UInt32.self, elementSize: 1, limit: ModelLoadRequest.chunkBytesMax)
    data = Array(try reader.raw(byteCount))
    contents = hasPart ? try TransferPart(from: &reader) : nil
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(state.rawValue)
    writer.write(contents != nil)
    writer.write(bytes: [0, 0, 0, 0, 0, 0])
    writer.write(array: [part, items, byteCount])
    writer.write(UInt16(shards.count))
    writer.write(array: shards.map(\.rawValue))
    writer.write(UInt16(collections.count))
    for collection in collections {
      writer.write(collection.key.generation.rawValue)
      writer.write(collection.model)
      writer.write(name: collection.key.name)
      collection.schema.write(to: &writer)
    }
    writer.write(UInt32(data.count))
    writer.write(bytes: data)
    contents?.write(to: &writer)
  }
}
