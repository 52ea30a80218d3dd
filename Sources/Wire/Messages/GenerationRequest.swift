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

  package var collection: String
  package var step: Step

  package init(collection: String, step: Step) {
    self.collection = collection
    self.step = step
  }

  package init(from reader: inout BodyReader) throws(WireError) {
    let kind: UInt8 = try reader.integer(in: 1...5)
    try reader.zeros(3)
    let generation = Generation(try reader.integer(in: kind >= 3 ? 1...UInt32.max : 0...0))
    let items: UInt64 = try reader.integer(in: kind == 4 ? 0...UInt64.max : 0...0)
    let at = reader.offset
    let digest = Array(try reader.raw(ItemDigest.byteCount))
    guard kind == 4 || digest.allSatisfy({ $0 == 0 }), let content = ItemDigest(itemCount: items, bytes: digest) else {
      throw WireError(.malformedBody, fieldOffset: at)
    }
    collection = try reader.name()
    switch kind {
    case 1: step = .list
    case 2: step = .stage(try CollectionSchema(from: &reader))
    case 3: step = .measure(generation)
    case 4: step = .activate(generation, content: content)
    default: step = .discard(generation)
    }
  }

  package func write(to writer: inout BodyWriter) {
    var content = ItemDigest()
    let kind: UInt32
    let generation: Generation
    switch step {
    case .list: (kind, generation) = (1, Generation(0))
    case .stage: (kind, generation) = (2, Generation(0))
    case .measure(let one): (kind, generation) = (3, one)
    case .activate(let one, let wanted): (kind, generation, content) = (4, one, wanted)
    case .discard(let one): (kind, generation) = (5, one)
    }
    writer.write(kind)
    writer.write(generation.rawValue)
    writer.write(content.itemCount)
    writer.write(bytes: content.bytes)
    writer.write(name: collection)
    if case .stage(let schema) = step { schema.write(to: &writer) }
  }
}
