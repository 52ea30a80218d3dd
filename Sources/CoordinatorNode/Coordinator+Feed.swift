import Placement
import Vocabulary
import Wire

extension Coordinator {
  /// Answers FEED.
  func feed(_ request: FeedRequest, by deadline: Instant) async throws(WireError) -> FeedResponse {
    try await administration.run(by: deadline) { () async throws(WireError) in
      _ = try serving.withLock { $0 }.collection(toChange: request.collection, Generation(0))
      let now = surroundings.clock.now()
      let reachable = reachable()
      let number: UInt64
      switch request.step {
      case .begin:
        number = max(surroundings.random.next(), 1)
        try await state.withFeeds { (feeds) throws(WireError) in
          try feeds.begin(number, request.collection, incarnations: reachable, at: now)
        }
      case .complete(let feed):
        number = feed
        let fed = try await state.withFeeds { (feeds) throws(WireError) in
          try feeds.complete(feed, request.collection, incarnations: reachable, at: now)
        }
        try catalogue.update { catalogue in
          catalogue.collections[request.collection]?.active.complete.merge(fed) { $1 }
        }
        publish()
      }
      let collection = try serving.withLock { $0 }.collection(request.collection, Generation(0))
      let peers = peers
      let complete = peers.count { peer in
        reachable[peer.shard.id].map { collection.isComplete(peer.shard.id, incarnation: $0) } ?? false
      }
      return FeedResponse(
        feed: number, incompleteShards: UInt16(clamping: peers.count - complete),
        shardCount: UInt16(clamping: peers.count))
    }
  }
}
