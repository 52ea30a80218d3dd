package import Vocabulary

/// COLLECTION_DROP (`proto-spec/03-messages/collection.md`).
package struct CollectionDropRequest: RequestMessage, Equatable {
  package typealias Reply = CollectionDropResponse
  package static let opcode = Opcode.collectionDrop

  /// 0: all.
  package var generation = Generation(0)
  package var name = ""

  package init() {}

  package init(generation: Generation = Generation(0), name: String) {
    self.generation = generation
    self.name = name
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("generation", &generation)
    try c.name("collection", &name)
  }
}

/// The answer to COLLECTION_DROP.
package struct CollectionDropResponse: Message, FieldGroup, Equatable {
  package var itemsRemoved: UInt64 = 0

  package init() {}

  package init(itemsRemoved: UInt64) { self.itemsRemoved = itemsRemoved }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("items_removed", &itemsRemoved)
  }
}
