import Placement
import Telemetry
import Transport
import Vocabulary
import Wire

extension Mover {
  /// Examines a shard that is to be added: it must answer, belong to no cluster and hold nothing.
  func examine(_ shard: ShardMap.Shard, by deadline: Instant) async throws(WireError) {
    // It knows no cluster yet, so this one does not say its own: a foreign one would not even talk.
    let identity = NodeIdentity(
      role: .coordinator, clusterID: .zero, incarnation: registry.incarnation, program: fleet.configuration.program)
    let probe = fleet.makePeer(shard, identity)
    await probe.caller.start()
    let result: Result<StatusResponse, WireError>
    do throws(WireError) {
      result = .success(try await status(of: probe, by: fleet.bounded(deadline)))
    } catch {
      result = .failure(error)
    }
    await probe.caller.stop()
    let status = try result.get()
    let cluster = Bytes16(authority.map.clusterID) ?? .zero
    guard status.role == .shard else { throw WireError(.conflict, message: "that node is no shard") }
    guard status.cluster == .zero || status.cluster == cluster else {
      throw WireError(
        .wrongCluster, errorClass: [.notExecuted], message: "that shard belongs to another cluster")
    }
    guard status.cluster == .zero, status.shard == nil else {
      throw WireError(
        .conflict, message: "that shard has been a shard of this cluster: start it again, without its data")
    }
    guard status.collections.isEmpty else {
      throw WireError(.conflict, message: "that shard holds data: start it again, without its data")
    }
  }

  private func status(of probe: Peer, by deadline: Instant) async throws(WireError) -> StatusResponse {
    while probe.caller.presence.identity == nil {
      guard surroundings.clock.now() < deadline else {
        throw WireError(
          .noReplica, retryAfterMilliseconds: 1000, message: "no shard answers at \(probe.shard.address)")
      }
      await surroundings.sleep(fleet.configuration.watchMicroseconds, until: deadline)
    }
    let reply: ShardReply
    do throws(CallError) {
      let request = OutboundRequest(.status, body: StatusRequest().body, deadline: deadline)
      reply = try await probe.caller.call(request)
    } catch {
      throw .unasked(probe)
    }
    return try StatusResponse(body: reply.message.body)
  }

  /// Gives the map one more shard, and tells that shard all that it has to know.
  func add(_ address: String, _ map: ShardMap, by deadline: Instant) async throws(WireError) {
    guard let shard = map.shards.first(where: { $0.address == address }) else { return }
    let peer = fleet.makePeer(shard)
    await peer.caller.start()
    do throws(WireError) { try await authority.change(to: map, adding: peer, by: deadline) } catch {
      await peer.caller.stop()
      throw error
    }
    fleet.add(peer)
    let end = fleet.bounded(deadline)
    while fleet.reachable()[shard.id] == nil {
      guard surroundings.clock.now() < end else {
        throw WireError(
          .noReplica, shard: UInt32(shard.id.rawValue), retryAfterMilliseconds: 1000,
          message:
            "shard \(shard.id.rawValue) is in the map but does not answer yet: 'winnow cluster rebalance' gives it slots later"
        )
      }
      do throws(WireError) { try await fleet.greetInTurn(peer, by: end) } catch _ {
        await surroundings.sleep(fleet.configuration.watchMicroseconds, until: end)
      }
    }
  }

  /// Takes a shard without slots out of the map.
  func remove(_ shard: ShardID, isDryRun: Bool, by deadline: Instant) async throws(WireError) {
    try checkNoPlan()
    let map = authority.map
    let next = try changed { () throws(ShardMapError) in try map.removing(shard) }
    guard !isDryRun else { return }
    try await authority.change(to: next, by: deadline)
    try await registry.update { catalogue in
      catalogue.pendingDrops[shard] = nil
      for (key, _) in catalogue.instances {
        catalogue.collections[key.name]?.update(key.generation) { $0.complete[shard] = nil }
      }
    }
    fleet.remove(shard)
    surroundings.log?(.info, "a shard is removed", ["shard": LogValue(shard.rawValue)])
  }
}
