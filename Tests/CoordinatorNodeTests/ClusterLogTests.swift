import CoordinatorNode
import Placement
import Storage
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// What the coordinator notes of acts and of itself, and that it is there after a restart.
@Suite struct ClusterLogTests {
  private typealias Stage = MoveFaultTests.Stage

  private static func lines(_ log: ClusterLogResponse) -> [String] {
    log.events.map { event in
      [event.kind.words, event.subject, event.error?.name ?? "", event.detail].filter { !$0.isEmpty }.joined(
        separator: ", ")
    }
  }

  @Test func actsAreNotedWithTheirOutcomeAndLooksAreNot() throws {
    try Stage.run { stage in
      _ = try await stage.ask(RebalanceRequest(.status))
      _ = try await stage.ask(
        RebalanceRequest(
          .begin(.move(slots: 100, from: ShardID(0), to: ShardID(1)), .init(isDryRun: true))))
      _ = try await stage.ask(
        RebalanceRequest(.begin(.move(slots: 1000, from: ShardID(0), to: ShardID(1)), .init(bytesPerSecond: 1))))
      for _ in 0..<3 {
        await #expect(throws: WireError.self) {
          try await stage.ask(RebalanceRequest(.remove(ShardID(7), isDryRun: false)))
        }
      }
      _ = try await stage.ask(RebalanceRequest(.pause))
      _ = try await stage.ask(RebalanceRequest(.resume(bytesPerSecond: 1 << 30)))
      await stage.sleep(5_000_000)
      _ = try await stage.ask(CollectionDropRequest(name: "shop"))
      let log = try await stage.ask(ClusterLogRequest())
      #expect(
        Self.lines(log) == [
          "coordinator started, winnowd, shard map 1", "collection create, shop, generation 1",
          "shard move, shard 0, 1000 slots to shard 1",
          "shard remove, shard 7, CONFLICT, in progress: slots are being moved already; see 'winnow cluster status'",
          "cluster pause", "cluster resume, 1073741824 bytes a second", "moves are done, 1000 slots",
          "collection drop, shop",
        ])
      #expect(log.total == 8 && log.events.map(\.number) == Array(1...8))
      #expect(zip(log.events, log.events.dropFirst()).allSatisfy { $0.time <= $1.time })
      #expect(try await stage.ask(ClusterLogRequest(after: 6)).events.map(\.number) == [7, 8])
      #expect(try await stage.ask(ClusterLogRequest(limit: 3)).events.map(\.number) == [6, 7, 8])
      #expect(try await stage.ask(ClusterLogRequest(ageMicrosecondsMax: 4_000_000)).events.map(\.number) == [8])
    }
  }

  @Test func aShardThatGoesAndComesIsNotedOnce() throws {
    try Stage.run { stage in
      stage.shards[1].behaviour = .away
      await stage.sleep(3_000_000)
      stage.shards[1].behaviour = .normal
      await stage.sleep(3_000_000)
      stage.shards[1].restart()
      await stage.sleep(3_000_000)
      let log = try await stage.ask(ClusterLogRequest(after: 2))
      #expect(
        Self.lines(log) == [
          "shard is away, shard 1, 127.0.0.1:7702", "shard is up, shard 1, 127.0.0.1:7702",
          "shard restarted empty, shard 1, 127.0.0.1:7702",
        ])
    }
  }

  @Test func theCallerIsNamedInTheLogAndToThoseWhoFindAStageOrAPlanInTheirWay() throws {
    try Stage.run { stage in
      let schema = try #require(TestCluster.schema)
      let stages = GenerationRequest(collection: "shop", step: .stage(schema))
      _ = try await stage.ask(stages, callerName: "winnow 0.1 at 10.0.0.7:50512")
      let refusal = await #expect(throws: WireError.self) { try await stage.ask(stages) }
      #expect(refusal?.message.contains("(begun by winnow 0.1 at 10.0.0.7:50512)") == true, "\(refusal as Any)")
      _ = try await stage.ask(GenerationRequest(collection: "shop", step: .discard(Generation(2))))
      let begin = RebalanceRequest(.begin(.drain(ShardID(1)), .init(bytesPerSecond: 1)))
      _ = try await stage.ask(begin, callerName: "ops at 10.0.0.8:1")
      let second = await #expect(throws: WireError.self) { try await stage.ask(begin) }
      #expect(second?.message.contains("already (begun by ops at 10.0.0.8:1);") == true, "\(second as Any)")
      let third = await #expect(throws: WireError.self) { try await stage.ask(stages) }
      #expect(third?.message.contains("moved (begun by ops at 10.0.0.8:1):") == true, "\(third as Any)")
      let callers = try await stage.ask(ClusterLogRequest()).events.map(\.caller).filter { !$0.isEmpty }
      #expect(callers == ["winnow 0.1 at 10.0.0.7:50512", "ops at 10.0.0.8:1"])
    }
  }

  /// Runs a coordinator for a while after some requests.
  private static func run(_ cluster: TestCluster) throws {
    let (coordinator, executor) = (cluster.coordinator, cluster.executor)
    try executor.run {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await coordinator.run() }
        await executor.sleep(until: executor.clock.now().advanced(microseconds: 2_000_000))
        group.cancelAll()
      }
    }
  }

  @Test func theLogOutlivesItsCoordinatorAndIsBounded() throws {
    let cluster = try TestCluster(shardCount: 2)
    try cluster.createShop()
    try Self.run(cluster)
    try cluster.restart()
    #expect(
      try Self.lines(cluster.ask(ClusterLogRequest())) == [
        "coordinator started, winnowd, shard map 1", "collection create, shop, generation 1",
        "coordinator started, winnowd, shard map 1",
      ])
    for number in 0..<1100 {
      #expect(throws: WireError.self) { try cluster.ask(CollectionDropRequest(name: "other\(number)")) }
    }
    try Self.run(cluster)
    try cluster.restart()
    let log = try cluster.ask(ClusterLogRequest())
    #expect(log.total == 1104 && log.events.count == 1000 && log.events.last?.kind == .coordinatorStarted)
    #expect(log.events.map(\.number) == Array(105...1104))
  }

  @Test func runsOfALoopAreNotedOnceByAnyConnection() throws {
    try Stage.run { stage in
      var told = ClusterLogRequest(limit: 1)
      for (run, port) in [(1, 50), (1, 51), (2, 52), (2, 52)] {
        told.noted = ClusterEvent(.loopRun, of: "shop", "run \(run): pushed")
        let reply = try await stage.ask(told, callerName: "winnow 0.1 at 10.0.0.7:\(port)")
        #expect(Self.lines(reply) == ["loop run, shop, run \(run): pushed"])
      }
      let events = try await stage.ask(ClusterLogRequest()).events.filter { $0.kind == .loopRun }
      #expect(events.map(\.detail) == ["run 1: pushed", "run 2: pushed"])
      #expect(events.map(\.caller) == ["winnow 0.1 at 10.0.0.7:50", "winnow 0.1 at 10.0.0.7:52"])
    }
  }

  @Test func aFullDiskAndADamagedLogStopNothing() throws {
    let cluster = try TestCluster(shardCount: 2)
    try cluster.createShop()
    for path in ["/data/cluster-log.a", "/data/cluster-log.b"] {
      try cluster.disk.replace(path, with: Array("damaged".utf8))
    }
    try cluster.restart()
    #expect(try cluster.ask(ClusterLogRequest()).events.map(\.kind) == [.coordinatorStarted])
    cluster.disk.fail(call: cluster.disk.callCount + 3, .full)
    try Self.run(cluster)
    try cluster.restart()
    let kinds = try cluster.ask(ClusterLogRequest()).events.map(\.kind)
    #expect(kinds == [.coordinatorStarted, .coordinatorStarted], "the first write failed, the second did not")
  }
}
