import Placement
import Ranking
import Storage
import Telemetry
import Transport
import Vocabulary
import Wire

extension Coordinator {
  /// Loads the models that served before; called at the start, before anything is served.
  func loadModels() throws(StartError) {
    for (key, record) in catalogue.current.instances {
      guard let hash = record.modelHash else { continue }
      do throws(WireError) {
        let model = try models.load(hash)
        loadedModels.withLock { $0[hash] = model }
      } catch {
        throw .model(collection: key.name, reason: error.message.isEmpty ? error.code.name : error.message)
      }
    }
    publish()
    pruneModels()
  }

  /// Removes models that no collection has; what cannot be removed now is tried again at the next start.
  func pruneModels() {
    let hashes = catalogue.current.instances.compactMap(\.record.modelHash)
    loadedModels.withLock { models in models = models.filter { hashes.contains($0.key) } }
    do throws(DiskError) { try models.prune(besides: hashes) } catch {
      surroundings.log?(.warning, "an old model could not be removed", ["error": LogValue(error.text)])
    }
  }

  /// Answers MODEL_LOAD.
  func load(_ request: ModelLoadRequest, by deadline: Instant) async throws(WireError) -> ModelLoadResponse {
    try await administration.run(by: deadline) { () async throws(WireError) in
      let collection = try serving.withLock { $0 }.collection(toChange: request.collection, request.generation)
      if collection.generation == collection.staged { touch(collection.key) }
      let now = surroundings.clock.now()
      for old in try await state.withUploads({ $0.expire(at: now) }) { discard(old) }
      switch request.step {
      case .chunk(let file, let total, let offset, let bytes):
        return ModelLoadResponse(
          received: try await keepChunk(request, file, total: total, offset: offset, bytes: bytes, at: now))
      case .abort:
        _ = try await state.withUploads { (uploads) throws(WireError) in
          try uploads.take(request.upload, request.collection)
        }
        discard(request.upload)
        return ModelLoadResponse(received: 0)
      case .commit(let sha256): return try await commit(request, sha256, collection)
      }
    }
  }

  private func keepChunk(
    _ request: ModelLoadRequest, _ file: ModelLoadRequest.File, total: UInt64, offset: UInt64, bytes: [UInt8],
    at now: Instant
  ) async throws(WireError) -> UInt64 {
    let verdict = try await state.withUploads { (uploads) throws(WireError) in
      try uploads.judge(
        request.upload, request.collection, file, total: total, offset: offset, count: bytes.count, at: now)
    }
    if case .repeated(let received) = verdict { return received }
    do throws(DiskError) {
      try models.append(bytes, to: request.upload, file)
    } catch {
      // What the file holds now is unknown: the upload starts again.
      _ = try await state.withUploads { (uploads) throws(WireError) in
        try uploads.take(request.upload, request.collection)
      }
      discard(request.upload)
      throw WireError(error)
    }
    return try await state.withUploads { $0.appended(request.upload, file, count: bytes.count) }
  }

  private func commit(
    _ request: ModelLoadRequest, _ sha256: [UInt8], _ collection: ServingCollection
  ) async throws(WireError) -> ModelLoadResponse {
    if let model = collection.model, model.model.hash == sha256 {
      _ = try await state.withUploads { try? $0.take(request.upload, request.collection) }
      discard(request.upload)
      return Self.response(model)
    }
    let upload = try await state.withUploads { (uploads) throws(WireError) in
      try uploads.take(request.upload, request.collection)
    }
    defer { discard(request.upload) }
    guard upload.isWhole else { throw WireError(.modelRefused, message: "the files have not arrived in full") }
    let model = try models.keep(request.upload, sha256: sha256) { (model) throws(ModelError) in
      try model.manifest.check(against: collection.schema)
    }
    loadedModels.withLock { $0[sha256] = model }
    try catalogue.update { $0.collections[request.collection]?.update(collection.generation) { $0.modelHash = sha256 } }
    publish()
    pruneModels()
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

  /// Removes an upload's files; those that cannot be removed now go at the next start.
  func discard(_ upload: UInt64) {
    do throws(DiskError) { try models.discard(upload) } catch {
      surroundings.log?(.warning, "an upload could not be removed", ["error": LogValue(error.text)])
    }
  }

  /// Answers MODEL_DESCRIBE.
  func describe(_ request: ModelDescribeRequest) throws(WireError) -> ModelDescribeResponse {
    let collection = try serving.withLock { $0 }.collection(request.collection, request.generation)
    let model = collection.model
    return ModelDescribeResponse(
      isLoaded: model != nil, generation: collection.generation, model: model?.model.id ?? 0,
      users: UInt64(model?.model.users.count ?? 0), parameters: UInt64(model?.model.parameterCount ?? 0),
      manifest: model?.manifestBytes ?? [])
  }
}
