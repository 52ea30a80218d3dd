import Placement
import Transport
import Vocabulary
import Wire

/// What shards confirm: how far they are, and whether they obey this coordinator.
extension ShardFleet {
  /// How often a shard is asked how far it is.
  static let positionMicroseconds: UInt64 = 500_000
  /// How often what shards have confirmed is written, at most.
  private static let keepingMicroseconds: UInt64 = 1_000_000

  /// What a shard that is connected says of itself, as `Confirmations` shows it.
  func identity(of peer: Peer) -> NodeIdentity? {
    guard let (identity, isNews) = confirmations.identity(of: peer) else { return nil }
    // Older data may have a transfer open that has ended since.
    if isNews { state.withLock { $0.openEnds[peer.id] = nil } }
    return identity
  }

  /// Asks a shard how far it is, whether it obeys another coordinator now, and what it was told of this one's directory; one that
  /// has taken this cluster's map is told it.
  func notePosition(of peer: Peer) async {
    // One that belonged to no cluster when it was connected to is this one's since it has been greeted.
    guard let before = peer.caller.presence.identity, [.zero, identity.clusterID].contains(before.clusterID) else {
      return
    }
    let deadline = surroundings.later(Self.positionMicroseconds)
    let told = knowledge(of: peer) == nil ? Revisions() : confirmations.told
    let body = PositionRequest(told).body
    let request = OutboundRequest(PositionRequest.opcode, body: body, deadline: deadline, epoch: home.map.epoch)
    // A shard that does not answer is noticed by those who need it.
    guard let reply = try? await peer.caller.call(request),
      let answer = try? PositionResponse(body: reply.message.body, version: body.version)
    else { return }
    confirmations.note(claim: answer.claim)
    confirmations.note(told: answer.revisions, by: peer)
    confirmations.confirm(peer, since: before, position: answer.position)
  }

  /// Asks all shards how far they are, and keeps that: the coordinator ends.
  func close() async {
    _ = await withEach(peers) { await self.notePosition(of: $0) }
    confirmations.keep()
  }

  /// Keeps what shards confirm, until the task is cancelled.
  func keep() async {
    while !Task.isCancelled {
      await surroundings.sleep(Self.keepingMicroseconds)
      confirmations.keep()
    }
  }

  /// Compares what a shard holds with the catalogue; call it in the shard's turn. A generation before the one that serves
  /// is left from a drop that was forgotten: it is dropped.
  func compareCatalogue(of peer: Peer, by deadline: Instant) async throws(WireError) {
    let held = try await tell(peer, CollectionDescribeRequest(name: nil), by: deadline).reply.collections.map(\.key)
    let catalogue = registry.catalogue
    var unknown = Set(held).subtracting(catalogue.instances.map(\.key))
    unknown.subtract(catalogue.pendingDrops[peer.id] ?? [])
    for key in unknown {
      guard let active = catalogue.collections[key.name]?.active, key.generation < active.generation else { continue }
      unknown.remove(key)
      try await registry.update { $0.noteDrop(of: key, on: peer.id) }
    }
    try await confirmations.note(unknown: unknown, at: peer)
  }
}
