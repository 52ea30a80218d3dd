package import Vocabulary

/// The answer to GENERATION: the generations of the collection, ascending.
package struct GenerationResponse: Message, FieldGroup, Equatable {
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
  package struct Description: FieldGroup, Hashable {
    package var generation = Generation(0)
    package var state = State.unknown
    package var memoryBytes: UInt64 = 0
    /// Items that are there; their hashes are zeros unless they were measured.
    package var content = ItemDigest()
    /// First 8 bytes of the model's content hash; 0 without a model.
    package var model: UInt64 = 0
    /// Shards that hold it in full.
    package var completeShards: UInt16 = 0
    package var shardCount: UInt16 = 0

    package init() {}

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

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      var items = content.itemCount
      try c.integer("generation", &generation)
      try c.integer("state", &state)
      try c.zeros(3)
      try c.integer("items", &items)
      try c.integer("memory_bytes", &memoryBytes)
      try c.digest("digest", &content, items: items)
      try c.integer("model", &model)
      try c.integer("shards", &completeShards)
      try c.integer("shards_in_map", &shardCount)
    }
  }

  package var generations: [Description] = []

  package init() {}

  package init(generations: [Description]) { self.generations = generations }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.list("generations", &generations, leastBytes: 68, limit: Limits.collectionsMax)
  }
}
