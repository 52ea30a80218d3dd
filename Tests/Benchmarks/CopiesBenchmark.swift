import Placement
import SocketTransport
import Support
import Transport
import Vocabulary
import WinnowClient
import Wire

/// What a second member of each shard costs: writes, a feed, queries; and whether members answer alike.
enum CopiesBenchmark {
  @Sendable static func run(_ size: BenchmarkSize) async throws -> Measurement {
    let isFull = size == .full
    let shop = try GrowthShop(count: isFull ? 100_000 : 2000)
    let clusters = [try MemberCluster(members: 1), try MemberCluster(members: 2, number: 1)]
    defer { for cluster in clusters { cluster.stop() } }
    for cluster in clusters { try await cluster.start() }
    var loads: [GrowthLoad] = []
    for cluster in clusters { loads.append(try await GrowthLoad(filling: shop, cluster.client(connections: 1))) }
    try await clusters[1].waitUntilInSync(loads[1].client)
    guard loads[0].reference == loads[1].reference else { throw WrongResult(description: "the clusters differ") }

    // In turn, so that a machine that drifts drifts for both.
    var (acks, queries, feeds) = (
      [[Double]](repeating: [], count: 2), [[Double]](repeating: [], count: 2), [[Double]](repeating: [], count: 2)
    )
    for round in 1...(isFull ? 20 : 2) {
      for (place, load) in loads.enumerated() {
        acks[place] += try await writes(load, round: round, count: isFull ? 100 : 20)
        queries[place] += try await asks(load, count: isFull ? 500 : 64)
      }
    }
    for _ in 0..<(isFull ? 3 : 1) {
      for (place, load) in loads.enumerated() { feeds[place].append(try await load.feed()) }
    }
    let differing = try await differences(clusters[1], loads[1], count: isFull ? 10_000 : 200)
    for load in loads { await load.client.close() }
    guard differing == 0 else { throw WrongResult(description: "\(differing) searches were answered otherwise") }
    var measurement = Measurement(
      microseconds: acks[1], peerMicroseconds: acks[0], results: loads[1].fingerprint)
    func ratio(_ values: [[Double]], _ share: Double) -> Double {
      GrowthLoad.Outcome.percentile(values[1], share) / GrowthLoad.Outcome.percentile(values[0], share)
    }
    measurement.figures = [
      .init(name: "a feed", value: ratio(feeds, 0.5), unit: "× one member", bar: 1.6),
      .init(name: "queries p99", value: ratio(queries, 0.99), unit: "× one member", bar: 1.05),
    ]
    return measurement
  }

  /// Writes of one item, one after the other.
  private static func writes(_ load: GrowthLoad, round: Int, count: Int) async throws -> [Double] {
    let clock = SystemClock()
    var times: [Double] = []
    for number in 0..<count {
      let item = GrowthShop.item(GrowthShop.touchedEvery, revision: Int64(round * 1000 + number))
      let start = clock.now()
      let outcome = try await load.client.upsert([item], schema: load.shop.schema, into: "shop")
      times.append(Double(start.microseconds(until: clock.now())))
      guard outcome.statuses == [.replaced] else { throw WrongResult(description: "a write: \(outcome)") }
    }
    return times
  }

  /// Queries, one after the other.
  private static func asks(_ load: GrowthLoad, count: Int) async throws -> [Double] {
    let clock = SystemClock()
    var times: [Double] = []
    for number in 0..<count {
      let number = 2 * number % (2 * GrowthShop.queryCount)
      let start = clock.now()
      let answer = try await load.client.rank(load.shop.query(number))
      times.append(Double(start.microseconds(until: clock.now())))
      guard answer.results == load.reference[number] else { throw WrongResult(description: "another answer") }
    }
    return times
  }

  /// How many searches the two members of each shard answer otherwise.
  private static func differences(_ cluster: MemberCluster, _ load: GrowthLoad, count: Int) async throws -> Int {
    let loops = try EventLoopGroup(loopCount: 1)
    guard let epoch = try await load.client.shardMap()?.epoch,
      let generation = try await load.client.status().collections.first?.generation
    else { throw WrongResult(description: "no map") }
    var members: [ClientConnection] = []
    for member in cluster.members {
      let connection = try await ClientConnection.open(
        member.address, over: SocketNetwork(group: loops),
        configuration: ClientConfiguration(identity: NodeIdentity(role: .coordinator)), random: SystemRandom(),
        deadline: SystemClock().now().advanced(microseconds: 20_000_000))
      _ = try await connection.ready()
      members.append(connection)
    }
    var (random, differing) = (SeededRandom(seed: 11), 0)
    for _ in 0..<count {
      let search = SearchRequest(
        collection: "shop", generation: generation, limit: GrowthShop.depth,
        query: random.floats(GrowthShop.dimension))
      for shard in stride(from: 0, to: members.count, by: 2) {
        let (one, other) = (
          try await ask(search, members[shard], epoch), try await ask(search, members[shard + 1], epoch)
        )
        guard one.isComplete, one.ids.count == other.ids.count, !one.ids.isEmpty else {
          throw WrongResult(description: "a member answers in part")
        }
        if one.ids != other.ids || one.scores.map(\.bitPattern) != other.scores.map(\.bitPattern)
          || one.attributes != other.attributes
        {
          differing += 1
        }
      }
    }
    for connection in members { await connection.close() }
    await loops.shutdown()
    return differing
  }

  private static func ask(
    _ search: SearchRequest, _ member: ClientConnection, _ epoch: Epoch
  ) async throws -> SearchResponse {
    let outbound = OutboundRequest(
      SearchRequest.opcode, body: search.body, deadline: SystemClock().now().advanced(microseconds: 5_000_000),
      epoch: epoch)
    return try SearchResponse(body: Array(try await member.call(outbound).body), version: search.sentVersion)
  }
}
