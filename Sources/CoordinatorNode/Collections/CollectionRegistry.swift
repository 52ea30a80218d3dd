import Kernels
import Metadata
import Ranking
import Storage
import Telemetry
import Transport
import Vocabulary
import Wire

/// The collections of the cluster with their generations and models. Each change is on disk before it is published, and
/// published before the next one.
final class CollectionRegistry: Sendable {
  private struct State {
    /// Models that are loaded, by the hash of their content.
    var models: [[UInt8]: ServingModel] = [:]
    /// Why models of the catalogue could not be loaded, by the hash of their content.
    var damage: [[UInt8]: String] = [:]
    /// Since when a generation that does not serve has been unused.
    var unusedSince: [InstanceKey: Instant] = [:]
    /// Since when generations have been staged.
    var stagedSince: [InstanceKey: Instant] = [:]
  }

  let publication: Publication
  let models: ModelStore
  /// What writes have changed since generations were staged.
  let changes = StagedChanges()
  /// Of this coordinator's data. A copy: every reply names it, and the catalogue's lock is held while the disk writes.
  let incarnation: Bytes16
  let events: ClusterLog
  private let store: AgreedValue<CollectionCatalogue>
  private let surroundings: Coordinator.Surroundings
  private let state = Lock(State())

  /// Opens what the data directory holds, and publishes it.
  init(
    _ surroundings: Coordinator.Surroundings, kernels: KernelSet, _ publication: Publication, _ events: ClusterLog
  ) async throws(StartError) {
    self.surroundings = surroundings
    self.events = events
    self.publication = publication
    store = try await Self.store(surroundings)
    do throws(DiskError) { models = try ModelStore(surroundings.directory, kernels: kernels) } catch {
      throw .storage(.disk(error))
    }
    incarnation = store.current.incarnation
    // What was sent for them is lost: nothing has to be written for that. Of several coordinators the chair does it.
    for key in surroundings.council != nil ? [] : store.adjust({ $0.forgetStaged() }) {
      events.note(.stageGivenUp, of: key.name, "generation \(key.generation.rawValue): the coordinator started again")
    }
    loadModels()
  }

  /// The stored catalogue; a new one gets an incarnation.
  private static func store(
    _ surroundings: Coordinator.Surroundings
  ) async throws(StartError) -> AgreedValue<CollectionCatalogue> {
    try await AgreedValue(
      CollectionCatalogue.form, surroundings, patienceMicroseconds: Self.patienceMicroseconds
    ) { () async throws(StartError) in
      let random = surroundings.random
      let catalogue = CollectionCatalogue(incarnation: Bytes16(low: random.next() | 1, high: random.next()))
      let value = try await surroundings.write(CollectionCatalogue.form.encode(catalogue), first: .catalogue)
      do throws(WireError) { return (try CollectionCatalogue.form.decode(value.bytes), value.revision) } catch {
        throw .unreadable(CollectionCatalogue.form.words)
      }
    }
  }

  /// How long a change waits for a store that does not say whether it was made.
  static let patienceMicroseconds: UInt64 = 2_000_000

  /// Loads the models of the catalogue. A collection whose model is damaged is served without it: the others, and its
  /// own items, do not wait for an operator.
  private func loadModels() {
    for (key, record) in catalogue.instances {
      guard let hash = record.modelHash else { continue }
      do throws(WireError) { keep(try models.load(hash)) } catch {
        // One of several coordinators fetches it before it answers queries.
        if surroundings.council == nil {
          noteLost(hash, key.name, error.message.isEmpty ? error.code.name : error.message)
        }
      }
    }
    store.show { [weak self] in self?.publish($0) }
    pruneModels()
  }

  /// Takes the catalogue that another coordinator has made, once its models are loaded.
  ///
  /// - Parameter fetch: A model by its hash, from another coordinator; `nil`: no other has it.
  func take(
    _ value: MetadataValue, fetch: (InstanceKey, [UInt8]) async throws(WireError) -> ServingModel?
  ) async throws(WireError) {
    for (key, record) in try CollectionCatalogue.form.decode(value.bytes).instances {
      guard let hash = record.modelHash, state.withLock({ $0.models[hash] == nil }) else { continue }
      if let model = try? models.load(hash) {
        keep(model)
      } else if let model = try await fetch(key, hash) {
        keep(model)
      } else {
        noteLost(hash, key.name, "no other coordinator has it")
      }
    }
    try store.take(value)
    // Models that were missing at the start are there now.
    store.show()
    pruneModels()
  }

  /// From now on the catalogue of the store is taken for a newer one.
  func forgetRevision() async throws(WireError) { try await store.forgetRevision() }

  /// Writes the catalogue over that of a store that went back.
  ///
  /// - Parameter numbers: Of generations, which may have been given since.
  func restore(leavingOut numbers: UInt32) async throws(WireError) {
    try await store.restore { $0.lastGeneration = Generation($0.lastGeneration.rawValue &+ numbers) }
  }

  private func noteLost(_ hash: [UInt8], _ collection: String, _ words: String) {
    let reason =
      "the model in \(models.pattern(hash)) cannot be loaded (\(words)): push it again ('winnow model push')"
    state.withLock { $0.damage[hash] = reason }
    surroundings.log?(
      .error, "a model is damaged: results stay in retrieval order",
      ["collection": LogValue(collection), "reason": .text(reason)])
  }

  /// Why the model of a collection cannot be used; `nil`: it can, or there is none.
  func damage(_ collection: ServingCollection) -> String? {
    catalogue.instances.first { $0.key == collection.key }.flatMap { damage($0.record) }
  }

  /// The id of the model of a collection, be it damaged; 0: there is none.
  func modelID(_ collection: ServingCollection) -> UInt64 {
    if let model = collection.model { return model.model.id }
    let record = catalogue.instances.first { $0.key == collection.key }?.record
    return record?.modelHash.map { Model.id(ofHash: $0) } ?? 0
  }

  /// Why the model of a generation cannot be used; `nil`: it can, or there is none.
  func damage(_ record: CollectionCatalogue.Record) -> String? {
    record.modelHash.flatMap { hash in state.withLock { $0.damage[hash] } }
  }

  /// All collections and generations.
  var catalogue: CollectionCatalogue { store.current }

  /// How often the catalogue has changed in this directory.
  var revision: UInt64 { store.revision }

  /// Map and collections, as they serve at this moment.
  var serving: Serving { publication.serving }

  /// Changes the catalogue: in its store, then for requests, in one step.
  ///
  /// - Throws: what `change` throws, METADATA_UNAVAILABLE, STORAGE_FULL or STORAGE_FAILED; nothing has changed then.
  @discardableResult
  func update<Value: Sendable>(
    _ change: (inout CollectionCatalogue) throws(WireError) -> Value
  ) async throws(WireError) -> Value {
    try await store.update(change)
  }

  /// Makes the catalogue, and the models that are loaded, visible to requests.
  private func publish(_ catalogue: CollectionCatalogue) {
    let models = state.withLock { $0.models }
    var collections: [String: ServingCollection] = [:]
    var others: [InstanceKey: ServingCollection] = [:]
    let shown = publication.serving.collections
    for (name, collection) in catalogue.collections {
      // A book is made once for its rules, since other changes of the catalogue are frequent.
      let known = shown[name]?.rules
      let rules = known.flatMap { $0.stored == collection.rules ? $0 : nil } ?? RuleBook(collection.rules)
      let acting = collection.actingExperiment
      for record in collection.records {
        let instance = ServingCollection(
          name: name, generation: record.generation, schema: record.schema,
          model: record.modelHash.flatMap { models[$0] }, complete: record.complete,
          staged: collection.staged?.generation, histories: collection.histories, hasEvents: collection.hasEvents,
          rules: rules, experiment: acting)
        if record.generation == collection.active.generation {
          collections[name] = instance
        } else {
          others[instance.key] = instance
        }
      }
    }
    publication.show(collections, others)
  }

  /// Events of a collection are on their way to shards: from now on queries look for them, also after a restart.
  func noteEvents(of collection: ServingCollection) async throws(WireError) {
    guard !collection.hasEvents else { return }
    try await update { $0.collections[collection.name]?.hasEvents = true }
  }

  /// A shard holds every item of its slots.
  func noteComplete(_ shard: ShardID, _ incarnation: Bytes16) async throws(WireError) {
    try await update { catalogue in
      for (key, record) in catalogue.instances where record.complete[shard] != incarnation {
        catalogue.collections[key.name]?.update(key.generation) { $0.complete[shard] = incarnation }
      }
    }
  }

  // MARK: Models

  /// The id of a loaded model; 0: there is none.
  func modelID(_ hash: [UInt8]?) -> UInt64 {
    hash.flatMap { hash in state.withLock { $0.models[hash]?.model.id } } ?? 0
  }

  /// Whether every model of the catalogue is loaded.
  var hasAllModels: Bool {
    catalogue.instances.allSatisfy { $0.record.modelHash == nil || modelID($0.record.modelHash) != 0 }
  }

  /// Keeps a model loaded, for the change of the catalogue that names it.
  func keep(_ model: ServingModel) {
    state.withLock { ($0.models[model.model.hash], $0.damage[model.model.hash]) = (model, nil) }
  }

  /// Shows a model to requests that the catalogue names already: it was damaged.
  func showModels() { store.show() }

  /// Removes models that no collection has; what cannot be removed now is tried again at the next start.
  func pruneModels() {
    let hashes = catalogue.instances.compactMap(\.record.modelHash)
    state.withLock { state in state.models = state.models.filter { hashes.contains($0.key) } }
    do throws(DiskError) { try models.prune(besides: hashes) } catch {
      surroundings.log?(.warning, "an old model could not be removed", ["error": LogValue(error.text)])
    }
  }

  // MARK: Generations that do not serve

  /// A request changes a generation: one that is staged stays.
  func touch(_ collection: ServingCollection) {
    if collection.generation == collection.staged { touch(collection.key) }
  }

  /// A generation that does not serve was changed, or has begun to wait.
  func touch(_ key: InstanceKey) {
    let now = surroundings.clock.now()
    state.withLock { $0.unusedSince[key] = now }
  }

  /// Since when a generation has been unused: since now, if that was not known.
  func unusedSince(_ key: InstanceKey, or now: Instant) -> Instant {
    state.withLock { state in
      let since = state.unusedSince[key] ?? now
      state.unusedSince[key] = since
      return since
    }
  }

  /// Generations that are staged: for how long, and for how long nothing was sent to them, in microseconds.
  func staged() -> [(key: InstanceKey, age: UInt64, silence: UInt64)] {
    let now = surroundings.clock.now()
    return catalogue.instances.compactMap { key, _ in
      guard catalogue.collections[key.name]?.staged?.generation == key.generation else { return nil }
      let (begun, used) = state.withLock { ($0.stagedSince[key] ?? now, $0.unusedSince[key] ?? now) }
      return (key, begun.microseconds(until: now), used.microseconds(until: now))
    }
  }

  /// What stands in the way, since when, and how it ends.
  func stageConflict(_ name: String) -> WireError {
    guard let stage = staged().first(where: { $0.key.name == name }) else {
      return WireError(.conflict, message: "another generation of the collection is staged")
    }
    let (generation, age, silence) = (stage.key.generation.rawValue, stage.age / 1_000_000, stage.silence / 1_000_000)
    return WireError(
      .conflict,
      message:
        "generation \(generation) of \(name) is staged for \(age) s\(events.beginner([.generationStage], of: name)), and "
        + "nothing was sent to it for \(silence) s: wait until the push or restore ends, or end it ('winnow model discard --collection \(name) \(generation)')"
    )
  }

  /// The collection that a change is for: a feed or a model of whichever generation serves is refused while another is
  /// staged, which would undo it.
  ///
  /// - Throws: UNKNOWN_COLLECTION, UNKNOWN_GENERATION, CONFLICT.
  func collection(toChange name: String, _ generation: Generation) throws(WireError) -> ServingCollection {
    let collection = try serving.collection(name, generation)
    guard generation.rawValue > 0 || collection.staged == nil else { throw stageConflict(name) }
    return collection
  }

  /// A generation is staged.
  func noteStaged(_ key: InstanceKey) {
    let now = surroundings.clock.now()
    state.withLock { ($0.stagedSince[key], $0.unusedSince[key]) = (now, now) }
  }

  /// Forgets since when generations have been unused.
  func forgetUse(where isGone: (InstanceKey) -> Bool) {
    state.withLock { state in
      state.unusedSince = state.unusedSince.filter { !isGone($0.key) }
      state.stagedSince = state.stagedSince.filter { !isGone($0.key) }
    }
  }
}

extension Coordinator.Surroundings {
  /// A file of two generations is not whole at the start: worth a line in the log.
  func warn(ofDamaged path: String?) {
    guard let path else { return }
    log?(.warning, "a file is not whole; its other copy counts", ["file": .text(path)])
  }
}
