package import Vocabulary

/// The answer to GENERATION: the generations of the collection, ascending.
package struct GenerationResponse: Message, Equatable {
  /// Where a generation stands; unknown numbers survive.
  package struct State: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// A shard does not know.
    package static let unknown = State(rawValue: 0)
    package static let active = State(rawValue: 1)
    package static let staged = State(rawValue: 2)
    package static let previous = State(rawValue: 3)
  }

  /// A generation and what the cluster holds of it.
  package struct Description: Sendable, Equatable {
    package var generation: Generation
    package var state: State
    package var memoryBytes: UInt64
    /// Items that are there; their hashes are zeros unless they were measured.
    package var content: ItemDigest
    /// First 8 bytes of the model's content hash; 0 without a model.
    package var model: UInt64
    /// Shards that hold it in full.
    package var completeShards: UInt16
    package var shardCount: UInt16

    package init(
      generation: Generation, state: State, memoryBytes: UInt64, content: ItemDigest, model: UInt64,
      completeShards: UInt16, shardCount: UInt16
    ) {
      self.generation = generation
      self.state = state
      self.memoryBytes = memoryBytes
      self.content = content
      self.model = model
      self.completeShards = completeShards
      self.shardCount = shardCount
    }
  }

  package var generations: [Description]

  package init(generations: [Description]) { self.generations = generations }

  package init(from reader: inout BodyReader) throws(WireError) {
    generations = []
    for _ in 0..<(try reader.count(UInt16.self, elementSize: 68, limit: Limits.collectionsMax)) {
      let generation = Generation(try reader.integer())
      let state = State(rawValue: try reader.integer())
      try reader.zeros(3)
      let items: UInt64 = try reader.integer()
      let memoryBytes: UInt64 = try reader.integer()
      let at = reader.offset
      guard let content = ItemDigest(itemCount: items, bytes: Array(try reader.raw(ItemDigest.byteCount))) else {
        throw WireError(.malformedBody, fieldOffset: at)
      }
      generations.append(
        Description(
          generation: generation, state: state, memoryBytes: memoryBytes, content: content,
          model: try reader.integer(), completeShards: try reader.integer(), shardCount: try reader.integer()))
    }
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(UInt16(generations.count))
    for generation in generations {
      writer.write(generation.generation.rawValue)
      writer.write(generation.state.rawValue)
      writer.write(bytes: [0, 0, 0])
      writer.write(generation.content.itemCount)
      writer.write(generation.memoryBytes)
      writer.write(bytes: generation.content.bytes)
      writer.write(generation.model)
      writer.write(generation.completeShards)
      writer.write(generation.shardCount)
    }
  }
}
