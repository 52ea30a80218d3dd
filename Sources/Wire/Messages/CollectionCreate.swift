package import Vocabulary

/// COLLECTION_CREATE (`proto-spec/03-messages/collection.md`).
package struct CollectionCreateRequest: RequestMessage, Equatable {
  package typealias Reply = CollectionCreateResponse
  package static let opcode = Opcode.collectionCreate

  /// 0 from clients.
  package var generation: Generation
  package var name: String
  package var schema: CollectionSchema

  package init(generation: Generation = Generation(0), name: String, schema: CollectionSchema) {
    self.generation = generation
    self.name = name
    self.schema = schema
  }

  package init(from reader: inout BodyReader) throws(WireError) {
    generation = Generation(try reader.integer())
    name = try reader.name()
    schema = try CollectionSchema(from: &reader)
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(generation.rawValue)
    writer.write(name: name)
    schema.write(to: &writer)
  }
}

/// The answer to COLLECTION_CREATE.
package struct CollectionCreateResponse: Message, Equatable {
  package var generation: Generation
  /// False if the collection stood already, with this very schema.
  package var isCreated: Bool

  package init(generation: Generation, isCreated: Bool) {
    self.generation = generation
    self.isCreated = isCreated
  }

  package init(from reader: inout BodyReader) throws(WireError) {
    generation = Generation(try reader.integer())
    isCreated = try reader.bool()
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(generation.rawValue)
    writer.write(isCreated)
  }
}
