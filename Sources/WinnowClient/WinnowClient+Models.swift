import Bytes
public import Vocabulary
import Wire

extension WinnowClient {
  /// Bytes of a model that travel in one call.
  private static let chunkBytes = 1 << 20

  /// Gives the cluster the model of a collection; it serves from the moment this returns, and the old one until then.
  ///
  /// - Parameters:
  ///   - generation: A staged one, with which the model will begin to serve; `nil`: the active one.
  ///   - timeout: The budget of each call on the way, of which there is one per mebibyte and a last one to switch.
  ///   - progress: Told how many bytes of all have arrived.
  /// - Throws: `refused` with `MODEL_REFUSED` if the files do not form a model that fits the collection.
  public func loadModel(
    _ files: ModelFiles, into collection: String, generation: Generation? = nil, timeout: Duration? = nil,
    progress: (_ bytesArrived: Int) -> Void = { _ in }
  ) async throws(WinnowError) -> ModelDescription {
    try Check.name(collection, "collection")
    for (file, bytes) in files.parts where UInt64(bytes.count) > file.bytesMax {
      throw WinnowError(invalid: "\(file.fileName) has more than \(file.bytesMax) bytes", code: .limitExceeded)
    }
    let upload = writers.newWriter()
    let request = { (step: ModelLoadRequest.Step) in
      var request = ModelLoadRequest(collection: collection, upload: upload, step: step)
      request.generation = generation ?? Generation(0)
      return request
    }
    do throws(WinnowError) {
      var arrived = 0
      for (file, bytes) in files.parts {
        var offset = 0
        while offset < bytes.count {
          let end = min(offset + Self.chunkBytes, bytes.count)
          let step = ModelLoadRequest.Step.chunk(
            file, total: UInt64(bytes.count), offset: UInt64(offset), bytes: Array(bytes[offset..<end]))
          let reply = try await call(request(step), .repeatable, timeout: timeout)
          guard reply.received == UInt64(end) else {
            throw WinnowError(invalid: "the server has \(reply.received) bytes of \(file.fileName), not \(end)")
          }
          arrived += end - offset
          offset = end
          progress(arrived)
        }
      }
      let hash = ContentHash.sha256(joining: files.parts.map(\.bytes))
      return ModelDescription(
        try await call(request(.commit(sha256: hash)), .repeatable, timeout: timeout ?? .seconds(60)))
    } catch {
      // The server forgets an upload by itself; saying so frees its place at once.
      if error.kind == .refused {
        _ = try? await call(request(.abort), .once, timeout: .seconds(1))
      }
      throw error
    }
  }

  /// The model of a collection; `nil` if it has none.
  public func describeModel(
    of collection: String, timeout: Duration? = nil
  ) async throws(WinnowError) -> ModelDescription? {
    try Check.name(collection, "collection")
    let response = try await call(ModelDescribeRequest(collection: collection), .read, timeout: timeout)
    return response.isLoaded ? ModelDescription(response) : nil
  }
}
