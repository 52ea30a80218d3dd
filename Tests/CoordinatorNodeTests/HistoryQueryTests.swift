import CoordinatorNode
import Kernels
import Placement
import Ranking
import Support
import Testing
import Towers
import Transport
import Vocabulary
import Wire

/// What shoppers did changes the next answer: the history is folded in, and leaves items out.
@Suite struct HistoryQueryTests {
  private static let items = TestCluster.items(120)
  private static let d = TestCluster.dimension
  private static let cut: Int64 = 1_000_000
  private static let shape = TowerShape(dimension: d, encoder: .sum, decay: 0.5)
  private static let weights: [String: Float] = ["view": 0.5, "click": 1, "purchase": 4]

  private static func tower(cut: Int64? = cut) -> Tower {
    let parameters = TowerParameters(shape)
    parameters.matrices[0].setRow(0, [0.25, -0.5, 0.125, 1, -0.75, 0.0625])
    return .history(parameters, weights: weights, cut: cut)
  }

  private static let files = try? TestCluster.model(seed: 8, hasFallback: true, tower: tower())

  private func cluster(
    _ shardCount: Int = 3, _ files: TestCluster.ModelFiles? = files,
    _ configuration: Coordinator.Configuration = .init()
  ) throws -> TestCluster {
    let cluster = try TestCluster(shardCount: shardCount, configuration: configuration)
    try wait(UInt64(Self.now), cluster)
    try cluster.createShop()
    for (index, start) in stride(from: 0, to: Self.items.count, by: 100).enumerated() {
      let part = Array(Self.items[start..<min(start + 100, Self.items.count)])
      _ = try cluster.ask(try TestCluster.upsert(part, op: UInt64(index + 1)))
    }
    try cluster.load(try #require(files))
    return cluster
  }

  private static func id(_ item: Int) -> UInt64 { items[item].id.rawValue }

  private func request(
    user: UInt64?, session: [Int] = [], k: Int = 20, rules: [SeenRule] = [], exclude: [UInt64] = []
  ) -> RankRequest {
    TestCluster.rank(k: k, depth: 120) { request in
      request.vector = []
      request.user = user.map { UserID($0) }
      request.sessionItems = session.map(Self.id)
      (request.seenRules, request.exclude) = (rules, exclude)
    }
  }

  /// Sends events of a user.
  private func send(
    _ events: [ShopperEvent], by user: UInt64, op: UInt64, to cluster: TestCluster
  ) throws {
    let request = EventRequest(
      collection: "shop", writer: 5, op: op, events: events.map { EventRequest.Entry(user: user, $0) })
    let answer = try cluster.ask(request)
    #expect(answer.counts.accepted == events.count)
  }

  /// About the coordinator's time: its clock has run so long before the collection is there.
  private static let now: Int64 = 200 * 86_400_000_000

  /// An event some seconds before the test.
  private static func event(_ kind: ShopperAction, _ item: Int, ago: Int64) -> ShopperEvent {
    ShopperEvent(kind, item: kind == .search ? 0 : id(item), time: now - ago * 1_000_000)
  }

  /// The answer by the vectors that these events make.
  private func expected(
    _ cluster: TestCluster, user: UInt64, _ events: [(item: Int, weight: Float)], exclude: [UInt64] = []
  ) throws -> RankResults {
    let users = try #require(try Self.files?.model().users)
    let known = users[UserID(user)]
    let query = Self.tower().query(
      from: known?.query, stored: [],
      session: events.map { Tower.Event(Self.items[$0.item].embedding, weight: $0.weight) })
    return try cluster.ask(
      TestCluster.rank(k: 20, depth: 120) { request in
        request.vector = query
        request.userVector = (known ?? users.fallback)?.vector ?? []
        request.exclude = exclude
      }
    ).results
  }

  @Test(arguments: [1, 3, 7]) func anAcknowledgedEventIsInTheNextAnswer(shardCount: Int) throws {
    let cluster = try cluster(shardCount)
    let users: [(UInt64, RankReport.UserVectorSource)] = [(1, .user), (404, .fallback)]
    for (user, userSource) in users {
      let before = try cluster.ask(request(user: user))
      var done: [(item: Int, weight: Float)] = []
      let steps: [(kind: ShopperAction, item: Int)] = [(.click, 7), (.purchase, 90), (.view, 31), (.click, 7)]
      for (op, step) in steps.enumerated() {
        try send(
          [Self.event(step.kind, step.item, ago: 60 - Int64(op))], by: user, op: UInt64(op + 1) + 10 * user,
          to: cluster)
        done.append((step.item, Self.weights[step.kind.word] ?? 0))
        let reply = try cluster.ask(request(user: user))
        #expect(reply.report.querySource == .history && reply.report.userVectorSource == userSource)
        #expect(reply.report.history.state == .read && reply.report.history.counted == UInt32(op + 1))
        #expect(reply.report.eventsCounted == UInt32(op + 1) && reply.report.eventsSkipped == 0)
        let age = Int64(reply.report.history.newestMicroseconds) / 1_000_000
        #expect((60 - Int64(op)...3600).contains(age))
        #expect(reply.results.body.bytes == (try expected(cluster, user: user, done)).body.bytes)
        #expect(reply.results.ids != before.results.ids)
      }
      #expect(try cluster.ask(request(user: user)).report.waterfall.contains { $0.phase == .history })
    }
  }

  @Test func onlyWhatShoppersLikeAndTheModelHasNotLearnedCounts() throws {
    let cluster = try cluster()
    // The unknown kind counts as an item of a session, which is a click; the model has learned nothing for long.
    let events = [
      Self.event(.impression, 3, ago: 50), Self.event(.search, 0, ago: 49), Self.event(.cart, 4, ago: 48),
      Self.event(.view, 5, ago: 47),
    ]
    try send(events, by: 1, op: 1, to: cluster)
    let reply = try cluster.ask(request(user: 1))
    #expect(reply.report.history.counted == 2)
    #expect(reply.results.body.bytes == (try expected(cluster, user: 1, [(4, 1), (5, 0.5)])).body.bytes)

    // A model that has learned everything up to now has them already; one without a cut may have.
    for cut in [Self.now + 1_000_000, nil] {
      let later = try self.cluster(3, try TestCluster.model(seed: 8, hasFallback: true, tower: Self.tower(cut: cut)))
      try send(events, by: 1, op: 1, to: later)
      let same = try later.ask(request(user: 1))
      #expect(same.report.querySource == .user && same.report.history.state == .read)
      #expect(same.report.history.counted == 0 && same.report.history.newestMicroseconds == 0)
      try send(events, by: 404, op: 2, to: later)
      #expect(try later.ask(request(user: 404)).report.history.counted == 2)
    }
  }

  @Test func theSessionComesBehindTheHistoryWithoutWhatIsThere() throws {
    let cluster = try cluster()
    try send([Self.event(.purchase, 7, ago: 9), Self.event(.click, 8, ago: 8)], by: 1, op: 1, to: cluster)
    let reply = try cluster.ask(request(user: 1, session: [9, 7, 10]))
    #expect(reply.report.history.counted == 2 && reply.report.eventsCounted == 4)
    let all: [(Int, Float)] = [(7, 4), (8, 1), (9, 1), (10, 1)]
    #expect(reply.results.body.bytes == (try expected(cluster, user: 1, all)).body.bytes)
    // A vector of the request goes before the history, which still leaves out what is hidden.
    try send([Self.event(.hide, 11, ago: 7)], by: 1, op: 2, to: cluster)
    let own = try cluster.ask(TestCluster.rank(k: 120, depth: 120) { $0.user = UserID(1) })
    #expect(own.report.querySource == .requestVector && own.report.history.excluded == 1)
    #expect(own.results.ids.count == 119 && !own.results.ids.contains(Self.id(11)))
  }

  @Test func aCollectionWithoutEventsPaysNothing() throws {
    let cluster = try cluster(2)
    func asked() -> Int { cluster.shards.reduce(0) { $0 + $1.count(of: .history) } }
    let reply = try cluster.ask(request(user: 1, session: [3]))
    #expect(asked() == 0 && reply.report.history == RankReport.HistoryUse())
    #expect(!reply.report.waterfall.contains { $0.phase == .history })
    try cluster.restart()
    cluster.greet()
    _ = try cluster.ask(request(user: 1))
    #expect(asked() == 0)

    // From the first event on each query with a user asks, also after a restart and with the next generation.
    try send([Self.event(.click, 7, ago: 9)], by: 1, op: 1, to: cluster)
    for _ in 0..<2 {
      #expect(try cluster.ask(request(user: 1)).report.history.counted == 1)
      try cluster.restart()
      cluster.greet()
    }
    #expect(try cluster.ask(request(user: 2)).report.history.state == .empty)
    #expect(asked() == 3)
    #expect(try cluster.ask(TestCluster.rank()).report.history.state == .notAsked)
    #expect(asked() == 3)
  }

  @Test(arguments: [FakeShard.Behaviour.away, .hung]) func aDeadOwnerTakesTheHistoryAndNotTheAnswer(
    behaviour: FakeShard.Behaviour
  ) throws {
    let cluster = try cluster()
    // Clicks of users of the third shard; a session with an item of the first.
    let users = (1...2000 as ClosedRange<UInt64>).filter { Int(slot(of: ItemID($0)).rawValue) * 3 / 4096 == 2 }
    let stranger = try #require(users.first { $0 > 2 })
    for user in [1, 2, stranger] {
      try send([Self.event(.click, 7, ago: 9)], by: user, op: user, to: cluster)
      #expect(try cluster.ask(request(user: user)).report.querySource == .history)
    }
    cluster.shards[2].behaviour = behaviour
    let answer = try cluster.ask(request(user: stranger))
    #expect(answer.report.history.state == .notRead && answer.report.querySource == .fallback)
    #expect(answer.report.history.counted == 0 && !answer.results.ids.isEmpty)
    let item = try #require(
      Self.items.indices.first { Int(slot(of: ItemID(Self.id($0))).rawValue) * 3 / 4096 == 0 })
    let session = try cluster.ask(request(user: stranger, session: [item]))
    #expect(session.report.querySource == .session && session.report.history.state == .notRead)
  }

  @Test func aProgramsEventsCountForNothing() throws {
    let cluster = try cluster()
    var settings = HistoryRequest(.settings, collection: "shop")
    settings.settings = HistorySettings(length: 0, keepDays: 0, eventsPerMinuteMax: 3)
    _ = try cluster.ask(settings)
    let time = Self.now - 90_000_000
    let flood = (0..<6).map { ShopperEvent($0 < 5 ? .click : .hide, item: Self.id($0), time: time) }
    try send(flood, by: 404, op: 1, to: cluster)
    let reply = try cluster.ask(request(user: 404, k: 120))
    #expect(reply.report.history.state == .read && reply.report.querySource == .fallback)
    #expect(reply.report.history.excluded == 0 && reply.results.ids.count == 120)
  }

  // MARK: What is left out

  /// The items that events leave out, each asked by itself.
  private func slowExcluded(_ events: [ShopperEvent], _ rules: [(kinds: Set<ShopperAction>, rule: SeenRule)]) -> Set<
    UInt64
  > {
    Set(
      Self.items.map(\.id.rawValue).filter { item in
        let own = events.filter { $0.item == item }
        if own.contains(where: { $0.kind == .hide }) { return true }
        return rules.contains { kinds, rule in
          let within = Int64(rule.withinSeconds) * 1_000_000
          let met = own.filter { event in
            kinds.contains(event.kind) && (within == 0 || event.time >= Self.now - within)
          }
          return met.count >= Int(rule.leastCount)
        }
      })
  }

  @Test func rulesLeaveOutWhatASlowTwinLeavesOut() throws {
    let cluster = try cluster()
    var random = SeededRandom(seed: 9)
    var settings = HistoryRequest(.settings, collection: "shop")
    settings.settings = HistorySettings(length: 500, keepDays: 90, eventsPerMinuteMax: 100_000)
    _ = try cluster.ask(settings)
    let kinds = ShopperAction.allCases
    let events = (0..<300).map { _ in
      let kind = random.next() % 20 == 0 ? .hide : kinds[Int(random.next() % 7)]
      // In steps of an hour, so that the time of the query does not matter.
      return Self.event(kind, Int(random.next() % 60), ago: 1800 + 3600 * Int64(random.next() % 200))
    }
    for (op, start) in stride(from: 0, to: 300, by: 100).enumerated() {
      try send(Array(events[start..<start + 100]), by: 404, op: UInt64(op + 1), to: cluster)
    }
    var counts: Set<Int> = []
    for round in 0..<40 {
      let rules = (0..<Int(random.next() % 9)).map { _ in
        let some = Set(kinds.filter { _ in random.next() % 3 == 0 } + [kinds[Int(random.next() % 8)]])
        let hours = UInt32(random.next() % 4 == 0 ? 0 : random.next() % 200)
        return (some, SeenRule(some, withinSeconds: hours * 3600, leastCount: UInt16(1 + random.next() % 3)))
      }
      let own = round % 2 == 0 ? [Self.id(1), Self.id(100), Self.id(1)] : []
      let reply = try cluster.ask(request(user: 404, k: 120, rules: rules.map(\.1), exclude: own))
      let excluded = slowExcluded(events, rules)
      let all = Set(Self.items.map(\.id.rawValue))
      #expect(Set(reply.results.ids) == all.subtracting(excluded).subtracting(own))
      #expect(Int(reply.report.history.excluded) == excluded.subtracting(own).count)
      counts.insert(excluded.count)
    }
    #expect(counts.count > 10)
  }

  // MARK: Memory

  private func wait(_ microseconds: UInt64, _ cluster: TestCluster) throws {
    let executor = cluster.executor
    try executor.run { await executor.sleep(until: executor.clock.now().advanced(microseconds: microseconds)) }
  }

  @Test func itemsOfHistoriesComeFromMemoryForAWhile() throws {
    let cluster = try cluster(2)
    func asked() -> Int { cluster.shards.reduce(0) { $0 + $1.count(of: .get) } }
    try send([Self.event(.click, 7, ago: 9), Self.event(.click, 8, ago: 8)], by: 404, op: 1, to: cluster)
    let first = try cluster.ask(request(user: 404))
    let before = asked()
    try wait(4_000_000, cluster)
    let second = try cluster.ask(request(user: 404))
    #expect(asked() == before && second.results.body.bytes == first.results.body.bytes)
    #expect((4_000_000..<5_000_000).contains(second.report.history.itemMicroseconds))
    // Of another shopper's history what is known is taken, and the rest asked for.
    try send([Self.event(.click, 8, ago: 9), Self.event(.click, 9, ago: 8)], by: 405, op: 2, to: cluster)
    _ = try cluster.ask(request(user: 405))
    #expect(asked() == before + 1)
    try wait(6_500_000, cluster)
    let third = try cluster.ask(request(user: 404))
    #expect(asked() > before + 1 && third.report.history.itemMicroseconds == 0)

    // A session without a history always asks.
    let session = asked()
    for _ in 0..<2 { _ = try cluster.ask(request(user: 2, session: [7])) }
    #expect(asked() == session + 2)
  }

  @Test func theMemoryHasACeilingAndCanBeSwitchedOff() throws {
    for bytes in [0, 600] {
      var configuration = Coordinator.Configuration()
      configuration.itemCacheBytesMax = bytes
      let cluster = try cluster(1, Self.files, configuration)
      try send((0..<40).map { Self.event(.click, $0, ago: 90 - Int64($0)) }, by: 404, op: 1, to: cluster)
      var answers: Set<[UInt8]> = []
      for _ in 0..<3 {
        let reply = try cluster.ask(request(user: 404))
        #expect(reply.report.eventsCounted == 40)
        answers.insert(reply.results.body.bytes)
      }
      #expect(answers.count == 1)
      #expect(cluster.shards[0].count(of: .get) == 3)
      let text = try cluster.ask(MetricsRequest()).text
      let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("winnow_item_cache_bytes ") })
      #expect(Int(line.split(separator: " ").last ?? "").map { $0 <= bytes } == true)
    }
  }

  @Test func olderBodiesHaveTheHistoryAndDoNotSayIt() throws {
    let cluster = try cluster(2)
    try send([Self.event(.click, 7, ago: 9)], by: 1, op: 1, to: cluster)
    let newest = try cluster.ask(request(user: 1))
    for version: UInt16 in [1, 2, 4] {
      let reply = try cluster.ask(request(user: 1), version: version)
      #expect(reply.results.body.bytes == newest.results.body.bytes)
      #expect(reply.report.querySource == .history && reply.report.history == RankReport.HistoryUse())
    }
  }
}
