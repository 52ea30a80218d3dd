import Placement
import Storage
import Support
import Transport
import Vocabulary
import WinnowClient

/// One run of a cluster and its clients in a world of faults, decided by a seed.
struct Simulation: Sendable {
  /// What a run showed.
  struct Outcome: Sendable {
    let digest: UInt64
    let stepCount: Int
    let violations: [String]
    let counts: [String: Int]
  }

  /// What a run is made of.
  struct Plan: Sendable {
    /// Whether shards keep what they acknowledge, or are empty after each start.
    var isDurable = true
    /// Whether an admin adds, drains, moves and removes shards meanwhile.
    var isGrowing = false
    /// Whether shoppers act; then fewer items are written.
    var hasShoppers = false
    /// What strikes a step of a move; then nothing else goes wrong.
    var strike: Strike?
    /// How long things go wrong.
    var faultMicroseconds: UInt64 = 6_000_000
    /// What the cluster does wrong beside that.
    var sabotage: Sabotage?
    /// Of each shard.
    var memberCount = 1
  }

  /// It did not come to rest in time.
  struct NotConverged: Error, CustomStringConvertible {
    let description: String
  }

  private static let stepsMax = 3_000_000
  private static let userCount: UInt64 = 10

  private let world: World
  private let cluster: SimulatedCluster
  private let shop: Shop
  private let history: History
  private let oracle: EventOracle
  private let striker: Striker?
  private let driver: Lane
  private let plan: Plan
  /// Shards whose data was lost and has not been fed again.
  private let emptied = Lock<Set<String>>([])

  /// Runs a seed to its end.
  ///
  static func run(seed: UInt64, _ plan: Plan = Plan()) throws -> Outcome {
    let world = World(seed: seed)
    guard let shop = Shop(itemCount: 24 + world.draw(below: 24), seed: seed) else {
      throw NotConverged(description: "no schema")
    }
    let simulation = Simulation(world, shop, plan)
    try world.run(on: simulation.driver, stepsMax: stepsMax) { try await simulation.run() }
    let history = simulation.history
    if world.strayCount > 0 { history.violated("\(world.strayCount) jobs came from other threads") }
    return Outcome(
      digest: world.digest, stepCount: world.stepCount, violations: history.violations, counts: history.counts)
  }

  private init(_ world: World, _ shop: Shop, _ plan: Plan) {
    self.plan = plan
    self.world = world
    self.shop = shop
    let history = History(shop.ids, world)
    self.history = history
    oracle = EventOracle(history, world)
    striker = plan.strike.map { Striker($0, history) }
    cluster = SimulatedCluster(
      world, shardCount: plan.memberCount > 1 ? 2 : 2 + world.draw(below: 3), memberCount: plan.memberCount,
      spareCount: plan.isGrowing || plan.strike != nil ? 2 : 0,
      isDurable: plan.isDurable, striker: striker)
    driver = world.lane("driver")
  }

  private func run() async throws {
    cluster.clients.start { _ in }
    for node in cluster.nodes { cluster.start(node, restartsOn: driver) }
    guard let process = cluster.clients.process else { return }
    let caller = RecordingCaller(to: SimulatedCluster.address(cluster.coordinator), process, world, history, oracle) {
      plan.sabotage?.applied(to: $0, ids: shop.ids) ?? $0
    }
    let client = WinnowClient(
      address: SimulatedCluster.address(cluster.coordinator), caller: caller, executor: process.loop,
      random: process.random)
    let workerCount = plan.hasShoppers ? 1 : 3
    let workers = (0..<workerCount).map { number in
      Worker(
        client: client, world: world, lane: process.loop, shop: shop, history: history,
        own: shop.ids.enumerated().filter { $0.offset % workerCount == number }.map(\.element),
        mayBeFull: { emptied.withLock { $0.isEmpty } })
    }
    try await within(30, "the collection is made") {
      (try? await client.createCollection(Shop.name, schema: shop.schema, timeout: .seconds(2))) != nil
    }
    let shoppers = try await shoppers(client, process.loop)
    for worker in workers { await worker.write(worker.own, timeout: .seconds(5)) }
    await work(workers, shoppers, process.loop) { await pause(500_000) }
    let faults = Faults(cluster: cluster, history: history, lane: driver) { lost($0) }
    let admin = Admin(client: client, world: world, lane: process.loop, cluster: cluster, history: history)
    await work(workers, shoppers, admin: plan.isGrowing ? admin : nil, process.loop) {
      guard let striker else { return await faults.run(microseconds: plan.faultMicroseconds) }
      striker.arm(after: 1 + world.draw(below: 3))
      await admin.addAndDrain()
    }

    for node in cluster.nodes { node.disk.restart() }
    try await converge(client)
    await workers[0].checkDuplicates()
    if plan.isGrowing || plan.strike != nil {
      try await within(60, "no slots are on their way") { await admin.isAtRest() }
    }
    // What was in doubt can still happen for as long as a request may be under way.
    await pause(15_000_000)
    if !emptied.withLock({ $0.isEmpty }) { try await feed(client, workers) }
    await resolve(workers[0])
    await work(workers, shoppers, process.loop) { await pause(500_000) }
    await workers[0].checkDuplicates()
    for shopper in shoppers {
      for user in shopper.users where await !shopper.check(user) {
        history.violated("a healthy cluster does not answer the history of \(user)")
      }
    }
    if plan.memberCount > 1 {
      let compared = await cluster.comparisons()
      if compared.equal == 0 { history.violated("no members were compared") }
      if compared.different > 0 { history.violated("\(compared.different) members differed from their primaries") }
    }
    guard await workers[0].read(shop.ids) != nil, await workers[0].rank()?.isExact == true else {
      return history.violated("a healthy cluster does not answer in full")
    }
  }

  /// Two front ends with shoppers of their own, all of whose events are kept.
  private func shoppers(_ client: WinnowClient, _ lane: Lane) async throws -> [Shopper] {
    guard plan.hasShoppers else { return [] }
    let settings = HistorySettings(
      length: HistorySettings.lengthMax, keepDays: 0, eventsPerMinuteMax: HistorySettings.eventsPerMinuteMaxMax)
    try await within(30, "all events are kept") {
      (try? await client.keepHistories(of: Shop.name, as: settings, timeout: .seconds(2))) != nil
    }
    return (0..<2 as Range<UInt64>).map { number in
      Shopper(
        client: client, world: world, lane: lane, oracle: oracle, history: history,
        users: (0..<Self.userCount).map { 2 * $0 + number })
    }
  }

  // MARK: Phases

  /// Lets the workers work while something goes on.
  private func work(
    _ workers: [Worker], _ shoppers: [Shopper], admin: Admin? = nil, _ lane: Lane, during body: () async -> Void
  ) async {
    let isOver = Lock(false)
    await withDiscardingTaskGroup { group in
      for worker in workers {
        group.addTask(executorPreference: lane) { await worker.work { isOver.withLock { $0 } } }
      }
      for shopper in shoppers {
        group.addTask(executorPreference: lane) { await shopper.work { isOver.withLock { $0 } } }
      }
      if let admin { group.addTask(executorPreference: lane) { await admin.work { isOver.withLock { $0 } } } }
      await body()
      isOver.withLock { $0 = true }
    }
  }

  /// Waits until every shard has been asked with success.
  private func converge(_ client: WinnowClient) async throws {
    let unfed = emptied.withLock { $0.count }
    try await within(30, "all shards answer") {
      var query = RankQuery(collection: Shop.name, k: 1)
      query.vector = Shop.query(1)
      guard let report = try? await client.rank(query).report else { return false }
      // "Restarted empty" is an answer.
      return report.missing.allSatisfy { $0.causeNumber == 3 } && report.missing.count <= unfed
    }
  }

  /// Writes everything again, so that shards which lost their data are complete.
  private func feed(_ client: WinnowClient, _ workers: [Worker]) async throws {
    let mark = try await client.beginFeed(into: Shop.name, timeout: .seconds(5))
    for worker in workers { await worker.write(worker.own, timeout: .seconds(5)) }
    let end = try await client.completeFeed(mark.feed, into: Shop.name, timeout: .seconds(5))
    if end.incompleteShards > 0 { history.violated("\(end.incompleteShards) shards are not complete after a feed") }
    emptied.withLock { $0 = [] }
  }

  /// Nothing is under way any more: what is there now stays.
  private func resolve(_ worker: Worker) async {
    guard let answer = await worker.read(shop.ids), answer.unavailable == 0 else {
      return history.violated("a healthy cluster cannot be read")
    }
    var found: [UInt64: (revision: Int, version: UInt64)] = [:]
    for entry in answer.items { found[entry.id.rawValue] = (History.revision(entry.attributes) ?? 0, entry.version) }
    for id in shop.ids where !history.knowledge(of: id).isCertain {
      history.resolved(
        id, found[id].map { .present(revision: $0.revision) } ?? .absent, version: found[id]?.version ?? 0)
    }
  }

  /// A shard without a disk is empty when it starts again.
  private func lost(_ machine: Machine) {
    guard !plan.isDurable, let index = cluster.shards.firstIndex(where: { $0 === machine }) else { return }
    emptied.withLock { _ = $0.insert(machine.name) }
    let count = cluster.shards.count
    history.lost(shop.ids.filter { Int(slot(of: ItemID($0)).rawValue) * count / 4096 == index })
  }

  private func within(_ seconds: UInt64, _ what: String, _ holds: () async -> Bool) async throws {
    let end = world.now.advanced(microseconds: seconds * 1_000_000)
    while world.now < end {
      if await holds() { return }
      await pause(50_000)
    }
    throw NotConverged(description: "not within \(seconds) s: \(what)")
  }

  private func pause(_ microseconds: UInt64) async {
    await driver.sleep(until: world.now.advanced(microseconds: microseconds))
  }
}
