import Placement
import Telemetry
import Transport
import Vocabulary
import Wire

/// Answers GENERATION.
struct GenerationService: Sendable {
  let fleet: ShardFleet
  let administration: Administration
  let keeper: InstanceKeeper
  let feeds: FeedService
  let models: ModelService
  let items: ItemService

  private var registry: CollectionRegistry { fleet.registry }

  /// Answers GENERATION.
  func step(_ request: GenerationRequest, _ inbound: InboundRequest) async throws(WireError) -> GenerationResponse {
    let (name, deadline) = (request.collection, inbound.deadline)
    switch request.step {
    case .list: break
    case .measure(let generation):
      let collection = try registry.serving.collection(name, generation)
      registry.touch(collection)
      let measured = try await measure(
        InstanceKey(name: name, generation: generation), collection.complete, by: deadline)
      let all = try await generations(of: name, by: deadline)
      return GenerationResponse(generations: all.filter { $0.generation == generation }.map { $0.holding(measured) })
    case .stage(let schema):
      try await administration.run(by: deadline) { () async throws(WireError) in
        try schema.checkAnalysis(at: request.textPlace)
        try administration.checkNoMoves()
        try await stage(name, schema, by: deadline)
      }
    case .activate(let generation, let wanted):
      try await administration.run(by: deadline) { () async throws(WireError) in
        try await activate(InstanceKey(name: name, generation: generation), wanted, by: deadline)
      }
    case .discard(let generation):
      try await administration.run(by: deadline) { () async throws(WireError) in
        let collection = try collection(name)
        guard generation != collection.active.generation else {
          throw WireError(.conflict, message: "this generation serves")
        }
        guard collection.records.contains(where: { $0.generation == generation }) else {
          throw WireError(.unknownGeneration)
        }
        if collection.staged?.generation != generation { try checkUnneeded(generation, of: collection) }
        try administration.checkNoMoves()
        try await keeper.remove(InstanceKey(name: name, generation: generation), by: deadline)
      }
    }
    return GenerationResponse(generations: try await generations(of: name, by: deadline))
  }

  private func collection(_ name: String) throws(WireError) -> CollectionCatalogue.Collection {
    guard let collection = registry.catalogue.collections[name] else { throw WireError(.unknownCollection) }
    return collection
  }

  private func stage(_ name: String, _ schema: CollectionSchema, by deadline: Instant) async throws(WireError) {
    let collection = try collection(name)
    if let stage = registry.staged().first(where: { $0.key.name == name }) {
      // Left by a client that has ended: one that works sends something all the time.
      guard stage.silence >= fleet.configuration.takeoverMicroseconds else { throw registry.stageConflict(name) }
      registry.events.note(
        .stageGivenUp, of: name, "generation \(stage.key.generation.rawValue): another takes its place")
      try await keeper.remove(stage.key, by: deadline)
    }
    if let previous = collection.previous {
      try checkUnneeded(previous.generation, of: collection)
      // Two generations at most, so that a shard's memory has to hold no more.
      try await keeper.remove(InstanceKey(name: name, generation: previous.generation), by: deadline)
    }
    registry.changes.forget(name)
    let record = try await keeper.make(name, schema, by: deadline) { catalogue, record in
      catalogue.collections[name]?.staged = record
    }
    registry.noteStaged(InstanceKey(name: name, generation: record.generation))
  }

  /// Refuses to remove a generation that an experiment needs.
  private func checkUnneeded(
    _ generation: Generation, of collection: CollectionCatalogue.Collection
  ) throws(WireError) {
    guard collection.experiment?.needs(generation) == true else { return }
    throw WireError(
      .conflict,
      message: "an experiment needs generation \(generation.rawValue): end it first ('winnow model settle')")
  }

  /// Lets the generation that serves, or the previous one, serve from now on.
  ///
  /// - Parameter change: What changes in the same step.
  func returnTo(
    _ key: InstanceKey, by deadline: Instant, _ change: (inout CollectionCatalogue.Collection) -> Void
  ) async throws(WireError) {
    let collection = try collection(key.name)
    guard key.generation != collection.active.generation else {
      return try await registry.update { catalogue in
        guard var collection = catalogue.collections[key.name] else { return }
        change(&collection)
        catalogue.collections[key.name] = collection
      }
    }
    guard key.generation == collection.previous?.generation else { throw WireError(.unknownGeneration) }
    try await activate(key, ItemDigest(), by: deadline, change)
  }

  private func activate(
    _ key: InstanceKey, _ wanted: ItemDigest, by deadline: Instant,
    _ change: (inout CollectionCatalogue.Collection) -> Void = { _ in }
  ) async throws(WireError) {
    let collection = try collection(key.name)
    switch key.generation {
    case collection.active.generation: return
    case collection.previous?.generation:
      guard let previous = collection.previous else { return }
      try checkComplete(previous)
      if let damage = registry.damage(previous) {
        throw WireError(
          .conflict, message: "generation \(key.generation.rawValue) would serve without its model: \(damage)")
      }
      try administration.checkNoMoves()
      try await serve(key, change)
    case collection.staged?.generation:
      guard let staged = collection.staged else { return }
      if registry.changes.isVerified(key, wanted) {
        try checkComplete(staged)
      } else {
        try check(try await measure(key, staged.complete, by: deadline), key, wanted)
        registry.changes.noteVerified(key, wanted)
      }
      try administration.checkNoMoves()
      let succession = Succession(items, to: key, by: fleet.gatherEnd(deadline))
      try await succession.run { () async throws(WireError) in try await serve(key) }
    default: throw WireError(.unknownGeneration)
    }
    registry.touch(InstanceKey(name: key.name, generation: collection.active.generation))
    // What was sent for the old generation would change the new one.
    feeds.drop(key.name)
    models.drop(key.name)
    // Shards may hold generations that an older catalogue lacked: they are remains now.
    if fleet.confirmations.isBehind(key.name) { fleet.mustGreet(fleet.peers) }
    fleet.surroundings.log?(
      .info, "a generation serves",
      ["collection": LogValue(key.name), "generation": LogValue(UInt64(key.generation.rawValue))])
  }

  private func checkComplete(_ record: CollectionCatalogue.Record) throws(WireError) {
    let reachable = fleet.reachable()
    for peer in fleet.peers where record.complete[peer.id] != reachable[peer.id] {
      throw .incomplete(peer, record.generation)
    }
  }

  private func check(_ found: ItemDigest, _ key: InstanceKey, _ wanted: ItemDigest) throws(WireError) {
    let generation = "generation \(key.generation.rawValue)"
    guard found.itemCount == wanted.itemCount else {
      throw WireError(.conflict, message: "\(generation) holds \(found.itemCount) items, not \(wanted.itemCount)")
    }
    guard found == wanted else {
      throw WireError(.conflict, message: "\(generation) holds other items than were sent")
    }
  }

  /// Makes a generation the active one.
  private func serve(
    _ key: InstanceKey, _ change: (inout CollectionCatalogue.Collection) -> Void = { _ in }
  ) async throws(WireError) {
    try await registry.update { catalogue in
      guard var collection = catalogue.collections[key.name],
        let next = collection.records.first(where: { $0.generation == key.generation })
      else { return }
      // Histories are of the collection, whichever generation serves.
      (collection.active, collection.previous, collection.staged) = (next, collection.active, nil)
      change(&collection)
      catalogue.collections[key.name] = collection
    }
  }

  /// What all shards hold of a generation.
  ///
  /// - Parameter complete: The incarnations whose content counts.
  /// - Throws: NO_REPLICA for a shard that does not answer, CONFLICT for one that lost its data.
  private func measure(
    _ key: InstanceKey, _ complete: [ShardID: Bytes16], by deadline: Instant
  ) async throws(WireError) -> ItemDigest {
    let end = fleet.gatherEnd(deadline)
    let request = GenerationRequest(collection: key.name, step: .measure(key.generation))
    let peers = fleet.peers
    let answers = await fleet.tryEach(peers) { (peer) async throws(WireError) in
      try await fleet.tell(peer, request, by: end)
    }
    var sum = ItemDigest()
    for (peer, answer) in zip(peers, answers) {
      let answer = try answer.get()
      guard complete[peer.id] == answer.incarnation, let part = answer.reply.generations.first else {
        throw .incomplete(peer, key.generation)
      }
      sum.add(part.content)
    }
    return sum
  }

  /// All generations of a collection, with what the shards say that they hold now.
  private func generations(
    of name: String, by deadline: Instant
  ) async throws(WireError) -> [GenerationResponse.Description] {
    let collection = try collection(name)
    let serving = registry.serving
    let (peers, held) = (serving.peers, await fleet.holdings(serving, by: deadline))
    let reachable = fleet.reachable()
    return collection.records.map { record in
      let key = InstanceKey(name: name, generation: record.generation)
      let parts = held.compactMap { $0?.first { $0.key == key } }
      let complete = peers.count { peer in
        reachable[peer.id].map { record.complete[peer.id] == $0 } ?? false
      }
      let state: GenerationResponse.State =
        switch record.generation {
        case collection.active.generation: .active
        case collection.staged?.generation: .staged
        default: .previous
        }
      return .init(
        generation: record.generation, state: state, memoryBytes: parts.reduce(0) { $0 &+ $1.memoryBytes },
        content: ItemDigest(itemCount: parts.reduce(0) { $0 &+ $1.items }),
        model: registry.modelID(record.modelHash),
        completeShards: UInt16(clamping: complete), shardCount: UInt16(clamping: peers.count))
    }
  }
}

extension GenerationResponse.Description {
  /// With the content that was measured.
  fileprivate func holding(_ content: ItemDigest) -> Self {
    var description = self
    description.content = content
    return description
  }
}

extension WireError {
  /// A shard does not hold its part of a generation.
  fileprivate static func incomplete(_ peer: Peer, _ generation: Generation) -> WireError {
    WireError(
      .conflict, shard: UInt32(peer.id.rawValue),
      message: "shard \(peer.id.rawValue) does not hold its part of generation \(generation.rawValue)")
  }
}
