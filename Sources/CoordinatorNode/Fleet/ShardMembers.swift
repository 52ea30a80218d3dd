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

  /// How long one waits before a member is asked again.
  private static let pauseMicroseconds: UInt64 = 20_000
  /// A member that was silent for so long is asked last.
  private static let silenceMicroseconds: UInt64 = 400_000

  init(_ shard: ShardMap.Shard, _ surroundings: Coordinator.Surroundings, callers: [any ShardCaller]) {
    (self.shard, self.surroundings, self.callers) = (shard, surroundings, callers)
    state = Lock(State(seen: callers.map { _ in Seen() }))
  }

  /// The addresses by place.
  var addresses: [String] { shard.addresses }

  var group: ShardGroup? { state.withLock { $0.group } }

  // MARK: ShardCaller

  var presence: ShardPresence {
    let presences = callers.map(\.presence)
    guard let group else {
      return presences.first { if case .down = $0 { true } else { false } } ?? .connecting
    }
    let places = [group.primary] + group.inSync.filter { $0 != group.primary }
    guard let place = places.first(where: { presences[$0].identity != nil }), let said = presences[place].identity
    else {
      return presences[group.primary]
    }
    let epoch = state.withLock { $0.seen[place].reply?.epoch ?? 0 }
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

  func stop() async {
    state.withLock { $0.isStopped = true }
    for caller in callers { await caller.stop() }
  }

  func call(_ request: OutboundRequest) async throws(CallError) -> ShardReply {
    guard group != nil else { throw .unreachable("its members are not there for the first time") }
    return request.isRead ? try await read(request) : try await lead(request)
  }

  // MARK: Reads

  private func read(_ request: OutboundRequest) async throws(CallError) -> ShardReply {
    var (tried, last, mayPass): (Set<Int>, CallError?, Bool) = ([], nil, false)
    while true {
      guard let place = choose(besides: tried) else {
        let error = last ?? .unreachable("no member in sync can be asked")
        guard mayPass, surroundings.later(Self.pauseMicroseconds) < request.deadline, !Task.isCancelled else {
          throw error
        }
        await surroundings.sleep(Self.pauseMicroseconds)
        (tried, mayPass) = ([], false)
        continue
      }
      tried.insert(place)
      do throws(CallError) { return try await ask(place, request) } catch {
        switch error {
        case .refused(let refusal):
          guard [.notAssured, .shuttingDown, .overloaded].contains(refusal.code) else { throw error }
          if refusal.code == .notAssured { mayPass = true }
        case .connectionLost, .unreachable: break
        default: throw error
        }
        last = error
      }
    }
  }

  /// Of two members at random the one from which an answer comes sooner.
  private func choose(besides tried: Set<Int>) -> Int? {
    let now = surroundings.clock.now()
    let random = surroundings.random.next()
    let isConnected = callers.map { $0.presence.identity != nil }
    return state.withLock { state in
      guard let group = state.group else { return nil }
      var places = group.inSync.filter { !tried.contains($0) && isConnected[$0] }
      let lively = places.filter {
        state.seen[$0].heard.map { $0.microseconds(until: now) < Self.silenceMicroseconds } ?? false
      }
      if !lively.isEmpty { places = lively }
      guard !places.isEmpty else { return nil }
      let first = places[Int(random % UInt64(places.count))]
      let second = places[Int((random >> 32) % UInt64(places.count))]
      func load(_ place: Int) -> Double { Double(state.seen[place].inFlight + 1) * state.seen[place].microseconds }
      return load(second) < load(first) ? second : first
    }
  }

  private func ask(_ place: Int, _ request: OutboundRequest) async throws(CallError) -> ShardReply {
    let start = surroundings.clock.now()
    state.withLock { $0.seen[place].inFlight += 1 }
    defer {
      let took = Double(start.microseconds(until: surroundings.clock.now()))
      state.withLock { state in
        state.seen[place].inFlight -= 1
        if request.isRead { state.seen[place].microseconds += (took - state.seen[place].microseconds) / 16 }
      }
    }
    let reply = try await callers[place].call(request)
    return ShardReply(reply.message, incarnation: group.flatMap { Bytes16($0.data) } ?? .zero)
  }

  // MARK: Changes

  private func lead(_ begin: OutboundRequest) async throws(CallError) -> ShardReply {
    var request = begin
    while true {
      do throws(CallError) { return try await ask(group?.primary ?? 0, request) } catch {
        let mayPass =
          switch error {
          case .refused(let refusal):
            [.notPrimary, .notAssured, .shuttingDown, .replicationIndefinite, .tooFewCopies].contains(refusal.code)
          case .connectionLost, .unreachable: isThereAnyMember
          default: false
          }
        guard mayPass, surroundings.later(Self.pauseMicroseconds) < request.deadline, !Task.isCancelled else {
          throw error
        }
        // The same op is made once, whichever member takes it.
        request = OutboundRequest(
          request.opcode, body: request.body, deadline: request.deadline, epoch: request.epoch, isRetry: true)
      }
      await surroundings.sleep(Self.pauseMicroseconds)
    }
  }

  /// Whether some member in sync is connected, and may take over.
  private var isThereAnyMember: Bool {
    group?.inSync.contains { callers[$0].presence.identity != nil } ?? false
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
