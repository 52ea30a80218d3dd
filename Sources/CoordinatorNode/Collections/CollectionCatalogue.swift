package import Vocabulary
package import Wire

/// What the coordinator must not forget: collections, their generations with their models, which shard is complete for
/// them, and which drops a shard has still to be told.
package struct CollectionCatalogue: Sendable, Equatable {
  /// One generation of a collection.
  package struct Record: Sendable, Equatable {
    /// Its number, which no other generation of any collection ever has.
    package let generation: Generation
    /// Fixed when the generation was made.
    package let schema: CollectionSchema
    /// SHA-256 of the model's files, 32 bytes; `nil` without a model.
    package var modelHash: [UInt8]?
    /// For each shard the incarnation for which it holds all items of its slots.
    package var complete: [ShardID: Bytes16]

    /// A record of its parts.
    package init(
      generation: Generation, schema: CollectionSchema, modelHash: [UInt8]? = nil, complete: [ShardID: Bytes16] = [:]
    ) {
      self.generation = generation
      self.schema = schema
      self.modelHash = modelHash
      self.complete = complete
    }
  }

  /// A collection of the cluster: the generation that serves and those beside it.
  package struct Collection: Sendable, Equatable {
    /// Serves.
    package var active: Record
    /// Is being filled.
    package var staged: Record?
    /// Served before; kept for the way back.
    package var previous: Record?
    /// How histories of its shoppers are kept.
    package var histories = HistorySettings.usual
    /// Whether events of it may have been taken; it is set before the first of them is.
    package var hasEvents = false
    /// Its merchandising rules, by name.
    package var rules: [RuleBook.Stored] = []

    /// Its last experiment.
    package var experiment: Experiment?

    /// A collection of one generation, or of more.
    package init(active: Record, staged: Record? = nil, previous: Record? = nil) {
      self.active = active
      self.staged = staged
      self.previous = previous
    }

    /// All generations, ascending.
    package var records: [Record] {
      [active, staged, previous].compactMap { $0 }.sorted { $0.generation < $1.generation }
    }

    /// The experiment, while all generations of its arms can serve.
    package var actingExperiment: Experiment? {
      guard let experiment, !experiment.isOver else { return nil }
      let ready = [active.generation, previous?.generation]
      let needed = experiment.plan.arms.map(\.generation) + [experiment.plan.shadow]
      return needed.allSatisfy { $0.rawValue == 0 || ready.contains($0) } ? experiment : nil
    }

    /// Changes a generation, if it is there.
    package mutating func update(_ generation: Generation, _ change: (inout Record) -> Void) {
      if active.generation == generation { return change(&active) }
      if var record = staged, record.generation == generation {
        change(&record)
        staged = record
      }
      if var record = previous, record.generation == generation {
        change(&record)
        previous = record
      }
    }
  }

  /// Of this data; new when the coordinator starts without it.
  package let incarnation: Bytes16
  /// The last number that was given to a generation.
  package internal(set) var lastGeneration = Generation(0)
  /// By name.
  package var collections: [String: Collection] = [:]
  /// For each shard the instances that it may still have and must not.
  package var pendingDrops: [ShardID: Set<InstanceKey>] = [:]
  /// Shoppers who were forgotten, also of collections that are gone.
  var forgotten = ForgottenShoppers()

  /// The keys that page tokens are made with.
  var pageKeys = PageKeys()

  /// A catalogue of nothing.
  package init(incarnation: Bytes16) { self.incarnation = incarnation }

  /// Every generation of every collection, in the order of name and generation.
  package var instances: [(key: InstanceKey, record: Record)] {
    collections.sorted { $0.key < $1.key }.flatMap { name, collection in
      collection.records.map { (InstanceKey(name: name, generation: $0.generation), $0) }
    }
  }

  /// Takes the next number for a generation.
  ///
  /// - Throws: LIMIT_EXCEEDED when there are as many generations as there may be, or no numbers left.
  package mutating func takeGeneration() throws(WireError) -> Generation {
    guard instances.count < Limits.collectionsMax, lastGeneration.rawValue < .max else {
      throw WireError(
        .limitExceeded, message: "at most \(Limits.collectionsMax) generations of all collections live at once")
    }
    lastGeneration = Generation(lastGeneration.rawValue + 1)
    return lastGeneration
  }

  /// Lets go of generations that were being filled when the coordinator ended: what was sent for them is lost.
  ///
  /// - Returns: these generations.
  mutating func forgetStaged() -> [InstanceKey] {
    let staged = instances.filter { collections[$0.key.name]?.staged == $0.record }
    for (key, record) in staged {
      for shard in record.complete.keys { noteDrop(of: key, on: shard) }
      collections[key.name]?.staged = nil
      endExperiment(without: key, at: 0)
    }
    return staged.map(\.key)
  }

  /// A generation is gone: an experiment that needs it ends.
  mutating func endExperiment(without key: InstanceKey, at time: Int64) {
    guard collections[key.name]?.experiment?.needs(key.generation) == true else { return }
    collections[key.name]?.experiment?.end(
      at: UInt64(max(time, 1)), "generation \(key.generation.rawValue) is gone")
  }

  /// A shard may have an instance that it must not have.
  mutating func noteDrop(of key: InstanceKey, on shard: ShardID) { pendingDrops[shard, default: []].insert(key) }

  /// A shard does not have an instance any more, or may have it now.
  mutating func forgetDrop(of key: InstanceKey, on shard: ShardID) {
    pendingDrops[shard]?.remove(key)
    if pendingDrops[shard]?.isEmpty == true { pendingDrops[shard] = nil }
  }
}
