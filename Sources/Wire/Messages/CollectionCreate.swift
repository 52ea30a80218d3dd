package import Vocabulary

/// COLLECTION_CREATE (`proto-spec/03-messages/collection.md`).
///
/// Version 1 of the body ends before the text settings.
package struct CollectionCreateRequest: RequestMessage, Equatable {
  package typealias Reply = CollectionCreateResponse
  package static let opcode = Opcode.collectionCreate

  /// 0 from clients.
  package var generation = Generation(0)
  package var name = ""
  package var schema = CollectionSchema()
  /// Where its text settings stood.
  package private(set) var textPlace = BodyPlace()

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
    textPlace = BodyPlace(c.offset)
    if c.version >= 2 { try c.text(of: &schema) }
  }

  /// A collection that is not searched by words is made as it was before any could be.
  package var sentVersion: UInt16 { schema.text == nil ? 1 : 2 }
}

/// The answer to COLLECTION_CREATE.
package struct CollectionCreateResponse: Message, FieldGroup, Equatable {
  /// Both versions have the same fields.
  package static let bodyVersion = Opcode.collectionCreate.newestBodyVersion

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
