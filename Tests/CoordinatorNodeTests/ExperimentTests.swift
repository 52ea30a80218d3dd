import Answers
import CoordinatorNode
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// Arms, shadows and guards of a coordinator, over real shards in one process.
@Suite struct ExperimentTests {
  private static let old = TestCluster.items(90)
  private static let new = TestCluster.items(120, seed: 8)
  private static let shares: [(String, UInt32)] = [("old", 700_000), ("new", 300_000)]

  private func servingCluster(_ change: (inout Coordinator.Configuration) -> Void = { _ in }) throws -> TestCluster {
    var configuration = Coordinator.Configuration()
    change(&configuration)
    let cluster = try TestCluster(shardCount: 2, configuration: configuration)
    try cluster.createShop()
    _ = try cluster.ask(try TestCluster.upsert(Self.old))
    try cluster.load(try TestCluster.model(seed: 1, hasFallback: true), upload: 1)
    return cluster
  }

  private func step(_ cluster: TestCluster, _ step: GenerationRequest.Step) throws -> GenerationResponse {
    try cluster.ask(GenerationRequest(collection: "shop", step: step))
  }

  /// Stages the new items with another model.
  private func stage(_ cluster: TestCluster) throws -> Generation {
    let response = try step(cluster, .stage(try #require(TestCluster.schema)))
    let generation = try #require(response.generations.first { $0.state == .staged }).generation
    var write = try TestCluster.upsert(Self.new, writer: 44)
    write.generation = generation
    _ = try cluster.ask(write)
    for var request in TestCluster.requests(try TestCluster.model(seed: 2, hasFallback: true), upload: 2) {
      request.generation = generation
      _ = try cluster.ask(request)
    }
    return generation
  }

  private func activate(_ cluster: TestCluster, _ generation: Generation) throws {
    var digest = ItemDigest()
    for item in Self.new { digest.add(item) }
    _ = try step(cluster, .activate(generation, content: digest))
  }

  private func split(
    _ generations: [Generation], shadow: Generation = Generation(0), guards: [ExperimentPlan.Guard] = []
  ) -> ExperimentRequest {
    var request = ExperimentRequest(.start, of: "shop")
    request.plan.salt = 7
    request.plan.arms = zip(Self.shares, generations).map { .init($0.0, $1, share: $0.1) }
    (request.plan.shadow, request.plan.shadowShare) = (shadow, shadow.rawValue > 0 ? 1_000_000 : 0)
    request.plan.guards = guards
    return request
  }

  /// A cluster in which both generations answer, and the numbers of both.
  private func splitCluster(
    guards: [ExperimentPlan.Guard] = [], _ change: (inout Coordinator.Configuration) -> Void = { _ in }
  ) throws -> (cluster: TestCluster, old: Generation, new: Generation) {
    let cluster = try servingCluster(change)
    let new = try stage(cluster)
    _ = try cluster.ask(split([Generation(1), new], guards: guards))
    try activate(cluster, new)
    return (cluster, Generation(1), new)
  }

  private func query(_ user: UInt64?) -> RankRequest {
    var request = RankRequest(collection: "shop", k: 5, depth: 50)
    request.user = user.map { UserID($0) }
    if user == nil { request.vector = TestCluster.query }
    return request
  }

  private func click(_ cluster: TestCluster, _ users: [UInt64], op: UInt64) throws {
    let entries = users.map { EventRequest.Entry(user: $0, ShopperEvent(.click, item: 1, time: 0)) }
    _ = try cluster.ask(EventRequest(collection: "shop", writer: 5, op: op, events: entries))
  }

  private static func run(_ cluster: TestCluster, microseconds: UInt64 = 2_500_000) throws {
    let (coordinator, executor) = (cluster.coordinator, cluster.executor)
    try executor.run {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await coordinator.run() }
        await executor.sleep(until: executor.clock.now().advanced(microseconds: microseconds))
        group.cancelAll()
      }
    }
  }

  // MARK: Division

  @Test func placesAreThoseOfThePage() {
    var plan = ExperimentPlan()
    for (salt, user, place) in [(1, 1, 515_326), (1, 2, 934_336), (7, UInt64.max, 608_390)]
      as [(UInt64, UInt64, UInt32)]
    {
      plan.salt = salt
      plan.arms = [
        .init("below", Generation(1), share: place), .init("above", Generation(1), share: 1_000_000 - place),
      ]
      #expect(plan.arm(of: user)?.name == "above")
      plan.arms = [
        .init("below", Generation(1), share: place + 1), .init("above", Generation(1), share: 999_999 - place),
      ]
      #expect(plan.arm(of: user)?.name == "below")
    }
    let count = (0..<20_000 as Range<UInt64>).count { plan.arm(of: $0)?.name == "below" }
    #expect(abs(Double(count) / 20_000 - 0.60839) < 0.02)
  }

  @Test func shoppersKeepTheirArmAndItsWholeGeneration() throws {
    let cluster = try servingCluster()
    let generation = try stage(cluster)
    #expect(try cluster.ask(split([Generation(1), generation])).state == .waiting)
    #expect(try cluster.ask(query(3)).report.generation == Generation(1), "until the new one serves")
    try activate(cluster, generation)
    let acting = try cluster.ask(ExperimentRequest(.show, of: "shop"))
    #expect(acting.state == .acting)
    let (first, second) = (Set(Self.old.map(\.id.rawValue)), Set(Self.new.map(\.id.rawValue)))
    for user in 1...60 as ClosedRange<UInt64> {
      let arm = try #require(acting.plan.arm(of: user))
      let answer = try cluster.ask(query(user))
      #expect(answer.report.generation == arm.generation)
      #expect(answer.report.arm == RankReport.Arm(experiment: acting.plan.salt, name: arm.name))
      #expect((arm.name == "old" ? first : second).isSuperset(of: answer.results.ids))
    }
    let unknown = try cluster.ask(query(nil)).report
    #expect(unknown.generation == generation && unknown.arm == nil, "without a shopper there is no arm")
    var named = query(3)
    named.generation = Generation(1)
    let asked = try cluster.ask(named).report
    #expect(asked.generation == Generation(1) && asked.arm == nil, "a generation that is named is no arm's")
    let counts = try cluster.ask(ExperimentRequest(.show, of: "shop")).counts
    #expect(counts.map(\.queries).reduce(0, +) == 60 && counts.allSatisfy { $0.queries > 5 && $0.failures == 0 })
    let before = try (1...20).map { try cluster.ask(query($0)).report.generation }
    try cluster.restart()
    cluster.greet()
    #expect(try (1...20).map { try cluster.ask(query($0)).report.generation } == before, "a restart keeps arms")
  }

  @Test func anExperimentEndsInOneStepWithOrWithoutAWinner() throws {
    for winner in ["old", "new", nil] {
      let (cluster, old, new) = try splitCluster()
      var end = ExperimentRequest(.settle, of: "shop")
      end.winner = winner
      let response = try cluster.ask(end)
      #expect(response.state == .ended && response.reason.contains("settled"))
      let served = winner == "old" ? old : new
      #expect(try (1...20).allSatisfy { try cluster.ask(query($0)).report.generation == served })
      #expect(cluster.code(end) == .conflict, "it is over")
    }
  }

  @Test func whatAnExperimentNeedsStays() throws {
    let (cluster, old, new) = try splitCluster { $0.previousMicrosecondsMax = 1_000_000 }
    func code(_ step: GenerationRequest.Step) -> ErrorCode? {
      cluster.code(GenerationRequest(collection: "shop", step: step))
    }
    #expect(code(.stage(try #require(TestCluster.schema))) == .conflict, "a stage displaces the previous generation")
    #expect(code(.discard(old)) == .conflict)
    try Self.run(cluster, microseconds: 8_000_000)
    #expect(try step(cluster, .list).generations.map(\.generation) == [old, new], "age removes it not")
    _ = try cluster.ask(ExperimentRequest(.settle, of: "shop"))
    #expect(try step(cluster, .discard(old)).generations.map(\.generation) == [new])
    #expect(cluster.code(split([old, new])) == .unknownGeneration)
  }

  @Test func anExperimentWithoutItsGenerationEnds() throws {
    let cluster = try servingCluster()
    let generation = try stage(cluster)
    _ = try cluster.ask(split([Generation(1), generation]))
    _ = try step(cluster, .discard(generation))
    let ended = try cluster.ask(ExperimentRequest(.show, of: "shop"))
    #expect(ended.state == .ended && ended.reason == "generation \(generation.rawValue) is gone")
    #expect(try cluster.ask(query(3)).report.generation == Generation(1))
  }

  @Test func writesReachBothGenerations() throws {
    let (cluster, old, new) = try splitCluster()
    let schema = try #require(TestCluster.schema)
    let ids = Self.old[..<6].map(\.id.rawValue)
    let update = UpdateRequest(
      collection: "shop", writer: 6, op: 1, ids: Array(ids[..<3]), expectedVersions: [0, 0, 0],
      attributes: AttributeTable(rows: ids[..<3].map { _ in [.float(777)] }, definitions: [schema.attributes[0]]),
      removals: [AttributeTable.bits([false, false, false])])
    _ = try cluster.ask(update)
    _ = try cluster.ask(update, isRetry: true)
    _ = try cluster.ask(
      DeleteRequest(collection: "shop", writer: 6, op: 2, ids: [ids[3]], expectedVersions: [0]))
    _ = try cluster.ask(try TestCluster.upsert([Self.new[4]], op: 3, writer: 6))
    for generation in [old, new] {
      var get = GetRequest(collection: "shop", ids: ids)
      (get.generation, get.attributes, get.wantsEmbeddings) = (generation, .all, true)
      let found = try cluster.ask(get)
      #expect(!found.ids.contains(ids[3]) && found.ids.count == 5)
      for (row, id) in found.ids.enumerated() where ids[..<3].contains(id) {
        #expect(found.attributes.value(row: row, column: 0) == .float(777), "generation \(generation.rawValue)")
      }
      let row = try #require(found.ids.firstIndex(of: ids[4]))
      #expect(found.attributes.value(row: row, column: 0) == Self.new[4].attributes[0])
      let vector = Array(found.embeddings[row * TestCluster.dimension..<(row + 1) * TestCluster.dimension])
      #expect(vector == (generation == old ? Self.old : Self.new)[4].embedding, "vectors stay those of the model")
    }
  }

  // MARK: What is seen

  @Test func clicksAreCountedByArmAndTheAnswerLogNamesIt() throws {
    let (cluster, _, _) = try splitCluster { $0.answerLog.bytesMax = 1 << 20 }
    let plan = try cluster.ask(ExperimentRequest(.show, of: "shop")).plan
    for user in 1...40 as ClosedRange<UInt64> { _ = try cluster.ask(query(user)) }
    try click(cluster, Array(1...40), op: 1)
    try click(cluster, Array(1...40), op: 1)
    let shown = try cluster.ask(ExperimentRequest(.show, of: "shop"))
    #expect(shown.counts.map(\.clicks) == shown.counts.map(\.queries), "a resend counts once")
    try Self.run(cluster)
    var reader = try AnswerReader("/data/answers", on: cluster.disk)
    var arms: [UInt64: String] = [:]
    reader.read { answer in
      arms[answer.user ?? 0] = answer.arm
      return true
    }
    #expect(arms.count == 40 && arms.allSatisfy { plan.arm(of: $0.key)?.name == $0.value })
  }

  @Test func theShadowAnswersInTheBackground() throws {
    let cluster = try servingCluster()
    let generation = try stage(cluster)
    try activate(cluster, generation)
    _ = try cluster.ask(split([], shadow: Generation(1)))
    let answer = try cluster.ask(query(1))
    #expect(answer.report.generation == generation)
    var other = query(1)
    other.generation = Generation(1)
    let expected = Set(answer.results.ids).intersection(try cluster.ask(other).results.ids).count
    try Self.run(cluster)
    let shadow = try cluster.ask(ExperimentRequest(.show, of: "shop")).shadow
    #expect(shadow.measured == 1 && shadow.results == 5 && shadow.shared == UInt64(expected))
    #expect((-1...1).contains(shadow.correlation))
  }

  // MARK: Guards

  @Test func anArmThatLosesClicksIsEnded() throws {
    let guards = [ExperimentPlan.Guard(.clicks, limit: 100_000)]
    let (cluster, old, _) = try splitCluster(guards: guards)
    let plan = try cluster.ask(ExperimentRequest(.show, of: "shop")).plan
    let users = Array(1...800 as ClosedRange<UInt64>)
    for user in users { _ = try cluster.ask(query(user)) }
    try click(cluster, users.filter { plan.arm(of: $0)?.name == "old" || $0 % 8 == 0 }, op: 1)
    let shown = try cluster.ask(ExperimentRequest(.show, of: "shop"))
    #expect(shown.counts[1].difference < -0.7 && shown.counts[1].width > 0)
    try Self.run(cluster)
    let ended = try cluster.ask(ExperimentRequest(.show, of: "shop"))
    #expect(ended.state == .ended && ended.reason.hasPrefix("old serves all: arm new: "), "\(ended.reason)")
    #expect(try users[..<20].allSatisfy { try cluster.ask(query($0)).report.generation == old })
  }

  @Test func equalArmsAreNotEnded() throws {
    let guards = ExperimentPlan.Guard.Kind.allCases.map { ExperimentPlan.Guard($0, limit: 50_000_000) }
    let (cluster, _, _) = try splitCluster(guards: guards)
    let users = Array(1...400 as ClosedRange<UInt64>)
    for user in users { _ = try cluster.ask(query(user)) }
    try click(cluster, users.filter { SplitMix64.mixed($0) % 3 == 0 }, op: 1)
    try Self.run(cluster, microseconds: 5_000_000)
    #expect(try cluster.ask(ExperimentRequest(.show, of: "shop")).state == .acting)
  }

  @Test func anArmWhoseQueriesFailIsEnded() throws {
    let (cluster, old, new) = try splitCluster(guards: [.init(.errors, limit: 10_000)])
    let plan = try cluster.ask(ExperimentRequest(.show, of: "shop")).plan
    let users = (1...1000 as ClosedRange<UInt64>).filter { plan.arm(of: $0)?.generation == new }
    for user in users[..<150] {
      var request = query(user)
      request.minimumCoverage = 1_000_000
      for shard in cluster.shards { shard.behaviour = user % 5 == 0 ? .away : .normal }
      _ = try? cluster.ask(request)
    }
    for shard in cluster.shards { shard.behaviour = .normal }
    try Self.run(cluster)
    let ended = try cluster.ask(ExperimentRequest(.show, of: "shop"))
    #expect(ended.state == .ended && ended.reason.contains("queries failed"), "\(ended.reason)")
    #expect(try cluster.ask(query(users[0])).report.generation == old)
  }
}
