import Placement
import Storage
import Telemetry
import Transport
import Vocabulary
import Wire

extension ShardFleet {
  /// The connection of which a shard was looked at last.
  struct Meeting: Equatable, Sendable {
    let nonce: [UInt8]
    let incarnation: Bytes16
  }

  // MARK: Who a shard is

  /// What a shard that is connected says of itself, with the catalogue's name of its data in the place of the
  /// incarnation: another one since the data was found to be older than it was, none for a coordinator that was
  /// displaced. So neither is taken for complete.
  func identity(of peer: Peer) -> NodeIdentity? {
    // Within the lock, so that an earlier connection is never looked at behind a later one.
    let found = meetings.withLock { meetings -> (identity: NodeIdentity, isOlder: Bool)? in
      guard let identity = peer.caller.presence.identity else { return nil }
      let meeting = Meeting(nonce: identity.nonce, incarnation: identity.incarnation)
      guard meetings[peer.id] != meeting else { return (identity, false) }
      meetings[peer.id] = meeting
      return (identity, isOlder(peer.id, identity))
    }
    guard var identity = found?.identity else { return nil }
    note(claim: identity.claim)
    if found?.isOlder == true { noteOlder(peer) }
    identity.incarnation = name(of: peer.id, identity.incarnation)
    return identity
  }

  /// The catalogue's name of data that a shard has; zero: it is complete for nothing.
  func name(of shard: ShardID, _ incarnation: Bytes16) -> Bytes16 {
    guard !isDisplaced, let entry = confirmed.current.entries[shard], entry.incarnation == incarnation else {
      return .zero
    }
    return entry.name
  }

  private func isOlder(_ shard: ShardID, _ identity: NodeIdentity) -> Bool {
    let (incarnation, random) = (identity.incarnation, surroundings.random)
    return confirmed.update { confirmed in
      confirmed.meet(
        shard, incarnation, identity.epoch, identity.position,
        wasComplete: { registry.catalogue.instances.contains { $0.record.complete[shard] == incarnation } },
        newName: { Bytes16(low: random.next() | 1, high: random.next()) })
    }
  }

  private func noteOlder(_ peer: Peer) {
    // Before a write makes the shard look newer again.
    keepConfirmed()
    state.withLock { ($0.knowledge[peer.id], $0.openEnds[peer.id]) = (nil, nil) }
    surroundings.log?(
      .error, "a shard's data is older than it was: what it has acknowledged since then is missing",
      [
        "shard": LogValue(peer.id.rawValue), "address": .text(peer.shard.address),
        "hint": "put its newest directory back, or see 'older than it was' in cluster/recovery.md",
      ])
  }

  /// Whether a shard has been found to be older than it was, and has not got a new directory since.
  func isOlder(_ peer: Peer) -> Bool { confirmed.current.entries[peer.id]?.isOlder ?? false }

  /// Why a shard that answers does not count as complete.
  func lack(of peer: Peer) -> MissingCause {
    if isDisplaced { return .displaced }
    return isOlder(peer) ? .older : .restartedEmpty
  }

  // MARK: What it has confirmed

  /// How often a shard is asked how far it is.
  static let positionMicroseconds: UInt64 = 500_000
  /// How often what shards have confirmed is written, at most.
  static let keepingMicroseconds: UInt64 = 1_000_000

  /// Asks a shard how far it is, and whether it obeys another coordinator now.
  func notePosition(of peer: Peer) async {
    guard let before = peer.caller.presence.identity else { return }
    let deadline = surroundings.later(Self.positionMicroseconds)
    let request = OutboundRequest(
      PositionRequest.opcode, body: PositionRequest().body, deadline: deadline, epoch: home.map.epoch)
    // A shard that does not answer is noticed by those who need it.
    guard let reply = try? await peer.caller.call(request), let answer = try? PositionResponse(body: reply.message.body)
    else { return }
    note(claim: answer.claim)
    confirm(peer, since: before) { $0.confirm(peer.id, before.incarnation, position: answer.position) }
  }

  /// Notes what a shard has confirmed, unless another connection has come meanwhile.
  func confirm(_ peer: Peer, since before: NodeIdentity, _ change: (inout ConfirmedShards) -> Void) {
    meetings.withLock { meetings in
      guard let now = peer.caller.presence.identity,
        meetings[peer.id] == Meeting(nonce: before.nonce, incarnation: before.incarnation),
        now.nonce == before.nonce, now.incarnation == before.incarnation
      else { return }
      confirmed.update(change)
    }
  }

  /// Writes what shards have confirmed, if it has changed.
  func keepConfirmed() {
    do throws(StorageError) { try confirmed.write() } catch {
      surroundings.log?.limited(
        by: "confirmed", .error, "what shards have confirmed cannot be kept", ["error": .text(error.text)])
    }
  }

  /// Asks all shards how far they are, and keeps that: the coordinator ends.
  func close() async {
    _ = await withEach(peers) { await self.notePosition(of: $0) }
    keepConfirmed()
  }

  /// Keeps what shards confirm, until the task is cancelled.
  func keep() async {
    while !Task.isCancelled {
      await surroundings.sleep(Self.keepingMicroseconds)
      keepConfirmed()
    }
  }

  // MARK: Another coordinator

  /// Whether a coordinator that started later has taken over the shards.
  var isDisplaced: Bool { state.withLock { $0.isDisplaced } }

  /// A shard has taken a claim. If it is greater than this coordinator's, this one changes nothing any more: the next
  /// start has a greater one again.
  func note(claim: UInt64) {
    guard claim > self.claim else { return }
    let isNews = state.withLock { state in
      defer { state.isDisplaced = true }
      return !state.isDisplaced
    }
    guard isNews else { return }
    confirmed.update { $0.claim = max($0.claim, claim) }
    keepConfirmed()
    surroundings.log?(
      .error, "another coordinator has taken over the shards: this one changes nothing any more",
      ["hint": "stop one of the two; the one that starts last has the shards"])
  }

  /// The answer to what would change the cluster; `nil`: this coordinator may.
  var displacement: WireError? {
    guard isDisplaced else { return nil }
    return WireError(
      .displaced, message: "another coordinator, which started later, has taken over the shards: ask that one")
  }
}
