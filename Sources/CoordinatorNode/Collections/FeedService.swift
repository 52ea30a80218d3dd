import Transport
import Vocabulary
import Wire

/// Answers FEED. The feeds that are open are lost at a restart, which is what the page says.
final class FeedService: Sendable {
  private let fleet: ShardFleet
  private let administration: Administration
  private let feeds = Lock(Feeds())

  private var registry: CollectionRegistry { fleet.registry }

  init(_ fleet: ShardFleet, _ administration: Administration) {
    self.fleet = fleet
    self.administration = administration
  }

  /// Answers FEED.
  func feed(_ request: FeedRequest, _ inbound: InboundRequest) async throws(WireError) -> FeedResponse {
    await fleet.awaitGreetings(by: fleet.gatherEnd(inbound.deadline))
    return try await administration.run(by: inbound.deadline) { () async throws(WireError) in
      _ = try registry.collection(toChange: request.collection, Generation(0))
      let now = fleet.surroundings.clock.now()
      let reachable = fleet.reachable()
      let number: UInt64
      switch request.step {
      case .begin:
        number = max(fleet.surroundings.random.next(), 1)
        try feeds.withLock { (feeds) throws(WireError) in
          try feeds.begin(number, request.collection, incarnations: reachable, at: now)
        }
      case .complete(let feed):
        number = feed
        let fed = try feeds.withLock { (feeds) throws(WireError) in
          try feeds.complete(feed, request.collection, incarnations: reachable, at: now)
        }
        try await registry.update { $0.collections[request.collection]?.active.complete.merge(fed) { $1 } }
      }
      let collection = try registry.serving.collection(request.collection, Generation(0))
      let peers = fleet.peers
      let complete = peers.count { peer in
        reachable[peer.id].map { collection.isComplete(peer.id, incarnation: $0) } ?? false
      }
      return FeedResponse(
        feed: number, incompleteShards: UInt16(clamping: peers.count - complete),
        shardCount: UInt16(clamping: peers.count))
    }
  }

  /// Forgets the feeds of a collection, which is dropped or has another generation now.
  func drop(_ collection: String) { feeds.withLock { $0.drop(collection) } }
}
