import Metadata
import Placement
import Telemetry
import Transport
import Vocabulary
import Wire

/// The shards as one of several coordinators reaches them.
extension ShardFleet {
  /// How long changes of the map wait for each other.
  private static let mapTurnMicrosecondsMax: UInt64 = 60_000_000

  /// Takes a map that another coordinator has made.
  func take(_ value: MetadataValue) async throws(WireError) {
    let added = try await mapTurn.run(by: surroundings.later(Self.mapTurnMicrosecondsMax)) {
      () async throws(WireError) -> [Peer] in
      try home.take(value)
      let map = home.map
      guard map != registry.publication.map else { return [] }
      let known = Set(peers.map(\.id))
      let peers = peers(of: map)
      registry.publication.show(map, peers)
      let left = Set(peers.map(\.id))
      for gone in known where !left.contains(gone) { remove(gone) }
      return peers.filter { !known.contains($0.id) }
    }
    for peer in added {
      await peer.caller.start()
      add(peer)
    }
  }

  /// A shard has a newer map than this coordinator: the store has it too, unless it went back.
  func takeMap(of peer: Peer, _ council: Council) async throws(WireError) {
    let value: MetadataValue?
    do throws(MetadataError) { value = try await council.store.get(.shardMap) } catch {
      throw WireError(.metadataUnavailable, message: error.text)
    }
    if let value { try await take(value) }
    guard let epoch = identity(of: peer)?.epoch, epoch > home.map.epoch else { return }
    council.note(
      wentBack:
        "shard \(peer.id.rawValue) knows shard map \(epoch.rawValue), and the store has \(home.map.epoch.rawValue)")
  }

  /// The chair is this coordinator's: shards are told again what they have to hold, and that all transfers are over.
  func takeOver() {
    state.withLock { ($0.knowledge, $0.openEnds) = ([:], [:]) }
  }

  /// A shard whose data was found to be older is complete for nothing, so that every coordinator sees it.
  func dropNames(of peer: Peer, _ name: Bytes16) async throws(WireError) {
    guard surroundings.council != nil, confirmations.isOlder(peer) else { return }
    try await registry.update { catalogue in
      for (key, record) in catalogue.instances where record.complete[peer.id].map({ $0 != name }) ?? false {
        catalogue.collections[key.name]?.update(key.generation) { $0.complete[peer.id] = nil }
      }
    }
  }
}
