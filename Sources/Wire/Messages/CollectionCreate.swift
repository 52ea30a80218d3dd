package import Vocabulary

/// COLLECTION_CREATE (`proto-spec/03-messages/collection.md`).
package struct CollectionCreateRequest: RequestMessage, Equatable {
  package typealias Reply = CollectionCreateResponse
  package static let opcode = Opcode.collectionCreate

  /// 0 from clients.
  package var generation = Generation(0)
  package var name = ""
  package var schema = CollectionSchema()

  package init() {}

  package init(generation: Generation = Generation(0), name: String, schema: CollectionSchema) {
    self.generation = generation
    self.name = name
    self.schema = schema
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("generation", &generation)
    try c.name("collection", &name)
    try schema.fields(&c)
  }
}

/// The answer to COLLECTION_CREATE.
package struct CollectionCreateResponse: Message, FieldGroup, Equatable {
  package var generation = Generation(0)
  /// False if the collection stood already, with this very schema.
  package var isCreated = false

  package init() {}

  package init(generation: Generation, isCreated: Bool) {
    self.generation = generation
    self.isCreated = isCreated
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("generation", &generation)
    try c.flag("created", &isCreated)
  }
}
