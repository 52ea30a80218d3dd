import Placement
import Transport
import Vocabulary
import Wire

extension Coordinator {
  /// A decoded reply of a shard.
  struct Answer<Reply: Sendable>: Sendable {
    let reply: Reply
    let incarnation: Bytes16
  }

  /// Asks one shard, by the epoch of the map.
  func ask<Request: RequestMessage>(
    _ peer: Peer, _ request: Request, by deadline: Instant, isRetry: Bool = false
  ) async throws(CallError) -> Answer<Request.Reply> {
    do throws(CallError) {
      let outbound = OutboundRequest(
        Request.opcode, body: request.body, deadline: deadline, epoch: serving.withLock { $0.map.epoch },
        isRetry: isRetry)
      let reply = try await peer.caller.call(outbound)
      do throws(WireError) {
        return Answer(reply: try Request.Reply(body: reply.message.body), incarnation: reply.incarnation)
      } catch {
        throw CallError.invalid(error)
      }
    } catch {
      metrics.callFailed(peer.shard.id, error.missingCause)
      if case .refused(let refusal) = error, Request.opcode != .collectionDrop,
        [.staleEpoch, .unknownCollection, .unknownGeneration].contains(refusal.code)
      {
        // It has lost the map, a collection or a generation: it is told again. To a drop it is the answer that was hoped for.
        greeted.withLock { $0[peer.shard.id] = nil }
      }
      throw error
    }
  }

  /// Does the same with several shards at once; the answers come in the order of the shards.
  func withEach<Value: Sendable>(
    _ peers: [Peer], _ work: @escaping @Sendable (Peer) async -> Value
  ) async -> [Value] {
    await withTaskGroup(of: (Int, Value).self) { group in
      for (index, peer) in peers.enumerated() { group.addTask { (index, await work(peer)) } }
      var values = [Value?](repeating: nil, count: peers.count)
      for await (index, value) in group { values[index] = value }
      return values.compactMap { $0 }
    }
  }

  /// The shards whose slots some ids lie in, each with the positions of its ids, in the order of the map.
  func owners(of ids: [UInt64], in serving: Serving) -> [(peer: Peer, positions: [Int])] {
    var positions = [[Int]](repeating: [], count: peers.count)
    for (position, id) in ids.enumerated() {
      positions[serving.map.ownerIndex(of: slot(of: ItemID(id)))].append(position)
    }
    return zip(peers, positions).filter { !$1.isEmpty }.map { ($0, $1) }
  }

  /// The shards that can be asked, with the incarnation of their data.
  func reachable() -> [ShardID: Bytes16] {
    let greeted = greeted.withLock { $0 }
    var incarnations: [ShardID: Bytes16] = [:]
    for peer in peers {
      guard let identity = peer.caller.presence.identity, greeted[peer.shard.id] == identity.incarnation else {
        continue
      }
      incarnations[peer.shard.id] = identity.incarnation
    }
    return incarnations
  }

  /// The earlier of a request's deadline and a bound for work that has to end.
  func bounded(_ deadline: Instant) -> Instant {
    min(deadline, surroundings.clock.now().advanced(microseconds: configuration.greetingMicrosecondsMax))
  }
}
