import Placement
import Telemetry
import Transport
import Vocabulary
import Wire

/// The shell of a member's machine: what it says to coordinators, which members it sends to, and which changes wait for
/// other members.
final class Replication: Sendable {
  /// A change that waits for other members.
  fileprivate struct Pending {
    let position: UInt64
    let deadline: Instant
    let end: Waiter<Result<Int, WireError>>
  }

  struct State {
    var machine: MemberMachine
    var ring: RecordRing
    /// Of all members.
    var addresses: [String] = []
    var shard = ShardID(0)
    /// What a primary compares.
    var pin: StatePin?
    /// Comparisons that this primary has made, by whether both were equal.
    var checks: [Bool: UInt64] = [:]
    /// The term and the layout of the members that are sent to.
    fileprivate var serving: (term: UInt32, layout: UInt64)?
    /// They wake who sends to the other members.
    fileprivate(set) var bells: [Int: Bell] = [:]
    fileprivate var pending: [Pending] = []
  }

  let state: Lock<State>
  let outside: ShardNode.Outside
  let node: UInt64
  let log: Log?

  /// How often the machine is told that time has passed.
  private static let tickMicroseconds: UInt64 = 20_000

  init(node: UInt64, _ history: ShardHistory, _ outside: ShardNode.Outside, log: Log?) {
    (self.node, self.outside, self.log) = (node, outside, log)
    let ring = RecordRing(after: history.position)
    state = Lock(State(machine: MemberMachine(node: node, history: history), ring: ring))
  }

  var clock: any MonotonicClock { outside.timers.clock }

  /// Shows what it counts.
  func show(in registry: MetricRegistry) {
    for isEqual in [true, false] {
      registry.counter(
        "winnow_replica_checks_total", help: "Comparisons of a member with its primary, by whether both held the same.",
        labels: [("equal", isEqual ? "yes" : "no")]
      ) { [weak self] in Double(self?.state.withLock { $0.checks[isEqual] } ?? 0) }
    }
  }

  // MARK: What the store asks

  /// Refuses changes of a member that is not its shard's primary.
  ///
  /// - Parameter needsGroup: Also of one that was told no group yet.
  func checkWritable(needsGroup: Bool = false) throws(WireError) {
    let refusal = state.withLock { $0.machine.isGrouped || needsGroup ? $0.machine.writeRefusal() : nil }
    if let refusal { throw WireError(refusal, retryAfterMilliseconds: 20) }
  }

  /// The term whose first record the member has to write.
  var termToBegin: UInt32? { state.withLock { $0.machine.termToBegin } }

  /// Whether the shard has other members.
  var isGrouped: Bool { state.withLock { $0.machine.isGrouped } }

  /// Whether records of a primary are taken.
  func accepts(_ term: UInt32) -> Bool { state.withLock { $0.machine.accepts(term) } }

  /// A record is applied: the others get it.
  func applied(_ record: ShardRecord, _ history: ShardHistory) {
    let bells = state.withLock { state in
      state.machine.noted(history)
      guard state.machine.isGrouped else { return [Bell]() }
      // A shard that was alone until now has no records for others.
      if state.ring.end + 1 != history.position { state.ring.restart(after: history.position - 1) }
      state.ring.append(record.payload)
      return Array(state.bells.values)
    }
    for bell in bells { bell.ring() }
  }

  /// The member loses what it has, to take a copy.
  func tear() {
    let ended = state.withLock { state in
      state.machine.tear()
      return Self.takeEnded(&state, clock.now())
    }
    tell(ended)
  }

  /// A copy is whole.
  func copied(_ history: ShardHistory) {
    state.withLock { state in
      state.machine.noted(history)
      state.machine.mend()
      state.ring.restart(after: history.position)
    }
  }

  /// Returns when every member that has to hold a change does.
  ///
  /// - Returns: How many members hold it.
  /// - Throws: REPLICATION_INDEFINITE: the member does not lead any more, and the change may be lost or not.
  func confirmed(through position: UInt64, by deadline: Instant) async throws(WireError) -> Int {
    let waiter = Waiter<Result<Int, WireError>>()
    let result = state.withLock { state -> Result<Int, WireError>? in
      guard state.machine.isGrouped else { return .success(1) }
      guard state.machine.leadingTerm != nil else { return .failure(WireError(.replicationIndefinite)) }
      if position <= state.machine.acknowledged(clock.now()) { return .success(state.machine.copies(of: position)) }
      state.pending.append(Pending(position: position, deadline: deadline, end: waiter))
      return nil
    }
    if let result { return try result.get() }
    return try await waiter.value().get()
  }

  /// Takes those whose wait is over.
  private static func takeEnded(_ state: inout State, _ now: Instant) -> [(Pending, Result<Int, WireError>)] {
    guard !state.pending.isEmpty else { return [] }
    let (leads, through) = (state.machine.leadingTerm != nil, state.machine.acknowledged(now))
    let machine = state.machine
    var ended: [(Pending, Result<Int, WireError>)] = []
    state.pending.removeAll { pending in
      if !leads {
        ended.append((pending, .failure(WireError(.replicationIndefinite))))
      } else if pending.position <= through {
        ended.append((pending, .success(machine.copies(of: pending.position))))
      } else if now >= pending.deadline {
        ended.append((pending, .failure(WireError(.deadlineExceeded, message: "other members have not confirmed it"))))
      } else {
        return false
      }
      return true
    }
    return ended
  }

  private func tell(_ ended: [(Pending, Result<Int, WireError>)]) {
    for (pending, result) in ended { pending.end.tell(result) }
  }

  /// Tells the machine something, and those whose wait is over.
  @discardableResult
  func advance<Value>(_ body: (inout MemberMachine, Instant) -> Value) -> Value {
    let (value, ended) = state.withLock { state in
      let now = clock.now()
      let value = body(&state.machine, now)
      return (value, Self.takeEnded(&state, now))
    }
    tell(ended)
    return value
  }

  // MARK: What a request asks

  /// Requests that every member answers: they only look how it does, or are about its group.
  private static let free: OpcodeSet = [.status, .metrics, .position, .collectionDescribe, .group, .replicate]
  /// The first byte of a SHARD_MAP that only reads.
  private static let mapReadKind: UInt8 = 1

  /// What a member answers a request with that it may not answer; `nil`: it may.
  func refusal(of request: InboundRequest) -> WireError? {
    // The map that a member has is asked for also to recover a cluster in which no one is assured.
    let readsMap = request.opcode == .shardMap && request.body.first == Self.mapReadKind
    guard !Self.free.contains(request.opcode), !readsMap else { return nil }
    let isRead =
      [.search, .get].contains(request.opcode)
      || request.opcode == .history && request.body.first != HistoryRequest.Step.forget.rawValue
    let code = state.withLock { state -> ErrorCode? in
      let machine = state.machine
      guard machine.isGrouped else { return nil }
      if !isRead, let refusal = machine.writeRefusal() { return refusal }
      return machine.isAssured(clock.now()) ? nil : .notAssured
    }
    return code.map { WireError($0, retryAfterMilliseconds: 20) }
  }

  /// Answers GROUP.
  func group(_ request: GroupRequest, epoch: Epoch) -> GroupResponse {
    var (reply, before, ended) = state.withLock { state in
      let (now, before) = (clock.now(), state.machine.group)
      state.machine.told(request, at: now)
      // Those of an older group belong to other places.
      if request.group == nil || request.revision == state.machine.revision {
        (state.addresses, state.shard) = (request.addresses, request.shard)
      }
      state.machine.passed(now)
      return (state.machine.reply(at: now), before, Self.takeEnded(&state, now))
    }
    tell(ended)
    reply.epoch = epoch.rawValue
    if let group = request.group, group != before {
      log?(
        .info, "the shard's group",
        [
          "shard": LogValue(UInt64(request.shard.rawValue)), "term": LogValue(UInt64(group.term)),
          "primary": .text(request.addresses.indices.contains(group.primary) ? request.addresses[group.primary] : ""),
          "in_sync": LogValue(UInt64(group.inSync.count)),
        ])
    }
    return reply
  }

  // MARK: Running

  /// Leads when the group says so, until the task is cancelled.
  func run(_ store: ShardStore) async {
    await withDiscardingTaskGroup { group in
      while !Task.isCancelled {
        advance { machine, now in machine.passed(now) }
        if let term = termToBegin, (try? await store.promote(term)) != nil {
          state.withLock { $0.machine.promoted(term) }
        }
        for sender in newSenders(store) { group.addTask { await sender.run() } }
        await outside.timers.sleep(until: clock.now().advanced(microseconds: Self.tickMicroseconds))
      }
    }
  }

  /// Who sends to the other members, once they, or the term, are others than before.
  private func newSenders(_ store: ShardStore) -> [Sender] {
    state.withLock { state in
      let machine = state.machine
      guard let term = machine.leadingTerm, machine.termToBegin == nil,
        state.serving.map({ $0 != (term, machine.layout) }) ?? true,
        state.addresses.count == machine.group?.members.count
      else { return [] }
      state.serving = (term, machine.layout)
      state.bells = [:]
      return state.addresses.indices.filter { $0 != machine.place }.map { place in
        state.bells[place] = Bell(timers: outside.timers)
        return Sender(self, store, to: place, at: state.addresses[place], term: term, layout: machine.layout)
      }
    }
  }

  /// Ends as a member: hands the shard over, or has itself dropped; returns when the others need it no more, or at a
  /// deadline.
  func leave(by deadline: Instant) async {
    guard state.withLock({ $0.machine.group.map { $0.inSync.count > 1 } ?? false }) else { return }
    while clock.now() < deadline {
      let mayGo = advance { machine, _ in
        machine.leave()
        return machine.mayGo
      }
      if mayGo { return }
      await outside.timers.sleep(until: clock.now().advanced(microseconds: Self.tickMicroseconds / 4))
    }
  }
}
