package import Vocabulary

/// COLLECTION_DESCRIBE (`proto-spec/03-messages/collection.md`).
package struct CollectionDescribeRequest: RequestMessage, Equatable {
  package typealias Reply = CollectionDescribeResponse
  package static let opcode = Opcode.collectionDescribe

  /// `nil`: all.
  package var name: String?

  package init(name: String?) { self.name = name }

  package init(from reader: inout BodyReader) throws(WireError) { name = try reader.nameOrEmpty() }

  package func write(to writer: inout BodyWriter) { writer.write(name: name) }
}

/// The answer to COLLECTION_DESCRIBE, ascending by name.
package struct CollectionDescribeResponse: Message, Equatable {
  /// A collection and what the cluster holds of it.
  package struct Description: Sendable, Equatable {
    package var name: String
    package var generation: Generation
    package var schema: CollectionSchema
    package var items: UInt64
    package var memoryBytes: UInt64
    /// First 8 bytes of the model's content hash; 0 without a model.
    package var model: UInt64
    package var shardsAnswered: UInt16
    package var shardCount: UInt16

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
  }

  package var collections: [Description]

  package init(collections: [Description]) { self.collections = collections }

  package init(from reader: inout BodyReader) throws(WireError) {
    collections = []
    for _ in 0..<(try reader.count(UInt16.self, elementSize: 40, limit: Limits.collectionsMax)) {
      collections.append(
        Description(
          name: try reader.name(), generation: Generation(try reader.integer()),
          schema: try CollectionSchema(from: &reader), items: try reader.integer(), memoryBytes: try reader.integer(),
          model: try reader.integer(), shardsAnswered: try reader.integer(), shardCount: try reader.integer()))
    }
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(UInt16(collections.count))
    for collection in collections {
      writer.write(name: collection.name)
      writer.write(collection.generation.rawValue)
      collection.schema.write(to: &writer)
      writer.write(collection.items)
      writer.write(collection.memoryBytes)
      writer.write(collection.model)
      writer.write(collection.shardsAnswered)
      writer.write(collection.shardCount)
    }
  }
}
