package import Vocabulary
package import Wire

extension WinnowClient {
  /// Takes a step of taking a snapshot, or of giving it back; a repeat of each is harmless.
  package func snapshot(
    _ request: SnapshotRequest, timeout: Duration? = nil
  ) async throws(WinnowError) -> SnapshotResponse {
    try await call(request, .repeatable, timeout: timeout)
  }

  /// Makes a staged generation serve.
  ///
  /// - Parameter content: What the shards have to hold.
  /// - Throws: `refused` with `CONFLICT` if they do not; the old generation serves on.
  package func activate(
    _ generation: Generation, of collection: String, holding content: ItemDigest, timeout: Duration? = nil
  ) async throws(WinnowError) {
    let request = GenerationRequest(collection: collection, step: .activate(generation, content: content))
    _ = try await call(request, .repeatable, timeout: timeout ?? .seconds(60))
  }
}
