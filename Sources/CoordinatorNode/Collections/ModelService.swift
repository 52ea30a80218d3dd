import Ranking
import Storage
import Telemetry
import Transport
import Vocabulary
import Wire

/// Answers MODEL_LOAD and MODEL_DESCRIBE. The uploads that are open are lost at a restart, which is what the page says.
final class ModelService: Sendable {
  private let registry: CollectionRegistry
  private let administration: Administration
  private let surroundings: Coordinator.Surroundings
  private let uploads = Lock(Uploads())

  init(_ registry: CollectionRegistry, _ administration: Administration, _ surroundings: Coordinator.Surroundings) {
    self.registry = registry
    self.administration = administration
    self.surroundings = surroundings
  }

  /// Answers MODEL_LOAD.
  func load(_ request: ModelLoadRequest, _ inbound: InboundRequest) async throws(WireError) -> ModelLoadResponse {
    try await administration.run(by: inbound.deadline) { () async throws(WireError) in
      let collection = try registry.collection(toChange: request.collection, request.generation)
      registry.touch(collection)
      let now = surroundings.clock.now()
      for old in uploads.withLock({ $0.expire(at: now) }) { discard(old) }
      switch request.step {
      case .chunk(let file, let total, let offset, let bytes):
        return ModelLoadResponse(
          received: try keepChunk(request, file, total: total, offset: offset, bytes: bytes, at: now))
      case .abort:
        _ = try take(request)
        discard(request.upload)
        return ModelLoadResponse(received: 0)
      case .commit(let sha256): return try await commit(request, sha256, collection)
      }
    }
  }

  private func keepChunk(
    _ request: ModelLoadRequest, _ file: ModelLoadRequest.File, total: UInt64, offset: UInt64, bytes: [UInt8],
    at now: Instant
  ) throws(WireError) -> UInt64 {
    let verdict = try uploads.withLock { (uploads) throws(WireError) in
      try uploads.judge(
        request.upload, request.collection, file, total: total, offset: offset, count: bytes.count, at: now)
    }
    if case .repeated(let received) = verdict { return received }
    do throws(DiskError) {
      try registry.models.append(bytes, to: request.upload, file)
    } catch {
      // What the file holds now is unknown: the upload starts again.
      _ = try take(request)
      discard(request.upload)
      throw WireError(error)
    }
    return uploads.withLock { $0.appended(request.upload, file, count: bytes.count) }
  }

  private func commit(
    _ request: ModelLoadRequest, _ sha256: [UInt8], _ collection: ServingCollection
  ) async throws(WireError) -> ModelLoadResponse {
    if let model = collection.model, model.model.hash == sha256 {
      _ = try? take(request)
      discard(request.upload)
      return Self.response(model)
    }
    let upload = try take(request)
    defer { discard(request.upload) }
    guard upload.isWhole else { throw WireError(.modelRefused, message: "the files have not arrived in full") }
    let model = try registry.models.keep(request.upload, sha256: sha256) { (model) throws(ModelError) in
      try model.manifest.check(against: collection.schema)
      try model.words?.check(against: collection.schema)
    }
    registry.keep(model)
    try await registry.update {
      $0.collections[request.collection]?.update(collection.generation) { $0.modelHash = sha256 }
    }
    registry.showModels()
    registry.pruneModels()
    surroundings.log?(
      .info, collection.generation == collection.staged ? "a model is staged" : "a model serves",
      ["collection": LogValue(request.collection), "model": LogValue(String(model.model.id, radix: 16))])
    return Self.response(model)
  }

  private static func response(_ model: ServingModel) -> ModelLoadResponse {
    ModelLoadResponse(
      received: 0, model: model.model.id, users: UInt64(model.model.users.count),
      parameters: UInt64(model.model.parameterCount))
  }

  private func take(_ request: ModelLoadRequest) throws(WireError) -> Uploads.Upload {
    try uploads.withLock { (uploads) throws(WireError) in try uploads.take(request.upload, request.collection) }
  }

  /// Forgets the uploads for a collection, which has another generation now.
  func drop(_ collection: String) {
    for upload in uploads.withLock({ $0.drop(collection) }) { discard(upload) }
  }

  /// Removes an upload's files; those that cannot be removed now go at the next start.
  private func discard(_ upload: UInt64) {
    do throws(DiskError) { try registry.models.discard(upload) } catch {
      surroundings.log?(.warning, "an upload could not be removed", ["error": LogValue(error.text)])
    }
  }

  /// Answers MODEL_DESCRIBE.
  func describe(_ request: ModelDescribeRequest, _ inbound: InboundRequest) throws(WireError) -> ModelDescribeResponse {
    let collection = try registry.serving.collection(request.collection, request.generation)
    let model = collection.model
    return ModelDescribeResponse(
      isLoaded: model != nil, generation: collection.generation, model: model?.model.id ?? 0,
      users: UInt64(model?.model.users.count ?? 0), parameters: UInt64(model?.model.parameterCount ?? 0),
      manifest: model?.manifestBytes ?? [])
  }
}
