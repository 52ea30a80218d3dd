import CoordinatorNode
import Metadata
import Placement
import Storage
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// Whatever goes wrong while slots move: no write is lost, no answer changes, and the plan comes to its end.
@Suite struct MoveFaultTests {
  /// A store whose answer to one write gets lost.
  final class ForgetfulStore: MetadataStore {
    enum Fault: Sendable, CaseIterable {
      /// The map is written, and nobody hears of it.
      case unheard
      /// The map is not written, and nobody hears of that.
      case unwritten
      /// The map is written, and the store says nothing for a while.
      case unreadable
      /// The map is not written, and the store says so.
      case refused
    }

    private struct State {
      var writesLeft: Int
      var answersToLose = 0
    }

    private let store: FileMetadataStore
    private let fault: Fault
    private let state: Lock<State>

    init(_ store: FileMetadataStore, _ fault: Fault, write: Int) {
      (self.store, self.fault, state) = (store, fault, Lock(State(writesLeft: write)))
    }

    func get(_ name: MetadataName) throws(MetadataError) -> MetadataValue? { try store.get(name) }

    func compareAndSet(_ change: MetadataChange) throws(MetadataError) -> MetadataValue {
      // Catalogue and plan are written too; the fault is the map's.
      guard change.name == .shardMap else { return try store.compareAndSet(change) }
      let (isTurn, isLost) = state.withLock { state in
        state.answersToLose -= 1
        if state.answersToLose >= 0 { return (false, true) }
        state.writesLeft -= 1
        return (state.writesLeft == 0, false)
      }
      if isTurn, fault == .refused { throw .unavailable("there is no leader") }
      guard isTurn || isLost else { return try store.compareAndSet(change) }
      if isTurn, fault != .unwritten { _ = try store.compareAndSet(change) }
      if isTurn, fault == .unreadable { state.withLock { $0.answersToLose = 5 } }
      throw .undecided("the answer was lost")
    }

    func watch(_ name: MetadataName) -> AsyncStream<MetadataValue> { store.watch(name) }
  }

  /// A coordinator that runs over two shards and a spare one.
  struct Stage: Sendable {
    let executor: ManualExecutor
    let coordinator: Coordinator
    let shards: [FakeShard]
    let items: [Item]

    static func run(
      store: @escaping @Sendable (FileMetadataStore) -> any MetadataStore = { $0 },
      disk: MemoryDisk = MemoryDisk(), _ body: @escaping @Sendable (Stage) async throws -> Void
    ) throws {
      let executor = ManualExecutor()
      let shards = (0..<3).map { FakeShard(number: $0, executor: executor) }
      try executor.run {
        let directory = try DataDirectory("/data", on: disk)
        let coordinator = try await Self.coordinator(executor, shards, directory, store)
        let stage = Stage(
          executor: executor, coordinator: coordinator, shards: shards, items: TestCluster.items(120))
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { await coordinator.run() }
          while await coordinator.greetAll() < 2 { await stage.sleep(10_000) }
          _ = try await stage.ask(
            CollectionCreateRequest(name: "shop", schema: try #require(TestCluster.schema)))
          _ = try await stage.ask(try TestCluster.upsert(stage.items))
          try await body(stage)
          group.cancelAll()
        }
      }
    }

    private static func coordinator(
      _ executor: ManualExecutor, _ shards: [FakeShard], _ directory: DataDirectory,
      _ store: (FileMetadataStore) -> any MetadataStore
    ) async throws -> Coordinator {
      try await Coordinator(
        .init(),
        .init(
          timers: executor, random: SeededRandomSource(seed: 1), compute: executor, directory: directory,
          metadata: store(try FileMetadataStore(directory))), shards: TestCluster.addresses(2)
      ) { shard, _ in shards[Int(shard.id.rawValue)] }
    }

    func sleep(_ microseconds: UInt64) async {
      await executor.sleep(until: executor.clock.now().advanced(microseconds: microseconds))
    }

    func ask<Request: RequestMessage>(_ request: Request, callerName: String = "") async throws -> Request.Reply {
      let now = executor.clock.now()
      let inbound = InboundRequest(
        opcode: Request.opcode, bodyVersion: request.body.version, body: request.body.bytes[...], arrival: now,
        deadline: now.advanced(microseconds: 20_000_000), callerName: callerName)
      switch await coordinator.handle(inbound) {
      case .reply(let body): return try Request.Reply(body: body.bytes, version: body.version)
      case .failure(let error): throw error
      }
    }

    /// Moves slots, and looks 5 s later.
    func move(_ slots: Int, from source: UInt16, to target: UInt16) async throws {
      let options = RebalanceRequest.Options(bytesPerSecond: 1 << 30)
      _ = try await ask(
        RebalanceRequest(.begin(.move(slots: slots, from: ShardID(source), to: ShardID(target)), options)))
      await sleep(5_000_000)
    }

    func rank() async throws -> RankResponse {
      var request = RankRequest(collection: "shop", k: 20, depth: 50)
      request.vector = TestCluster.query
      return try await ask(request)
    }

    /// Adds the spare shard, and writes and asks until its slots are there; then looks at everything.
    func grow() async throws -> RebalanceResponse {
      let before = try await rank().results.body.bytes
      _ = try await ask(
        RebalanceRequest(.begin(.add(address: TestCluster.addresses(3)[2], weight: 100), .init(verifies: true))))
      var op: UInt64 = 1
      var moves = try await ask(RebalanceRequest(.status))
      while moves.state == .working {
        op += 1
        let written = try await ask(try TestCluster.upsert(items, op: op))
        #expect(written.statuses.allSatisfy { $0 == .replaced })
        let answer = try await rank()
        #expect(answer.results.body.bytes == before && answer.report.coverage == 1_000_000)
        await sleep(7000)
        moves = try await ask(RebalanceRequest(.status))
      }
      #expect(moves.slotsLeft == 0, "\(moves)")
      try await look(versionsAtLeast: op)
      #expect(try await rank().results.body.bytes == before)
      return moves
    }

    /// Every item is there once, in its last version; later writes go on from it.
    private func look(versionsAtLeast op: UInt64) async throws {
      let ids = items.map(\.id.rawValue)
      let found = try await ask(GetRequest(collection: "shop", ids: ids))
      #expect(found.ids == ids.sorted() && found.unavailable == 0)
      // Each write of an item gave it a higher version, whichever shard it was at.
      #expect(found.versions.allSatisfy { $0 >= op })
      let again = try await ask(try TestCluster.upsert(items, op: op))
      #expect(again.isReplayed, "the op that was answered before the move is known after it")
      let after = try await ask(GetRequest(collection: "shop", ids: ids))
      #expect(after.versions == found.versions)
      let status = try await ask(StatusRequest())
      #expect(status.shards.map(\.slots) == [1366, 1365, 1365] && status.shards.allSatisfy { $0.missing == nil })
      #expect(status.shards.reduce(0) { $0 + $1.items } == UInt64(items.count))
      let metrics = try await ask(MetricsRequest()).text
      #expect(metrics.contains("winnow_query_duplicates_total 0"))
    }
  }

  /// A kind of message, and at whom.
  struct Step: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let opcode: Opcode
    let kind: UInt8
    let shard: Int
    /// Whether the batch has to begin again.
    let isFatal: Bool
  }

  static let steps = [
    Step(testDescription: "begin at the target", opcode: .transfer, kind: 1, shard: 2, isFatal: true),
    Step(testDescription: "begin at the source", opcode: .transfer, kind: 2, shard: 0, isFatal: true),
    Step(testDescription: "read", opcode: .transfer, kind: 3, shard: 0, isFatal: true),
    Step(testDescription: "write", opcode: .transfer, kind: 4, shard: 2, isFatal: true),
    Step(testDescription: "freeze", opcode: .transfer, kind: 5, shard: 0, isFatal: true),
    Step(testDescription: "end at the source", opcode: .transfer, kind: 6, shard: 0, isFatal: false),
    Step(testDescription: "end at the target", opcode: .transfer, kind: 6, shard: 2, isFatal: false),
    Step(testDescription: "digest", opcode: .transfer, kind: 7, shard: 2, isFatal: true),
    Step(testDescription: "map to the target", opcode: .shardMap, kind: 2, shard: 2, isFatal: false),
    Step(testDescription: "map to the source", opcode: .shardMap, kind: 2, shard: 0, isFatal: false),
    Step(testDescription: "map to another", opcode: .shardMap, kind: 2, shard: 1, isFatal: false),
  ]

  @Test(arguments: steps, FakeShard.Fault.allCases)
  func aStepThatFailsIsBegunAgainOrHealed(step: Step, fault: FakeShard.Fault) throws {
    try Stage.run { stage in
      stage.shards[step.shard].fail(step.opcode, kind: step.kind, fault)
      let moves = try await stage.grow()
      #expect(stage.shards[step.shard].hasFailed)
      #expect(moves.failures <= 1)
      if step.isFatal, fault != .forgotten { #expect(moves.failures == 1, "\(moves.reason)") }
    }
  }

  @Test(arguments: [2, 5], ForgetfulStore.Fault.allCases)
  func aSwitchWhoseOutcomeIsUnknownIsReadBack(write: Int, fault: ForgetfulStore.Fault) throws {
    try Stage.run(store: { ForgetfulStore($0, fault, write: write + 1) }) { stage in
      let moves = try await stage.grow()
      #expect(moves.failures == (fault == .refused ? 1 : 0), "\(moves.reason)")
    }
  }

  @Test(arguments: [FakeShard.Behaviour.away, .hung])
  func aPlanWaitsForAShardThatIsAwayAndGoesOnByItself(behaviour: FakeShard.Behaviour) throws {
    try Stage.run { stage in
      _ = try await stage.ask(
        RebalanceRequest(.begin(.move(slots: 200, from: ShardID(0), to: ShardID(1)), .init(bytesPerSecond: 1000))))
      await stage.sleep(100_000)
      stage.shards[1].behaviour = behaviour
      await stage.sleep(80_000_000)
      let moves = try await stage.ask(RebalanceRequest(.status))
      #expect(moves.state == .working && moves.failures == 1, "\(moves)")
      if case .away = behaviour {
        #expect(moves.phase == .waiting)
        #expect(moves.reason == "waits for shard 1, which cannot be reached: 79 s", "\(moves.reason)")
        let metrics = try await stage.ask(MetricsRequest()).text
        #expect(metrics.contains("winnow_move_state 2") && metrics.contains("winnow_move_waiting_seconds 79."))
      }
      stage.shards[1].behaviour = .normal
      var now = moves
      for _ in 0..<10_000 where now.state != .atRest {
        await stage.sleep(50_000)
        now = try await stage.ask(RebalanceRequest(.status))
      }
      #expect(now.state == .atRest && now.slotsLeft == 0, "\(now)")
      #expect(try await stage.ask(StatusRequest()).shards.map(\.slots) == [1848, 2248])
      #expect(try await stage.rank().report.coverage == 1_000_000)
    }
  }

  /// Slots go there and back: the shard that gave them answers its earlier map for a while.
  @Test func slotsThatMoveBackSayWhatTheyWaitFor() throws {
    try Stage.run { stage in
      try await stage.move(100, from: 1, to: 0)
      // 128 slots that shard 0 has always had, and those 100.
      try await stage.move(228, from: 0, to: 1)
      let moves = try await stage.ask(RebalanceRequest(.status))
      #expect(moves.state == .working && moves.phase == .waiting && moves.failures == 0 && moves.slotsLeft == 100)
      #expect(moves.reason.hasPrefix("shard 1 still answers an earlier shard map"), "\(moves.reason)")
      #expect((100_000_000...120_000_000).contains(moves.microsecondsLeft), "\(moves)")
      await stage.sleep(moves.microsecondsLeft + 5_000_000)
      #expect(try await stage.ask(RebalanceRequest(.status)).state == .atRest)
    }
  }

  /// The slots that came from shard 0 are the lowest of those that go back to it.
  @Test func otherSlotsMoveWhileSomeCannot() throws {
    try Stage.run { stage in
      try await stage.move(100, from: 0, to: 1)
      _ = try await stage.ask(RebalanceRequest(.begin(.drain(ShardID(1)), .init(bytesPerSecond: 1 << 30))))
      await stage.sleep(10_000_000)
      let moves = try await stage.ask(RebalanceRequest(.status))
      // So many maps later the shard does not answer the one any more in which it had them.
      #expect(moves.state == .atRest && moves.slotsLeft == 0 && moves.failures == 0, "\(moves)")
    }
  }

  @Test func aShardThatRestartedEmptyGivesAndTakesNothing() throws {
    try Stage.run { stage in
      stage.shards[0].restart()
      await stage.sleep(1_000_000)
      _ = try await stage.ask(
        RebalanceRequest(.begin(.move(slots: 10, from: ShardID(0), to: ShardID(1)), .init())))
      await stage.sleep(60_000_000)
      let moves = try await stage.ask(RebalanceRequest(.status))
      #expect(moves.state == .stopped && moves.slotsLeft == 10)
      #expect(moves.reason.contains("restarted empty"), "\(moves.reason)")
    }
  }

  /// A plan that begins, and one that is cancelled or paused in the middle of a wait, is seen at once and not at the next
  /// look at it.
  @Test(arguments: [RebalanceRequest.Step.cancel, .pause])
  func aPlanThatChangesIsSeenAtOnce(step: RebalanceRequest.Step) throws {
    try Stage.run { stage in
      var options = RebalanceRequest.Options()
      // So slow that the next part is read in minutes.
      options.bytesPerSecond = 1
      _ = try await stage.ask(RebalanceRequest(.begin(.move(slots: 1000, from: ShardID(0), to: ShardID(1)), options)))
      await stage.sleep(1000)
      let begun = try await stage.ask(RebalanceRequest(.status))
      #expect(begun.state == .working && begun.source == ShardID(0) && begun.bytesCopied > 0)
      _ = try await stage.ask(RebalanceRequest(step))
      await stage.sleep(1000)
      let ended = try await stage.ask(RebalanceRequest(.status))
      #expect(ended.state == (step == .pause ? .paused : .atRest) && ended.source == nil)
    }
  }

  /// The batch that is on its way has begun with the old limit and may never notice the pause.
  @Test(arguments: [[], [RebalanceRequest.Step.pause]])
  func anotherThrottleCountsAtOnce(before: [RebalanceRequest.Step]) throws {
    try Stage.run { stage in
      _ = try await stage.ask(
        RebalanceRequest(.begin(.move(slots: 1000, from: ShardID(0), to: ShardID(1)), .init(bytesPerSecond: 1))))
      await stage.sleep(1000)
      #expect(try await stage.ask(RebalanceRequest(.status)).bytesCopied > 0)
      for step in before + [.resume(bytesPerSecond: 1 << 30)] { _ = try await stage.ask(RebalanceRequest(step)) }
      #expect(try await stage.ask(RebalanceRequest(.status)).bytesPerSecond == 1 << 30)
      await stage.sleep(5_000_000)
      let moves = try await stage.ask(RebalanceRequest(.status))
      #expect(moves.state == .atRest && moves.slotsLeft == 0 && moves.failures == 0, "\(moves)")
    }
  }

  @Test func aPlanOutlivesItsCoordinator() throws {
    let cluster = try TestCluster(shardCount: 2)
    let executor = cluster.executor
    try cluster.createShop()
    _ = try cluster.ask(try TestCluster.upsert(TestCluster.items(120)))
    let before = try cluster.ask(cluster.rank()).results.body.bytes
    // The plan is durable before anything is done of it: nobody works on it yet.
    let begun = try cluster.ask(
      RebalanceRequest(.begin(.move(slots: 130, from: ShardID(0), to: ShardID(1)), .init())))
    #expect(begun.state == .working && begun.slotsLeft == 130)
    try cluster.restart()
    let coordinator = cluster.coordinator
    #expect(try cluster.ask(RebalanceRequest(.status)).plan == begun.plan)
    try executor.run {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await coordinator.run() }
        await executor.sleep(until: executor.clock.now().advanced(microseconds: 2_000_000))
        group.cancelAll()
      }
    }
    let moves = try cluster.ask(RebalanceRequest(.status))
    #expect(moves.state == .atRest && moves.plan == begun.plan && moves.slotsLeft == 0)
    #expect(try cluster.ask(StatusRequest()).shards.map(\.slots) == [1918, 2178])
    #expect(try cluster.ask(cluster.rank()).results.body.bytes == before)
    // Done is done: another start finds no plan.
    try cluster.restart()
    #expect(try cluster.ask(RebalanceRequest(.status)).plan == 0)
  }
}
