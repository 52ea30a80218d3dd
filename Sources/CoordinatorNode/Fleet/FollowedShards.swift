import Metadata
import Placement
import Telemetry
import Transport
import Vocabulary
import Wire

/// The shards as one of several coordinators reaches them.
struct FollowedShards: Sendable {
  let fleet: ShardFleet

  /// How long changes of the map wait for each other.
  private static let mapTurnMicrosecondsMax: UInt64 = 60_000_000

  /// Takes a map that another coordinator has made.
  func take(_ value: MetadataValue) async throws(WireError) {
    let added = try await fleet.mapTurn.run(by: fleet.surroundings.later(Self.mapTurnMicrosecondsMax)) {
      () async throws(WireError) -> [Peer] in
      try fleet.home.take(value)
      let map = fleet.home.map
      guard map != fleet.registry.publication.map else { return [] }
      let known = Set(fleet.peers.map(\.id))
      let peers = fleet.peers(of: map)
      await fleet.show(map, peers)
      let left = Set(peers.map(\.id))
      for gone in known where !left.contains(gone) { fleet.remove(gone) }
      return peers.filter { !known.contains($0.id) }
    }
    for peer in added {
      await peer.caller.start()
      fleet.add(peer)
    }
  }

  /// A shard has a newer map than this coordinator: the store has it too, unless it went back.
  func takeMap(of peer: Peer, _ council: Council) async throws(WireError) {
    let value: MetadataValue?
    do throws(MetadataError) { value = try await council.store.get(.shardMap) } catch {
      throw WireError(.metadataUnavailable, message: error.text)
    }
    if let value { try await take(value) }
    guard let epoch = fleet.identity(of: peer)?.epoch, epoch > fleet.home.map.epoch else { return }
    council.note(
      wentBack:
        "shard \(peer.id.rawValue) knows shard map \(epoch.rawValue), and the store has \(fleet.home.map.epoch.rawValue)"
    )
  }

  /// The chair is this coordinator's: shards are told again what they have to hold, and that all transfers are over.
  func takeOver() {
    fleet.state.withLock { ($0.knowledge, $0.openEnds) = ([:], [:]) }
  }

  /// A shard whose data was found to be older is complete for nothing, so that every coordinator sees it.
  func dropNames(of peer: Peer, _ name: Bytes16) async throws(WireError) {
    guard fleet.surroundings.council != nil, fleet.confirmations.isOlder(peer) else { return }
    try await fleet.registry.update { catalogue in
      for (key, record) in catalogue.instances where record.complete[peer.id].map({ $0 != name }) ?? false {
        catalogue.collections[key.name]?.update(key.generation) { $0.complete[peer.id] = nil }
      }
    }
  }
}
