package import Vocabulary
package import Wire

/// What the coordinator must not forget: collections, their models, which shard is complete for them, and which drops
/// a shard has still to be told.
package struct Catalogue: Sendable, Equatable {
  /// A collection of the cluster.
  package struct Record: Sendable, Equatable {
    /// The one instance that there is.
    package let generation: Generation
    /// Fixed when the collection was made.
    package let schema: CollectionSchema
    /// SHA-256 of the model's files, 32 bytes; `nil` without a model.
    package var modelHash: [UInt8]?
    /// For each shard the incarnation for which it holds all items of its slots.
    package var complete: [ShardID: Bytes16]

    /// A record of its parts.
    package init(
      generation: Generation, schema: CollectionSchema, modelHash: [UInt8]? = nil, complete: [ShardID: Bytes16] = [:]
    ) {
      self.generation = generation
      self.schema = schema
      self.modelHash = modelHash
      self.complete = complete
    }
  }

  /// Of this data; new when the coordinator starts without it.
  package let incarnation: Bytes16
  /// By name.
  package var collections: [String: Record] = [:]
  /// For each shard the names of collections that it may still have and must not.
  package var pendingDrops: [ShardID: Set<String>] = [:]

  /// A catalogue of nothing.
  package init(incarnation: Bytes16) { self.incarnation = incarnation }

  /// A shard may have a collection that it must not have.
  mutating func noteDrop(of name: String, on shard: ShardID) { pendingDrops[shard, default: []].insert(name) }

  /// A shard does not have a collection any more, or may have it now.
  mutating func forgetDrop(of name: String, on shard: ShardID) {
    pendingDrops[shard]?.remove(name)
    if pendingDrops[shard]?.isEmpty == true { pendingDrops[shard] = nil }
  }
}

extension Catalogue {
  private static let formatVersion: UInt8 = 1

  /// Reads what `bytes` wrote.
  package init(bytes: [UInt8]) throws(WireError) {
    var reader = BodyReader(bytes[...])
    let _: UInt8 = try reader.integer(in: Self.formatVersion...Self.formatVersion)
    incarnation = try reader.bytes16()
    for _ in 0..<(try reader.count(UInt16.self, elementSize: 20, limit: Limits.collectionsMax)) {
      let name = try reader.name()
      let generation = Generation(try reader.integer())
      let schema = try CollectionSchema(from: &reader)
      let modelHash = try reader.bool() ? Array(try reader.raw(32)) : nil
      var complete: [ShardID: Bytes16] = [:]
      for _ in 0..<(try reader.count(UInt16.self, elementSize: 18, limit: Limits.shardsMax)) {
        complete[ShardID(try reader.integer())] = try reader.bytes16()
      }
      collections[name] = Record(generation: generation, schema: schema, modelHash: modelHash, complete: complete)
    }
    for _ in 0..<(try reader.count(UInt16.self, elementSize: 6, limit: Limits.shardsMax)) {
      let shard = ShardID(try reader.integer())
      var names: Set<String> = []
      for _ in 0..<(try reader.count(UInt32.self, elementSize: 2, limit: Int(UInt16.max))) {
        names.insert(try reader.name())
      }
      pendingDrops[shard] = names
    }
    try reader.finish()
  }

  /// The catalogue as it is kept; equal ones have equal bytes.
  package var bytes: [UInt8] {
    var writer = BodyWriter()
    writer.write(Self.formatVersion)
    writer.write(incarnation)
    writer.write(UInt16(collections.count))
    for (name, record) in collections.sorted(by: { $0.key < $1.key }) {
      writer.write(name: name)
      writer.write(record.generation.rawValue)
      record.schema.write(to: &writer)
      writer.write(record.modelHash != nil)
      writer.write(bytes: record.modelHash ?? [])
      writer.write(UInt16(record.complete.count))
      for (shard, incarnation) in record.complete.sorted(by: { $0.key < $1.key }) {
        writer.write(shard.rawValue)
        writer.write(incarnation)
      }
    }
    writer.write(UInt16(pendingDrops.count))
    for (shard, names) in pendingDrops.sorted(by: { $0.key < $1.key }) {
      writer.write(shard.rawValue)
      writer.write(UInt32(names.count))
      for name in names.sorted() { writer.write(name: name) }
    }
    return writer.body.bytes
  }
}
