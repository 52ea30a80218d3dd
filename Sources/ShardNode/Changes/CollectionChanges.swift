import Retrieval
import Text
import Vocabulary
import Wire

extension CollectionCreateRequest: ChangeRequest {
  static var isRouted: Bool { false }

  /// Makes a collection; one that stands already with the same schema is left as it is.
  func effects(
    on state: borrowing ShardState, now: Instant?
  ) throws(WireError) -> (effects: [ShardEffect], reply: CollectionCreateResponse) {
    guard generation.rawValue > 0 else {
      throw WireError(.unknownGeneration, message: "a shard is told the generation of a new collection: 1 or more")
    }
    let key = InstanceKey(name: name, generation: generation)
    if let instance = state.instances[key] {
      guard instance.schema == schema else {
        throw WireError(.conflict, message: "the collection stands already, with another schema")
      }
      return ([], CollectionCreateResponse(generation: generation, isCreated: false))
    }
    guard state.instances.count < Limits.collectionsMax else {
      throw WireError(
        .limitExceeded, message: "at most \(Limits.collectionsMax) generations of all collections live at once")
    }
    let lexical: LexicalSettings?
    do throws(TextError) { lexical = try LexicalSettings(schema) } catch {
      throw WireError(.unknownAnalysis, message: error.text)
    }
    return ([.create(key, schema, lexical: lexical)], CollectionCreateResponse(generation: generation, isCreated: true))
  }
}

extension CollectionDropRequest: ChangeRequest {
  static var isRouted: Bool { false }
  var freesRoom: Bool { true }

  /// Removes a collection, in one generation or in all.
  func effects(
    on state: borrowing ShardState, now: Instant?
  ) throws(WireError) -> (effects: [ShardEffect], reply: CollectionDropResponse) {
    let instances = state.instances.filter { key, _ in
      key.name == name && (generation.rawValue == 0 || key.generation == generation)
    }
    guard !instances.isEmpty else { throw WireError(.unknownCollection) }
    let removed = instances.values.reduce(0) { $0 + $1.table.count }
    return (instances.keys.map { .drop($0) }, CollectionDropResponse(itemsRemoved: UInt64(removed)))
  }
}
