public import Vocabulary
import Wire

extension WinnowClient {
  /// The generations of a collection, ascending.
  public func generations(
    of collection: String, timeout: Duration? = nil
  ) async throws(WinnowError) -> [GenerationDescription] {
    try await step(collection, .list, .read, timeout)
  }

  /// Puts an empty generation beside the one that serves: a feeder and `loadModel` fill it, `activate` makes it serve.
  ///
  /// - Throws: `refused` with `CONFLICT` while another is staged, `NO_REPLICA` if a shard could not be asked.
  public func stageGeneration(
    of collection: String, schema: CollectionSchema, timeout: Duration? = nil
  ) async throws(WinnowError) -> Generation {
    let all = try await step(collection, .stage(schema), .once, timeout)
    guard let staged = all.first(where: { $0.state == .staged }) else {
      throw WinnowError(invalid: "the answer names no staged generation")
    }
    return staged.generation
  }

  /// Makes a staged generation serve, in one step with its model.
  ///
  /// - Parameter fed: What became of the feed that filled it: the shards have to hold exactly this.
  /// - Throws: `refused` with `CONFLICT` if they do not; the old generation serves on.
  public func activate(
    _ generation: Generation, of collection: String, fed: FeedSummary, timeout: Duration? = nil
  ) async throws(WinnowError) -> [GenerationDescription] {
    try await step(
      collection, .activate(generation, content: fed.content), .repeatable, timeout ?? .seconds(60))
  }

  /// Makes the previous generation of a collection serve again; what was written since it served last is not in it.
  ///
  /// - Throws: `refused` with `CONFLICT` if a shard has lost its part of it; `invalid` if none is kept.
  public func rollBack(
    _ collection: String, timeout: Duration? = nil
  ) async throws(WinnowError) -> [GenerationDescription] {
    guard let previous = try await generations(of: collection, timeout: timeout).first(where: { $0.state == .previous })
    else { throw WinnowError(invalid: "no previous generation of \(collection) is kept", code: .unknownGeneration) }
    return try await step(
      collection, .activate(previous.generation, content: ItemDigest()), .repeatable, timeout)
  }

  /// Removes a generation that does not serve.
  public func discardGeneration(
    _ generation: Generation, of collection: String, timeout: Duration? = nil
  ) async throws(WinnowError) -> [GenerationDescription] {
    try await step(collection, .discard(generation), .once, timeout)
  }

  private func step(
    _ collection: String, _ step: GenerationRequest.Step, _ kind: RetryPolicy.Kind, _ timeout: Duration?
  ) async throws(WinnowError) -> [GenerationDescription] {
    try Check.name(collection, "collection")
    let request = GenerationRequest(collection: collection, step: step)
    return try await call(request, kind, timeout: timeout).generations.map(GenerationDescription.init(wire:))
  }
}
