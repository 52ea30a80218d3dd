import Wire

extension WinnowClient {
  /// Says that a stream of writes begins which will hold a whole collection.
  public func beginFeed(into collection: String, timeout: Duration? = nil) async throws(WinnowError) -> FeedMark {
    try Check.name(collection, "collection")
    return FeedMark(wire: try await call(FeedRequest(collection: collection, step: .begin), .once, timeout: timeout))
  }

  /// Says that every write since the beginning was acknowledged and that they were the whole collection: shards that
  /// had lost their data count as complete again.
  ///
  /// - Throws: `refused` with `UNKNOWN_UPLOAD` if the coordinator restarted since: feed again.
  public func completeFeed(
    _ feed: UInt64, into collection: String, timeout: Duration? = nil
  ) async throws(WinnowError) -> FeedMark {
    try Check.name(collection, "collection")
    let request = FeedRequest(collection: collection, step: .complete(feed: feed))
    return FeedMark(wire: try await call(request, .once, timeout: timeout))
  }
}
