public import Vocabulary
import Wire

extension WinnowClient {
  /// Makes a collection on every shard.
  ///
  /// - Returns: Whether it is new; `false` if it stood already with this very schema.
  /// - Throws: `refused` with `CONFLICT` if it stands with another schema, `NO_REPLICA` if a shard could not be asked.
  public func createCollection(
    _ name: String, schema: CollectionSchema, timeout: Duration? = nil
  ) async throws(WinnowError) -> Bool {
    try Check.name(name, "collection")
    let request = CollectionCreateRequest(name: name, schema: schema)
    return try await call(request, .repeatable, timeout: timeout).isCreated
  }

  /// All collections, ascending by name.
  public func collections(timeout: Duration? = nil) async throws(WinnowError) -> [CollectionDescription] {
    try await call(CollectionDescribeRequest(name: nil), .read, timeout: timeout).collections.map(
      CollectionDescription.init(wire:))
  }

  /// One collection.
  ///
  /// - Throws: `refused` with `UNKNOWN_COLLECTION`.
  public func describeCollection(
    _ name: String, timeout: Duration? = nil
  ) async throws(WinnowError) -> CollectionDescription {
    try Check.name(name, "collection")
    let response = try await call(CollectionDescribeRequest(name: name), .read, timeout: timeout)
    guard let description = response.collections.first(where: { $0.name == name }) else {
      throw WinnowError(invalid: "the answer is about another collection")
    }
    return CollectionDescription(wire: description)
  }

  /// Removes a collection with all its items and its model, for good.
  ///
  /// - Returns: How many items it had.
  public func dropCollection(_ name: String, timeout: Duration? = nil) async throws(WinnowError) -> UInt64 {
    try Check.name(name, "collection")
    return try await call(CollectionDropRequest(name: name), .once, timeout: timeout).itemsRemoved
  }
}
