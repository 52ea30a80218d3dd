import Placement
import Transport
import Vocabulary
import Wire

/// Answers GROUP and REPLICATE.
struct MemberService: Sendable {
  let replication: Replication?
  let changes: ChangeService
  let standing: Lock<ShardStanding>

  private var store: ShardStore { changes.store }

  /// How often one looks whether a checkpoint has the copy.
  private static let pauseMicroseconds: UInt64 = 10_000

  /// Stands for a copy that is not whole: no history has it as its first records.
  private static let torn = ShardHistory(position: .max, terms: [])

  private func member() throws(WireError) -> Replication {
    guard let replication else { throw WireError(.unknownOpcode, message: "this shard has no other members") }
    return replication
  }

  /// Takes what the store holds, and says what the member wants.
  func group(_ request: GroupRequest, _: InboundRequest) async throws(WireError) -> GroupResponse {
    let replication = try member()
    let epoch = await store.withState { state in
      if request.group != nil { state.separateSnapshots(from: replication.node >> 8) }
      return state.epoch
    }
    return replication.group(request, epoch: epoch)
  }

  /// Takes what a primary sends.
  func replicate(_ request: ReplicateRequest, _ inbound: InboundRequest) async throws(WireError) -> ReplicateResponse {
    let (replication, term) = (try member(), request.term)
    var history: ShardHistory
    switch request.step {
    case .greet:
      guard replication.advance({ machine, now in machine.greeted(by: term, at: now) }) else {
        throw WireError(.staleTerm)
      }
      // A copy that no file has yet is nothing to go on with.
      guard await !store.awaitsCheckpoint else { throw WireError(.staleTerm) }
      history = try await store.isTorn ? Self.torn : store.history()
    case .append(let payloads, let echo, let grant):
      history = try await store.replicate(Self.records(payloads), after: request.position, of: term)
      if !payloads.isEmpty { await noteStanding() }
      replication.advance { machine, now in machine.heard(echo: echo, grant: UInt64(grant), at: now) }
    case .check:
      guard let pin = await store.pin(at: request.position), replication.accepts(term) else {
        throw WireError(.staleTerm)
      }
      replication.state.withLock { $0.pin = pin }
      history = try await store.history()
    case .sum:
      let pin = replication.state.withLock { state in
        defer { state.pin = nil }
        return state.pin
      }
      guard let pin, pin.position == request.position else { throw WireError(.staleTerm) }
      let clock = replication.clock
      let digest = await pin.digest { !inbound.isCancelled && clock.now() < inbound.deadline }
      guard let digest else { throw WireError(.deadlineExceeded) }
      // It says nothing of now: the primary is not heard by it.
      var answer = ReplicateResponse(node: replication.node, position: pin.position, term: term, isLeaving: false)
      answer.digest = digest
      return answer
    case .copy(let payloads):
      try await store.take(ofCopy: Self.records(payloads), isFirst: request.position == 1, of: term)
      history = ShardHistory()
    case .copied(let terms):
      history = ShardHistory(position: request.position, terms: terms)
      // Asked for again, it may be there.
      if await store.withState({ $0.history }) != history { try await store.endCopy(history, of: term) }
      while await store.awaitsCheckpoint {
        guard replication.clock.now() < inbound.deadline, !inbound.isCancelled else { throw WireError(.storageFull) }
        await replication.outside.timers.sleep(
          until: replication.clock.now().advanced(microseconds: Self.pauseMicroseconds))
      }
      await noteStanding()
    }
    return replication.advance { machine, now in
      machine.heard(at: now)
      return machine.reply(history, at: now)
    }
  }

  private static func records(_ payloads: [[UInt8]]) throws(WireError) -> [ShardRecord] {
    var records: [ShardRecord] = []
    for payload in payloads {
      guard let record = ShardRecord(payload: payload) else { throw WireError(.malformedBody) }
      records.append(record)
    }
    return records
  }

  /// Shows what the records have changed.
  private func noteStanding() async {
    let (map, shard, claim) = await store.withState { ($0.map, $0.shard, $0.claim) }
    standing.withLock { ($0.map, $0.shard, $0.claim) = (map, shard, claim) }
  }
}
