import Metadata
import Placement
import Storage
import Support
import Telemetry
import Testing
import Transport
import Vocabulary
import Wire

@testable import CoordinatorNode

/// How a shard of several members is asked.
@Suite struct ShardMembersTests {
  /// A member that does what a test says.
  private final class Member: ShardCaller {
    /// Its answers, the last one again and again.
    private let answers: Lock<[Result<ShardReply, CallError>]>
    let microseconds = Lock<UInt64>(0)
    let isConnected = Lock(true)
    let calls = Lock(0)
    private let executor: ManualExecutor

    init(_ executor: ManualExecutor, _ answers: Result<ShardReply, CallError>...) {
      self.executor = executor
      self.answers = Lock(answers)
    }

    var presence: ShardPresence {
      isConnected.withLock { $0 } ? .up(NodeIdentity(role: .shard)) : .down("away")
    }
    var traffic: Traffic { get async { Traffic() } }
    func start() async {}
    func stop() async {}

    func call(_ request: OutboundRequest) async throws(CallError) -> ShardReply {
      calls.withLock { $0 += 1 }
      let pause = microseconds.withLock { $0 }
      if pause > 0 { await executor.sleep(until: executor.clock.now().advanced(microseconds: pause)) }
      if Task.isCancelled { throw .cancelled }
      return try answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }.get()
    }
  }

  private static let good = Result<ShardReply, CallError>.success(
    ShardReply(ReplyMessage(body: []), incarnation: .zero))

  private let executor = ManualExecutor()

  /// Members of which the first one leads, all in sync.
  private func shard(_ members: [Member], _ registry: MetricRegistry = MetricRegistry()) throws -> ShardMembers {
    let directory = try DataDirectory("/data", on: MemoryDisk())
    let surroundings = Coordinator.Surroundings(
      timers: executor, random: SeededRandomSource(seed: 7), compute: executor, directory: directory,
      metadata: try FileMetadataStore(directory))
    let addresses = members.indices.map { "10.0.0.\($0 + 1):7701" }
    let shard = ShardMembers(
      ShardMap.Shard(id: ShardID(0), address: addresses[0], replicas: Array(addresses.dropFirst())), surroundings,
      callers: members, hedges: HedgeMetrics(registry))
    let group = ShardGroup(
      term: 1, primary: 0, data: Array(repeating: 1, count: 16),
      members: members.indices.map { .init(node: UInt64($0 + 1) << 40, isInSync: true) })
    shard.state.withLock { state in
      state.group = group
      for place in members.indices { state.seen[place].heard = executor.clock.now() }
    }
    return shard
  }

  @Test func aShardOfOtherMembersGoesOnWithWhatWasKnown() throws {
    let members = [Member(executor, Self.good), Member(executor, Self.good), Member(executor, Self.good)]
    let former = try shard(members)
    func renewed(_ places: [Int?]) -> ShardMembers {
      let addresses = places.map { $0.map { former.addresses[$0] } ?? "10.0.0.9:7701" }
      return ShardMembers(
        ShardMap.Shard(id: ShardID(0), address: addresses[0], replicas: Array(addresses.dropFirst())),
        former.surroundings, callers: places.map { members[$0 ?? 1] }, hedges: nil,
        former: Peer(
          shard: former.shard, slots: 1, caller: former, turn: Gate(width: 1, lineMax: 1, timers: executor)))
    }
    let less = renewed([0, 2])
    #expect(less.group?.members.map(\.node) == [1 << 40, 3 << 40] && !less.hasStoredGroup)
    #expect(try ask(less, .search) == .success(0))
    let more = renewed([0, 1, 2, nil])
    #expect(more.group?.members.map(\.node) == [1 << 40, 2 << 40, 3 << 40, 0])
    #expect(more.group?.inSync == [0, 1, 2])
    // Without the primary nothing is known.
    #expect(renewed([1, 2]).group == nil)
    // A shard that was alone goes on alone.
    let alone = ShardMembers(
      former.shard, former.surroundings, callers: members, hedges: nil,
      former: Peer(
        shard: ShardMap.Shard(id: ShardID(0), address: former.addresses[0]), slots: 1, caller: members[0],
        turn: Gate(width: 1, lineMax: 1, timers: executor)))
    let calls = members.map { $0.calls.withLock { $0 } }
    #expect(try ask(alone, .search) == .success(0))
    #expect(try ask(alone, .upsert) == .success(0))
    #expect(zip(members, calls).map { member, before in member.calls.withLock { $0 } - before } == [2, 0, 0])
  }

  private func ask(
    _ shard: ShardMembers, _ opcode: Opcode, milliseconds: UInt64 = 1000, snapshot: UInt64 = 0
  ) throws -> Result<UInt64, CallError> {
    let executor = executor
    let body: [UInt8] = Array(repeating: 0, count: 8) + (0..<8).map { UInt8(truncatingIfNeeded: snapshot >> ($0 * 8)) }
    return try executor.run {
      let start = executor.clock.now()
      let request = OutboundRequest(
        opcode, body: MessageBody(body), deadline: start.advanced(microseconds: milliseconds * 1000))
      do throws(CallError) {
        _ = try await shard.call(request)
        return .success(start.microseconds(until: executor.clock.now()))
      } catch { return .failure(error) }
    }
  }

  @Test func aRefusalAfterALostAnswerLeavesTheWriteInDoubt() throws {
    let lost = CallError.connectionLost(.peerFinished, notExecuted: false)
    for refusal: CallError in [
      .refused(WireError(.notPrimary)), .refused(WireError(.tooFewCopies)), .unreachable("away"),
      .refused(WireError(.staleEpoch)),
    ] {
      let member = Member(executor, .failure(lost), .failure(refusal))
      let outcome = try ask(shard([member, Member(executor, Self.good)]), .upsert, milliseconds: 200)
      guard case .failure(let error) = outcome else { return #expect(Bool(false), "\(outcome)") }
      #expect(!error.isNotExecuted, "\(refusal) then \(error)")
    }
  }

  @Test func aRefusalAloneIsOne() throws {
    let member = Member(executor, .failure(.refused(WireError(.notPrimary))))
    let outcome = try ask(shard([member, Member(executor, Self.good)]), .upsert, milliseconds: 200)
    guard case .failure(let error) = outcome else { return #expect(Bool(false), "\(outcome)") }
    #expect(error.isNotExecuted)
    #expect(member.calls.withLock { $0 } > 5, "it is asked again while there is time")
  }

  @Test func aReadThatAMemberCannotAnswerGoesToAnotherAtOnce() throws {
    for error: CallError in [
      .connectionLost(.peerFinished, notExecuted: false), .unreachable("away"), .refused(WireError(.notAssured)),
      .refused(WireError(.shuttingDown)), .refused(WireError(.overloaded)),
    ] {
      let shard = try shard([Member(executor, .failure(error)), Member(executor, Self.good)])
      for _ in 0..<20 { #expect(try ask(shard, .search) == .success(0), "\(error)") }
    }
  }

  @Test func aReadWaitsForAMemberThatComesBack() throws {
    let members = [
      Member(executor, .failure(.unreachable("away"))),
      Member(executor, .failure(.unreachable("away")), .failure(.refused(WireError(.notAssured))), Self.good),
    ]
    members[0].isConnected.withLock { $0 = false }
    #expect(try ask(shard(members), .search) == .success(40_000))
  }

  @Test func aSecondSearchGoesToTheMemberThatHasTheState() throws {
    let members = [Member(executor, Self.good), Member(executor, Self.good)]
    let shard = try shard(members)
    for _ in 0..<20 { #expect(try ask(shard, .search, snapshot: 2 << 32 + 5) == .success(0)) }
    #expect(members.map { $0.calls.withLock { $0 } } == [0, 20])
    members[1].isConnected.withLock { $0 = false }
    #expect(try ask(shard, .search, snapshot: 2 << 32 + 5) == .success(0), "another one says that it has it no more")
  }

  @Test func aShardWhoseMembersAreLongAwayIsNotWaitedFor() throws {
    let shard = try shard([Member(executor, .failure(.unreachable("away")))])
    executor.advance(microseconds: 6_000_000)
    guard case .failure = try ask(shard, .search) else { return #expect(Bool(false)) }
    #expect(executor.clock.now() == Instant(nanoseconds: 6_000_000_000))
  }

  @Test func aSearchThatTakesLongIsAskedOfAnotherMemberButFewAre() throws {
    let registry = MetricRegistry()
    let members = [Member(executor, Self.good), Member(executor, Self.good)]
    for member in members { member.microseconds.withLock { $0 = 1000 } }
    let shard = try shard(members, registry)
    for _ in 0..<100 { #expect(try ask(shard, .search) == .success(1000)) }
    var (slow, asked) = (0, members.map { $0.calls.withLock { $0 } }.reduce(0, +))
    for number in 0..<400 {
      // Now and then a member takes 200 ms for one answer.
      let late = members[number / 20 % 2]
      late.microseconds.withLock { $0 = number % 20 == 0 ? 200_000 : 1000 }
      guard case .success(let took) = try ask(shard, .search) else { return #expect(Bool(false)) }
      late.microseconds.withLock { $0 = 1000 }
      if took > 10_000 { slow += 1 }
    }
    asked = members.map { $0.calls.withLock { $0 } }.reduce(0, +) - asked
    #expect(slow == 0)
    #expect(asked > 400 && asked <= 400 + 20 + 10, "\(asked)")
    let text = registry.text()
    #expect(text.contains("winnow_hedges_total{outcome=\"won\"} \(asked - 400)"), "\(text)")
    // Where all members are slow, one search in twenty is asked twice, and no more.
    for member in members { member.microseconds.withLock { $0 = 50_000 } }
    let before = members.map { $0.calls.withLock { $0 } }.reduce(0, +)
    for _ in 0..<100 { _ = try ask(shard, .search) }
    #expect(members.map { $0.calls.withLock { $0 } }.reduce(0, +) - before <= 100 + 5 + 10)
  }
}
