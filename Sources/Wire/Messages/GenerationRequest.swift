package import Vocabulary

/// GENERATION: one step in the life of a collection's generations (`proto-spec/03-messages/generation.md`).
package struct GenerationRequest: RequestMessage, Equatable {
  package typealias Reply = GenerationResponse
  package static let opcode = Opcode.generation

  /// A step.
  package enum Step: Sendable, Equatable {
    case list
    case stage(CollectionSchema)
    case measure(Generation)
    /// - Parameter content: What it must hold; empty for the way back to the previous one.
    case activate(Generation, content: ItemDigest)
    case discard(Generation)
  }

  package var collection = ""
  package var step = Step.list
  /// Where the text settings of a schema stood.
  package private(set) var textPlace = BodyPlace()

  package init() {}

  package init(collection: String, step: Step) {
    self.collection = collection
    self.step = step
  }

  /// A step that says nothing of words is written as it was before there were any.
  package var sentVersion: UInt16 {
    if case .stage(let schema) = step, schema.text != nil { 2 } else { 1 }
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    var (kind, generation, content, schema) = (UInt8(1), Generation(0), ItemDigest(), CollectionSchema())
    switch step {
    case .list: break
    case .stage(let one): (kind, schema) = (2, one)
    case .measure(let one): (kind, generation) = (3, one)
    case .activate(let one, let wanted): (kind, generation, content) = (4, one, wanted)
    case .discard(let one): (kind, generation) = (5, one)
    }
    var items = content.itemCount
    try c.integer("kind", &kind, in: 1...5)
    try c.zeros(3)
    try c.integer("generation", &generation, in: kind >= 3 ? 1...UInt32.max : 0...0)
    try c.integer("items", &items, in: kind == 4 ? 0...UInt64.max : 0...0)
    try c.digest("digest", &content, items: items, isThere: kind == 4)
    try c.name("collection", &collection)
    if kind == 2 {
      try schema.fields(&c)
      textPlace = BodyPlace(c.offset)
      if c.version >= 2 { try c.text(of: &schema) }
    }
    step =
      switch kind {
      case 1: .list
      case 2: .stage(schema)
      case 3: .measure(generation)
      case 4: .activate(generation, content: content)
      default: .discard(generation)
      }
  }
}
