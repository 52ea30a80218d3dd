import Wire

/// The beginning of a feed, or its completion.
public struct FeedMark: Hashable, Sendable {
  /// The number of the feed, which completes it.
  public let feed: UInt64
  /// Shards that lack data which only a complete feed gives back.
  public let incompleteShards: Int
  public let shardCount: Int

  init(_ response: FeedResponse) {
    feed = response.feed
    incompleteShards = Int(response.incompleteShards)
    shardCount = Int(response.shardCount)
  }
}
