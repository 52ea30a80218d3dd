import Placement
import Transport
import Vocabulary
import Wire

extension ShardFleet {
  /// A decoded reply of a shard.
  struct Answer<Reply: Sendable>: Sendable {
    let reply: Reply
    let incarnation: Bytes16
  }

  // MARK: One shard

  /// Asks one shard by the map of an epoch. A shard that has missed that map, but has its data, is told it first.
  func ask<Request: RequestMessage>(
    _ peer: Peer, _ request: Request, epoch: Epoch, by deadline: Instant, isRetry: Bool = false
  ) async throws(CallError) -> Answer<Request.Reply> {
    let known = knowledge(of: peer)
    if let known, known.epoch < epoch { await tellMap(peer, by: deadline) }
    do throws(CallError) { return try await askOnce(peer, request, epoch: epoch, by: deadline, isRetry: isRetry) } catch
    {
      // A shard that knows an older map still has its data, so it gets the newer map. A shard with other data is greeted
      // by its watch, and its slots are missing until then.
      guard case .refused(let refusal) = error, refusal.code == .staleEpoch, refusal.epoch < epoch.rawValue,
        let known, identity(of: peer)?.incarnation == known.incarnation
      else { throw error }
      do throws(WireError) { try await greetInTurn(peer, by: deadline) } catch _ { throw error }
      return try await askOnce(peer, request, epoch: epoch, by: deadline, isRetry: isRetry)
    }
  }

  /// Asks one shard, once.
  func askOnce<Request: RequestMessage>(
    _ peer: Peer, _ request: Request, epoch: Epoch, by deadline: Instant, isRetry: Bool = false
  ) async throws(CallError) -> Answer<Request.Reply> {
    await awaitFirstConnection(peer, by: deadline)
    let start = surroundings.clock.now()
    do throws(CallError) {
      let body = request.body
      let outbound = OutboundRequest(
        Request.opcode, body: body, deadline: deadline, epoch: epoch, isRetry: isRetry)
      let reply = try await peer.caller.call(outbound)
      heard(from: peer)
      // A connection that is new is looked at before its answers count.
      _ = identity(of: peer)
      do throws(WireError) {
        return Answer(
          reply: try Request.Reply(body: reply.message.body, version: body.version),
          incarnation: confirmations.name(of: peer.id, reply.incarnation))
      } catch {
        throw CallError.invalid(error)
      }
    } catch {
      noteSilence(of: peer, error, since: start)
      if case .refused(let refusal) = error, refusal.code == .displaced {
        confirmations.note(claim: confirmations.claim + 1)
      }
      let error = error.relayed(from: peer.id)
      metrics.callFailed(peer.id, error.missingCause)
      if case .refused(let refusal) = error, hasForgotten(refusal, Request.opcode, epoch) { mustGreet([peer]) }
      throw error
    }
  }

  /// Asks a shard for something that it has to do.
  ///
  /// - Throws: what it refuses with; NO_REPLICA if it does not answer.
  func tell<Request: RequestMessage>(
    _ peer: Peer, _ request: Request, by deadline: Instant
  ) async throws(WireError) -> Answer<Request.Reply> {
    let epoch = registry.publication.map.epoch
    do throws(CallError) { return try await askOnce(peer, request, epoch: epoch, by: deadline) } catch {
      guard case .refused(let refusal) = error, !refusal.errorClass.contains(.retriable) else { throw .unasked(peer) }
      throw refusal
    }
  }

  /// Waits in the first moments of the coordinator for a shard that is just being connected to.
  func awaitFirstConnection(_ peer: Peer, by deadline: Instant) async {
    let end = min(deadline, firstConnectionsEnd)
    while case .connecting = peer.caller.presence, surroundings.clock.now() < end {
      await surroundings.sleep(5000, until: end)
    }
  }

  /// How long what needs all shards waits for those that are connected and are just being told what they must know.
  private static let greetingMicrosecondsMax: UInt64 = 2_000_000

  /// Waits for shards that are connected and have not been greeted since they came back.
  func awaitGreetings(by deadline: Instant) async {
    let end = min(deadline, surroundings.later(Self.greetingMicrosecondsMax))
    while surroundings.clock.now() < end {
      let reachable = reachable()
      let isGreeting = peers.contains {
        identity(of: $0) != nil && reachable[$0.id] == nil && stranger(at: $0.id) == nil
      }
      guard isGreeting else { return }
      await surroundings.sleep(5000, until: end)
    }
  }

  // MARK: Shards that are silent

  /// A shorter wait for an answer says nothing of the shard.
  private static let silenceMicrosecondsMin: UInt64 = 20_000
  /// With this number of requests in a row without an answer a shard counts as one that does not answer.
  static let unansweredMax = 3

  private func heard(from peer: Peer) { state.withLock { $0.unanswered[peer.id] = nil } }

  private func noteSilence(of peer: Peer, _ error: CallError, since start: Instant) {
    switch error {
    case .refused, .connectionLost, .unreachable: heard(from: peer)
    case .deadlineExceeded, .cancelled:
      guard start.microseconds(until: surroundings.clock.now()) >= Self.silenceMicrosecondsMin else { return }
      state.withLock { $0.unanswered[peer.id, default: 0] += 1 }
    case .invalid, .queueFull: break
    }
  }

  /// Requests in a row to which a shard that is connected gave no answer.
  func unanswered(_ peer: Peer) -> Int { state.withLock { $0.unanswered[peer.id] ?? 0 } }

  // MARK: Telling

  /// Whether a shard has lost the map, a collection or a generation, and has to be told again. One that knows a later map
  /// has lost nothing, and to a drop it is the answer that was hoped for.
  private func hasForgotten(_ refusal: WireError, _ opcode: Opcode, _ epoch: Epoch) -> Bool {
    switch refusal.code {
    case .staleEpoch: refusal.epoch < epoch.rawValue
    case .unknownCollection, .unknownGeneration: opcode != .collectionDrop
    default: false
    }
  }

  // MARK: Several shards

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

  /// Does the same with several shards at once, whether some fail or not; the outcomes come in the order of the shards.
  func tryEach<Value: Sendable, Failure: Error>(
    _ peers: [Peer], _ work: @escaping @Sendable (Peer) async throws(Failure) -> Value
  ) async -> [Result<Value, Failure>] {
    await withEach(peers) { peer in
      do throws(Failure) { return .success(try await work(peer)) } catch { return .failure(error) }
    }
  }

  /// The shards whose slots some ids lie in, each with the positions of its ids, in the order of the map.
  func owners(of ids: [UInt64], in serving: Serving) -> [(peer: Peer, positions: [Int])] {
    var positions = [[Int]](repeating: [], count: serving.peers.count)
    for (position, id) in ids.enumerated() {
      positions[serving.map.ownerIndex(of: slot(of: ItemID(id)))].append(position)
    }
    return zip(serving.peers, positions).filter { !$1.isEmpty }.map { ($0, $1) }
  }

  /// The shards that can be asked, with the incarnation of their data.
  func reachable() -> [ShardID: Bytes16] {
    let knowledge = state.withLock { $0.knowledge }
    var incarnations: [ShardID: Bytes16] = [:]
    for peer in peers {
      guard let identity = identity(of: peer), knowledge[peer.id]?.incarnation == identity.incarnation
      else { continue }
      incarnations[peer.id] = identity.incarnation
    }
    return incarnations
  }

  /// Each shard's part of each collection, in the order of the map; `nil` for a shard that does not answer in time.
  func holdings(
    _ serving: Serving, by deadline: Instant
  ) async -> [[CollectionDescribeResponse.Description]?] {
    let end = gatherEnd(bounded(deadline))
    let (request, epoch) = (CollectionDescribeRequest(name: nil), serving.map.epoch)
    return await withEach(serving.peers) { peer in
      try? await self.ask(peer, request, epoch: epoch, by: end).reply.collections
    }
  }

  /// What each shard says of itself, in the order of the map; `nil` for a shard that does not answer in time.
  func states(_ serving: Serving, by deadline: Instant) async -> [StatusResponse.State?] {
    let (end, epoch) = (gatherEnd(bounded(deadline)), serving.map.epoch)
    return await withEach(serving.peers) { peer in
      try? await self.ask(peer, StatusRequest(), epoch: epoch, by: end).reply.state
    }
  }

  // MARK: Time

  /// The earlier of a request's deadline and a bound for work that has to end.
  func bounded(_ deadline: Instant) -> Instant {
    min(deadline, surroundings.later(configuration.greetingMicrosecondsMax))
  }

  /// When the answers of shards have to be there, so that a request is answered by its deadline.
  func gatherEnd(_ deadline: Instant) -> Instant {
    DeadlineSplit(now: surroundings.clock.now(), deadline: deadline, reranks: false).gatherEnd
  }
}
