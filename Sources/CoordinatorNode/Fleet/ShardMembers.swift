import Bytes
import Metadata
import Placement
import Telemetry
import Transport
import Vocabulary
import Wire

/// A shard of several members as the coordinator reaches it: reads go to a member that can answer them, all else to the
/// primary, and again to another one where the first one cannot.
///
/// It also carries what members want to change in their group to the store, and what the store holds to members.
final class ShardMembers: ShardCaller {
  /// A member as it was seen last.
  struct Seen: Sendable {
    var inFlight = 0
    /// The mean of the last answers to reads.
    var microseconds: Double = 1000
    var reply: GroupResponse?
    var heard: Instant?
  }

  struct State: Sendable {
    var group: ShardGroup?
    var revision: UInt64 = 0
    /// By place.
    var seen: [Seen]
    /// The member that the primary is to hand over to.
    var heir: Int?
    var isStopped = false
    /// Whether the group is that of the store, and not what is left of one for other addresses.
    var isStored = true
    /// Of the newest map that the shard has taken: what single members have said may be older.
    var epoch: UInt32 = 0
    var budget = HedgeBudget()
  }

  /// A member, for people.
  struct Standing: Sendable {
    let address: String
    let isPrimary: Bool
    let isInSync: Bool
    let isConnected: Bool
    let term: UInt32
    /// Records that it lacks of the primary's.
    let lag: UInt64
  }

  let shard: ShardMap.Shard
  let surroundings: Coordinator.Surroundings
  /// By place.
  let callers: [any ShardCaller]
  let state: Lock<State>
  /// `nil`: no search is asked of two members.
  let hedges: HedgeMetrics?

  /// Whether the shard was reached before with other members, or alone: then its first member may hold data.
  let isRenewed: Bool

  /// How long one waits before a member is asked again.
  static let pauseMicroseconds: UInt64 = 20_000
  /// Requests wait for so long after the last sign of life of a member: another one takes over within this time.
  private static let failoverMicroseconds: UInt64 = 5_000_000
  /// The first byte of a SHARD_MAP that gives a map.
  private static let mapInstallKind: UInt8 = 2

  /// - Parameter former: How the shard was reached when it had other members.
  init(
    _ shard: ShardMap.Shard, _ surroundings: Coordinator.Surroundings, callers: [any ShardCaller],
    hedges: HedgeMetrics?, former: Peer? = nil
  ) {
    (self.shard, self.surroundings, self.callers, self.hedges) = (shard, surroundings, callers, hedges)
    isRenewed = former != nil
    var state = State(seen: callers.map { _ in Seen() })
    if let former = former?.members {
      let places = shard.addresses.map { former.addresses.firstIndex(of: $0) }
      let before = former.state.withLock { $0 }
      for (place, known) in places.enumerated() {
        guard let known else { continue }
        state.seen[place] = before.seen[known]
        state.seen[place].inFlight = 0
      }
      (state.group, state.revision) = (before.group?.placed(places), before.revision)
      (state.isStored, state.budget, state.epoch) = (false, before.budget, before.epoch)
    }
    self.state = Lock(state)
  }

  /// The addresses by place.
  var addresses: [String] { shard.addresses }

  var group: ShardGroup? { state.withLock { $0.group } }

  /// Whether the store's group is for these addresses.
  var hasStoredGroup: Bool { state.withLock { $0.group != nil && $0.isStored } }

  /// The places of those that may answer: a shard that was alone goes on with its only member until it has a group.
  var holders: [Int] { group?.inSync ?? (isRenewed ? [0] : []) }

  // MARK: ShardCaller

  var presence: ShardPresence {
    let presences = callers.map(\.presence)
    guard let group else {
      if isRenewed, let said = presences[0].identity {
        // Its connection is new, and its position at that time may be behind what it has confirmed since.
        var identity = NodeIdentity(
          role: said.role, clusterID: said.clusterID, incarnation: said.incarnation, epoch: said.epoch,
          program: said.program)
        identity.claim = said.claim
        return .up(identity)
      }
      return presences.first { if case .down = $0 { true } else { false } } ?? .connecting
    }
    let places = [group.primary] + group.inSync.filter { $0 != group.primary }
    guard let place = places.first(where: { presences[$0].identity != nil }), let said = presences[place].identity
    else {
      return presences[group.primary]
    }
    let epoch = state.withLock { max($0.epoch, $0.seen[place].reply?.epoch ?? 0) }
    // What one member says of its own data says nothing of the shard's.
    var identity = NodeIdentity(
      role: said.role, clusterID: said.clusterID, incarnation: Bytes16(group.data) ?? .zero,
      epoch: Epoch(max(epoch, said.epoch.rawValue)), program: said.program)
    identity.claim = said.claim
    return .up(identity)
  }

  var traffic: Traffic {
    get async {
      var sum = Traffic()
      for caller in callers { sum += await caller.traffic }
      return sum
    }
  }

  func start() async { for caller in callers { await caller.start() } }

  /// Tells its members nothing any more; requests go on.
  func retire() { state.withLock { $0.isStopped = true } }

  func stop() async {
    retire()
    for caller in callers { await caller.stop() }
  }

  func call(_ request: OutboundRequest) async throws(CallError) -> ShardReply {
    guard group != nil || isRenewed else { throw .unreachable("its members are not there for the first time") }
    return request.isRead ? try await read(request) : try await lead(request)
  }

  // MARK: Members

  /// Whether a member in sync has answered a short while ago: then one of them will be back, or take over.
  var mayAnswerSoon: Bool {
    let (now, holders) = (surroundings.clock.now(), holders)
    return state.withLock { state in
      holders.contains { place in
        state.seen[place].heard.map { $0.microseconds(until: now) < Self.failoverMicroseconds } ?? false
      }
    }
  }

  func ask(_ place: Int, _ request: OutboundRequest) async throws(CallError) -> ShardReply {
    let start = surroundings.clock.now()
    state.withLock { $0.seen[place].inFlight += 1 }
    defer { state.withLock { $0.seen[place].inFlight -= 1 } }
    let reply: ShardReply
    do throws(CallError) { reply = try await callers[place].call(request) } catch {
      // One that is given up took at least so long; one that refuses says nothing of how fast it is.
      if error == .cancelled { note(start, place, request) }
      throw error
    }
    note(start, place, request)
    if request.opcode == .shardMap, request.body.bytes.first == Self.mapInstallKind {
      state.withLock { $0.epoch = max($0.epoch, request.epoch.rawValue) }
    }
    return ShardReply(reply.message, incarnation: group.map { Bytes16($0.data) ?? .zero } ?? reply.incarnation)
  }

  private func note(_ start: Instant, _ place: Int, _ request: OutboundRequest) {
    guard request.isRead else { return }
    let took = Double(start.microseconds(until: surroundings.clock.now()))
    state.withLock { $0.seen[place].microseconds += (took - $0.seen[place].microseconds) / 16 }
  }

  // MARK: Changes

  private func lead(_ begin: OutboundRequest) async throws(CallError) -> ShardReply {
    var (request, doubt): (OutboundRequest, CallError?) = (begin, nil)
    while true {
      do throws(CallError) { return try await ask(group?.primary ?? 0, request) } catch {
        // A member that refuses it says nothing of what became of it at the one before.
        if !error.isNotExecuted { doubt = error }
        let mayPass =
          switch error {
          case .refused(let refusal):
            [.notPrimary, .notAssured, .shuttingDown, .replicationIndefinite, .tooFewCopies].contains(refusal.code)
          case .connectionLost, .unreachable: mayAnswerSoon
          default: false
          }
        guard mayPass, surroundings.later(Self.pauseMicroseconds) < request.deadline, !Task.isCancelled else {
          throw doubt ?? error
        }
        // The same op is made once, whichever member takes it.
        request = OutboundRequest(
          request.opcode, body: request.body, deadline: request.deadline, epoch: request.epoch, isRetry: true)
      }
      await surroundings.sleep(Self.pauseMicroseconds)
    }
  }

  /// How each member stands, by place; none before the group is known.
  var standings: [Standing] {
    let (group, replies) = state.withLock { ($0.group, $0.seen.map(\.reply)) }
    guard let group else { return [] }
    let end = replies[group.primary]?.position ?? 0
    return addresses.indices.map { place in
      let position = replies[place]?.position ?? 0
      return Standing(
        address: addresses[place], isPrimary: place == group.primary, isInSync: group.members[place].isInSync,
        isConnected: callers[place].presence.identity != nil, term: group.term,
        lag: end > position ? end - position : 0)
    }
  }

  /// Has the primary hand over to another member; `nil`: not any more.
  func promote(_ place: Int?) { state.withLock { $0.heir = place } }
}

extension OutboundRequest {
  /// Whether any member in sync may answer.
  fileprivate var isRead: Bool {
    switch opcode {
    case .search, .get: true
    case .history: body.bytes.first != HistoryRequest.Step.forget.rawValue
    default: false
    }
  }
}
