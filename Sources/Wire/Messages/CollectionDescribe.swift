package import Vocabulary

/// COLLECTION_DESCRIBE (`proto-spec/03-messages/collection.md`).
package struct CollectionDescribeRequest: RequestMessage, Equatable {
  package typealias Reply = CollectionDescribeResponse
  package static let opcode = Opcode.collectionDescribe

  /// `nil`: all.
  package var name: String?

  package init() {}

  package init(name: String?) { self.name = name }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.name("collection", &name)
  }
}

/// The answer to COLLECTION_DESCRIBE, ascending by name.
package struct CollectionDescribeResponse: Message, FieldGroup, Equatable {
  /// Version 1 has no text settings.
  package static let bodyVersion = Opcode.collectionDescribe.newestBodyVersion

  /// A collection and what the cluster holds of it.
  package struct Description: FieldGroup, Hashable {
    package var name = ""
    package var generation = Generation(0)
    package var schema = CollectionSchema()
    package var items: UInt64 = 0
    package var memoryBytes: UInt64 = 0
    /// First 8 bytes of the model's content hash; 0 without a model.
    package var model: UInt64 = 0
    package var shardsAnswered: UInt16 = 0
    package var shardCount: UInt16 = 0

    package init() {}

    package init(
      name: String, generation: Generation, schema: CollectionSchema, items: UInt64, memoryBytes: UInt64, model: UInt64,
      shardsAnswered: UInt16, shardCount: UInt16
    ) {
      self.name = name
      self.generation = generation
      self.schema = schema
      self.items = items
      self.memoryBytes = memoryBytes
      self.model = model
      self.shardsAnswered = shardsAnswered
      self.shardCount = shardCount
    }

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.name("name", &name)
      try c.integer("generation", &generation)
      try schema.fields(&c)
      try c.integer("items", &items)
      try c.integer("memory_bytes", &memoryBytes)
      try c.integer("model", &model)
      try c.integer("shards_answered", &shardsAnswered)
      try c.integer("shards_in_map", &shardCount)
      if c.version >= 2 { try c.text(of: &schema) }
    }
  }

  package var collections: [Description] = []

  package init() {}

  package init(collections: [Description]) { self.collections = collections }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.list("collections", &collections, leastBytes: 40, limit: Limits.collectionsMax)
  }
}
