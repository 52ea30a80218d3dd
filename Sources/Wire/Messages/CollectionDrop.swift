package import Vocabulary

/// COLLECTION_DROP (`proto-spec/03-messages/collection.md`).
package struct CollectionDropRequest: RequestMessage, Equatable {
  package typealias Reply = CollectionDropResponse
  package static let opcode = Opcode.collectionDrop

  /// 0: all.
  package var generation: Generation
  package var name: String

  package init(generation: Generation = Generation(0), name: String) {
    self.generation = generation
    self.name = name
  }

  package init(from reader: inout BodyReader) throws(WireError) {
    generation = Generation(try reader.integer())
    name = try reader.name()
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(generation.rawValue)
    writer.write(name: name)
  }
}

/// The answer to COLLECTION_DROP.
package struct CollectionDropResponse: Message, Equatable {
  package var itemsRemoved: UInt64

  package init(itemsRemoved: UInt64) { self.itemsRemoved = itemsRemoved }

  package init(from reader: inout BodyReader) throws(WireError) { itemsRemoved = try reader.integer() }

  package func write(to writer: inout BodyWriter) { writer.write(itemsRemoved) }
}
