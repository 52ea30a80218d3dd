import WinnowClient

extension Session {
  /// Calls `body` with the collection that is meant.
  func withCollection(
    _ body: (WinnowClient, String) async throws(WinnowError) -> Void
  ) async throws(Failure) {
    let isKnown = try await withClient { (client) throws(WinnowError) in
      guard let collection = try await collection(client) else { return false }
      try await body(client, collection)
      return true
    }
    guard isKnown else { throw needsCollection() }
  }
}
