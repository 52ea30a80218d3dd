import Wire

/// The beginning of a feed, or its completion.
public struct FeedMark: Hashable, Sendable {
  let wire: FeedResponse

  /// The number of the feed, which completes it.
  public var feed: UInt64 { wire.feed }
  /// Shards that lack data which only a complete feed gives back.
  public var incompleteShards: Int { Int(wire.incompleteShards) }
  public var shardCount: Int { Int(wire.shardCount) }
}
