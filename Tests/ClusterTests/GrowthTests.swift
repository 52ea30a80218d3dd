import Placement
import ShardNode
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// Shards come and go while the cluster answers: nothing fails, nothing changes.
@Suite struct GrowthTests {
  private static func shop(itemCount: Int = 260) throws -> RandomShop {
    var shape = RandomShop.Shape()
    shape.itemCount = itemCount
    return try #require(try RandomShop(shape, seed: 2))
  }

  private static func add(_ address: String, verifies: Bool = false) -> RebalanceRequest {
    RebalanceRequest(.begin(.add(address: address, weight: 100), .init(verifies: verifies)))
  }

  @Test func twoToThreeToTwoShardsGiveTheSameBytesAtEveryMoment() throws {
    let shop = try Self.shop()
    let requests = shop.requests(12).filter { (try? shop.twin.answer($0)) ?? nil != nil }
    try MemoryCluster.run(shardCount: 2, spareCount: 1) { cluster in
      try await cluster.fill(shop)
      let before = try await cluster.results(requests)
      let begun = try await cluster.ask(Self.add("shard:3", verifies: true))
      #expect(begun.state == .working && begun.slots == 1365 && begun.verifies)
      // What is being moved: the same answers, and writes to all of it.
      let done = try await cluster.whileMoving { round in
        #expect(try await cluster.results(requests) == before)
        try await cluster.writeAgain(shop, round: round)
      }
      #expect(done.failures == 0 && done.slotsLeft == 0 && done.reason.isEmpty)
      #expect(done.itemsCopied >= 60)
      let map = try #require(try await cluster.ask(ShardMapRequest(.read)).map)
      #expect(map.slotCounts == [1366, 1365, 1365])
      #expect(map.epoch == Epoch(2 + 22), "one more shard, then a map for each batch of at most 64 slots")
      #expect(try await cluster.results(requests) == before)
      let status = try await cluster.ask(StatusRequest())
      #expect(status.shards.map(\.missing) == [nil, nil, nil])
      #expect(status.shards.allSatisfy { $0.items > 40 })
      #expect(status.shards.reduce(0) { $0 + $1.items } == UInt64(shop.items.count))

      let refused = RebalanceRequest(.remove(ShardID(0), isDryRun: false))
      #expect(await cluster.refusal(refused) == .conflict, "it keeps slots")
      _ = try await cluster.ask(RebalanceRequest(.begin(.drain(ShardID(0)), .init())))
      let drained = try await cluster.whileMoving { round in
        #expect(try await cluster.results(requests) == before)
        try await cluster.writeAgain(shop, round: 1000 + round)
      }
      #expect(drained.failures == 0)
      #expect(try await cluster.ask(StatusRequest()).shards.map(\.slots) == [0, 2048, 2048])
      try await cluster.ask(refused)
      #expect(try await cluster.ask(ShardMapRequest(.read)).map?.shards.map(\.id) == [ShardID(1), ShardID(2)])
      #expect(try await cluster.results(requests) == before)
      #expect(try await cluster.duplicates() == 0)
      // The shard that is gone forgets what it had when no query can ask for it any more.
      await cluster.sleep(200_000_000)
      #expect(try await cluster.results(requests) == before)
    }
  }

  @Test func aPlanCanBeSeenPausedResumedAndCancelled() throws {
    let shop = try Self.shop()
    try MemoryCluster.run(shardCount: 2, spareCount: 1) { cluster in
      try await cluster.fill(shop)
      var plan = try await cluster.ask(
        RebalanceRequest(.begin(.add(address: "shard:3", weight: 50), .init(isDryRun: true))))
      #expect(plan.state == .planned && plan.slots == 819 && plan.plan == 0)
      #expect(plan.moves.map(\.target) == [ShardID(2), ShardID(2)] && plan.items > 30 && plan.microsecondsLeft > 0)
      #expect(try await cluster.ask(ShardMapRequest(.read)).map?.epoch == Epoch(1), "nothing has changed")
      #expect(await cluster.refusal(RebalanceRequest(.pause)) == .conflict)

      // So slow that it takes for ever: what happens happens during the first batch.
      let slow = RebalanceRequest.Options(bytesPerSecond: 1)
      _ = try await cluster.ask(RebalanceRequest(.begin(.move(slots: 100, from: ShardID(0), to: ShardID(1)), slow)))
      for goal in [RebalanceRequest.Goal.balance, .drain(ShardID(0)), .add(address: "shard:3", weight: 1)] {
        #expect(await cluster.refusal(RebalanceRequest(.begin(goal, .init()))) == .conflict, "in progress")
      }
      #expect(
        await cluster.refusal(CollectionCreateRequest(name: "other", schema: shop.schema)) == .conflict)
      #expect(await cluster.refusal(GenerationRequest(collection: "shop", step: .stage(shop.schema))) == .conflict)
      #expect(await cluster.refusal(CollectionDropRequest(name: "shop")) == .conflict)
      await cluster.sleep(1_000_000)
      plan = try await cluster.ask(RebalanceRequest(.pause))
      plan = try await cluster.moves { $0.state != .ending }
      #expect(plan.state == .paused && plan.slotsLeft == 36, "the second batch waits for the throttle")
      #expect(await cluster.refusal(RebalanceRequest(.begin(.balance, .init()))) == .conflict)
      try await cluster.ask(CollectionCreateRequest(name: "other", schema: shop.schema))
      _ = try await cluster.ask(RebalanceRequest(.resume(bytesPerSecond: 1 << 30)))
      plan = try await cluster.moves { $0.state == .atRest }
      #expect(plan.slotsLeft == 0 && plan.bytesPerSecond == 1 << 30)
      #expect(try await cluster.ask(StatusRequest()).shards.map(\.slots) == [1948, 2148])

      // A drain that is cancelled leaves the shard its weight.
      _ = try await cluster.ask(RebalanceRequest(.begin(.drain(ShardID(0)), slow)))
      await cluster.sleep(1_000_000)
      _ = try await cluster.ask(RebalanceRequest(.cancel))
      plan = try await cluster.moves { $0.state == .atRest }
      let map = try #require(try await cluster.ask(ShardMapRequest(.read)).map)
      #expect(map.shards.map(\.weight) == [100, 100] && map.slotCounts == [1884, 2212], "what has moved stays")
      _ = try await cluster.ask(RebalanceRequest(.cancel))
    }
  }

  @Test func shardsThatMustNotBeAddedDrainedOrRemovedAreRefused() throws {
    let shop = try Self.shop(itemCount: 20)
    try MemoryCluster.run(shardCount: 1, spareCount: 2) { cluster in
      try await cluster.fill(shop)
      #expect(await cluster.refusal(Self.add("shard:1")) == .conflict, "it is in the map")
      #expect(await cluster.refusal(Self.add("shard:9")) == .noReplica, "nobody listens")
      #expect(await cluster.refusal(Self.add("coordinator:1")) == .conflict, "it is no shard")
      #expect(await cluster.refusal(Self.add("nowhere")) == .malformedBody)
      #expect(await cluster.refusal(RebalanceRequest(.begin(.drain(ShardID(0)), .init()))) == .conflict, "the last")
      #expect(await cluster.refusal(RebalanceRequest(.begin(.drain(ShardID(7)), .init()))) == .conflict)
      #expect(await cluster.refusal(RebalanceRequest(.remove(ShardID(7), isDryRun: true))) == .conflict)

      // One that another coordinator has told its map, and one that holds a collection.
      let foreign = try ShardMap.first(clusterID: [UInt8](repeating: 9, count: 16), addresses: ["shard:2"])
      try await cluster.tell(cluster.shards[1], ShardMapRequest(.install(foreign, as: ShardID(0))))
      #expect(await cluster.refusal(Self.add("shard:2")) == .wrongCluster)
      try await cluster.tell(
        cluster.shards[2], CollectionCreateRequest(generation: Generation(1), name: "old", schema: shop.schema))
      #expect(await cluster.refusal(Self.add("shard:3")) == .conflict)
      let map = try #require(try await cluster.ask(ShardMapRequest(.read)).map)
      #expect(map.epoch == Epoch(1) && map.shards.count == 1)
    }
  }
}

extension MemoryCluster {
  /// The result bytes of some requests.
  func results(_ requests: [RankRequest]) async throws -> [[UInt8]] {
    var all: [[UInt8]] = []
    for request in requests {
      let body = try await body(request)
      let report = try RankResponse(body: body, version: request.sentVersion).report
      #expect(report.coverage == 1_000_000 && report.missing.isEmpty)
      all.append(try resultBytes(body))
    }
    return all
  }

  /// Writes all items again, as they are.
  func writeAgain(_ shop: RandomShop, round: Int) async throws {
    for (number, request) in shop.upserts(batch: 40, writer: 50).enumerated() {
      var again = request
      again.op = UInt64(round * 1000 + number + 1)
      let answer = try await ask(again)
      #expect(answer.statuses.allSatisfy { $0 == .replaced })
    }
  }

  /// Does something again and again as long as slots are being moved.
  func whileMoving(_ work: (Int) async throws -> Void) async throws -> RebalanceResponse {
    for round in 0..<1000 {
      let moves = try await ask(RebalanceRequest(.status))
      if moves.state == .atRest { return moves }
      #expect(moves.state == .working, "\(moves)")
      try await work(round)
      // Only then time passes, and with it what waits for its turn.
      await sleep(3000)
    }
    throw Unfinished()
  }

  /// Waits until the moves are as wanted.
  func moves(until isWanted: (RebalanceResponse) -> Bool) async throws -> RebalanceResponse {
    for _ in 0..<10_000 {
      let moves = try await ask(RebalanceRequest(.status))
      if isWanted(moves) { return moves }
      await sleep(50_000)
    }
    throw Unfinished()
  }

  struct Unfinished: Error {}

  /// Items that two shards have sent for one query, so far.
  func duplicates() async throws -> Int {
    let text = try await ask(MetricsRequest()).text
    let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("winnow_query_duplicates_total") })
    return try #require(line.split(separator: " ").last.flatMap { Double($0) }.map { Int($0) })
  }

  /// Asks a shard itself, as a coordinator would.
  func tell<Request: RequestMessage>(_ shard: ShardNode, _ request: Request) async throws {
    let now = executor.clock.now()
    let outcome = await shard.handle(
      InboundRequest(
        opcode: Request.opcode, bodyVersion: request.body.version, body: request.body.bytes[...], arrival: now,
        deadline: now.advanced(microseconds: 1_000_000), peerRole: .coordinator))
    if case .failure(let error) = outcome { throw error }
  }
}
