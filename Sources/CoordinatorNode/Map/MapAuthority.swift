import Metadata
import Placement
import Telemetry
import Transport
import Vocabulary
import Wire

/// Changes the shard map of the cluster.
struct MapAuthority: Sendable {
  /// Fewer than the earlier epochs that shards still answer.
  private static let epochsKept: UInt32 = 12

  let fleet: ShardFleet

  /// The newest map.
  var map: ShardMap { fleet.home.map }
  private var publication: Publication { fleet.registry.publication }
  private var surroundings: Coordinator.Surroundings { fleet.surroundings }

  /// Makes a map the cluster's: durable in its store first, then told to the shards, then served.
  ///
  /// A request ends with the map that it began with. Shards answer the last 12 epochs, so this waits until no request
  /// uses an older one. Once the store has the map there is no way back.
  /// - Throws: EXPIRED_IN_QUEUE if a request still uses an older map at the deadline; METADATA_UNAVAILABLE. In each case
  ///   nothing has changed.
  ///
  /// - Parameter first: Shards that get the map before the others, one after the other: the shard that takes slots,
  ///   then the shard that gives them.
  func change(
    to map: ShardMap, tellingFirst first: [ShardID] = [], adding added: Peer? = nil, by deadline: Instant
  ) async throws(WireError) {
    try await awaitOldRequests(after: 0, by: deadline)
    try await fleet.mapTurn.run(by: deadline) { () async throws(WireError) in
      if let displacement = fleet.confirmations.displacement { throw displacement }
      guard map.epoch > self.map.epoch else {
        throw WireError(.metadataUnavailable, retryAfterMilliseconds: 1000, message: "the shard map has changed")
      }
      try await fleet.home.commit(map)
      let peers = fleet.peers(of: map, adding: added)
      await fleet.tellMap(to: peers, first: first)
      fleet.confirmations.keep()
      await fleet.show(map, peers)
    }
    surroundings.log?(.info, "a shard map serves", ["epoch": LogValue(map.epoch.rawValue)])
  }

  /// Waits until every request has ended whose epoch shards will no longer answer.
  ///
  /// - Parameter changes: Further changes of the map after the next one that need not wait.
  /// - Throws: EXPIRED_IN_QUEUE.
  func awaitOldRequests(after changes: UInt32, by deadline: Instant) async throws(WireError) {
    // Other coordinators are at most one map behind.
    if let council = surroundings.council {
      try await council.awaitAll(ServedRevisions(map: fleet.home.revision), by: deadline)
    }
    let newest = map.epoch.rawValue + changes
    let epoch = Epoch(newest > Self.epochsKept ? newest - Self.epochsKept : 0)
    while publication.isInUse(before: epoch) {
      guard surroundings.clock.now() < deadline else {
        throw WireError(.expiredInQueue, message: "a request still works with an older shard map")
      }
      await surroundings.sleep(1000, until: deadline)
    }
  }
}
