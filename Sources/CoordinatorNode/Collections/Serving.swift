package import Kernels
package import Placement
package import Ranking
import Text
package import Vocabulary
package import Wire

/// All that a request needs to know, at one moment: taken once at its start, so that it sees one map and one model.
package struct Serving: Sendable {
  /// The map that routes requests.
  package internal(set) var map: ShardMap
  /// Its shards, in its order.
  var peers: [Peer] = []
  /// By name, in their active generation.
  package var collections: [String: ServingCollection]
  /// The generations beside the active ones.
  package var others: [InstanceKey: ServingCollection] = [:]

  /// The map and the collections that serve at one moment.
  package init(map: ShardMap, collections: [String: ServingCollection] = [:]) {
    self.map = map
    self.collections = collections
  }

  /// A collection by name and generation.
  ///
  /// - Throws: UNKNOWN_COLLECTION, UNKNOWN_GENERATION.
  package func collection(_ name: String, _ generation: Generation) throws(WireError) -> ServingCollection {
    guard let collection = collections[name] else { throw WireError(.unknownCollection) }
    if generation.rawValue == 0 || generation == collection.generation { return collection }
    guard let other = others[InstanceKey(name: name, generation: generation)] else {
      throw WireError(.unknownGeneration)
    }
    return other
  }
}

/// A collection as requests see it.
package struct ServingCollection: Sendable {
  /// Its name.
  package let name: String
  /// Of the instance that serves.
  package let generation: Generation
  /// The schema of all items.
  package let schema: CollectionSchema
  /// `nil`: results stay in retrieval order.
  package let model: ServingModel?
  /// Makes terms of queries: the model's, or one that knows no word; `nil`: the collection is not searched by words.
  let analyser: QueryAnalyser?
  /// For each shard the incarnation for which it holds all items of its slots.
  package let complete: [ShardID: Bytes16]
  /// The generation of the collection that is being filled, if there is one.
  package let staged: Generation?
  /// How histories of its shoppers are kept.
  package let histories: HistorySettings
  /// Whether events of it may have been taken.
  package let hasEvents: Bool
  /// Its merchandising rules.
  package let rules: RuleBook

  /// Its experiment, while that acts.
  let experiment: Experiment?

  /// A collection of its parts.
  package init(
    name: String, generation: Generation, schema: CollectionSchema, model: ServingModel? = nil,
    complete: [ShardID: Bytes16] = [:], staged: Generation? = nil, histories: HistorySettings = .usual,
    hasEvents: Bool = false, rules: RuleBook = RuleBook([]), experiment: Experiment? = nil
  ) {
    self.name = name
    self.generation = generation
    self.schema = schema
    self.model = model
    analyser = schema.text.flatMap { model?.model.words?.analyser ?? QueryAnalyser(of: $0) }
    self.complete = complete
    self.staged = staged
    self.histories = histories
    self.hasEvents = hasEvents
    self.rules = rules
    self.experiment = experiment
  }

  /// This instance among those of the cluster.
  package var key: InstanceKey { InstanceKey(name: name, generation: generation) }

  /// Whether a shard that says this incarnation holds all items of its slots.
  package func isComplete(_ shard: ShardID, incarnation: Bytes16) -> Bool {
    incarnation != .zero && complete[shard] == incarnation
  }

  /// The definitions of attributes by name.
  ///
  /// - Parameter place: Where the names stood.
  /// - Throws: UNKNOWN_ATTRIBUTE.
  func definitions(
    _ selection: AttributeSelection, at place: BodyPlace
  ) throws(WireError) -> [AttributeDefinition] {
    switch selection {
    case .none: return []
    case .all: return schema.attributes
    case .named(let names):
      var definitions: [AttributeDefinition] = []
      for (index, name) in names.enumerated() {
        definitions.append(try definition(name, at: place.offset(ofName: index, in: names)))
      }
      return definitions
    }
  }

  /// The definition of an attribute.
  ///
  /// - Parameter offset: Where the name stood.
  /// - Throws: UNKNOWN_ATTRIBUTE.
  func definition(_ name: String, at offset: Int?) throws(WireError) -> AttributeDefinition {
    guard let index = schema.attributeIndex(named: name) else {
      throw WireError(.unknownAttribute, fieldOffset: offset, message: "the collection has no attribute of this name")
    }
    return schema.attributes[index]
  }
}

/// A model that serves.
package struct ServingModel: Sendable {
  /// The model, ready to score.
  package let reranker: Reranker
  /// The bytes of `manifest.json`, as they were loaded.
  package let manifestBytes: [UInt8]

  /// A loaded model.
  package init(_ model: Model, manifestBytes: [UInt8], kernels: KernelSet = KernelSet()) {
    reranker = Reranker(model, kernels: kernels)
    self.manifestBytes = manifestBytes
  }

  /// The model itself.
  package var model: Model { reranker.model }
}
