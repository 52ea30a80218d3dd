import Kernels
import Ranking
import SocketTransport
import Towers
import Vocabulary
import WinnowClient

/// What a stored history costs a query, and how soon an event is in an answer: a coordinator and two shards on loopback,
/// 20,000 × 64 items, 200 re-ranked.
struct HistoryQueryBenchmark {
  private static let itemCount = 20_000
  private static let eventCount = 50
  /// Shoppers whom the table has.
  private static let userCount = 1100
  /// What a query with a history may take longer than the same query from the model's table, and the time from an event
  /// to the changed answer of which one in a hundred takes longer, in microseconds.
  private static let (costMost, changeMost) = (500.0, 10_000.0)

  private let cluster: ServiceCluster
  private let client: WinnowClient
  private let size: BenchmarkSize

  /// A query of a shopper whose history has 50 events, and in turn that of one whom the table has, too, without events.
  static func cost(_ size: BenchmarkSize) async throws -> Measurement {
    let benchmark = try await HistoryQueryBenchmark(size)
    defer { benchmark.cluster.stop() }
    let clock = SystemClock()
    let (withEvents, without) = (UserID(1), UserID(2))
    let events = (0..<eventCount).map { UserEvent(.click, by: withEvents, item: ItemID(UInt64($0 * 37))) }
    guard try await benchmark.client.send(events, to: "shop").accepted == eventCount else {
      throw WrongResult(description: "events were not kept")
    }
    var (ours, table): ([Double], [Double]) = ([], [])
    for round in 0..<(size == .full ? 4000 : 20) {
      for (user, counted) in [(withEvents, eventCount), (without, 0)] {
        let start = clock.now()
        let answer = try await benchmark.client.rank(benchmark.query(user))
        let microseconds = Double(start.nanoseconds.distance(to: clock.now().nanoseconds)) / 1000
        guard answer.report.historyEventsCounted == counted, answer.report.isComplete else {
          throw WrongResult(description: "\(answer.report.historyEventsCounted) events were counted, not \(counted)")
        }
        // The first ones fill the memory of items.
        guard round >= 10 else { continue }
        if counted > 0 { ours.append(microseconds) } else { table.append(microseconds) }
      }
    }
    await benchmark.client.close()
    let (median, other) = (Measurement.median(ours) ?? 0, Measurement.median(table) ?? 0)
    var measurement = Measurement(microseconds: ours, peerMicroseconds: table, results: [UInt32(eventCount)])
    measurement.figures = [
      .init(name: "longer than from the table, p50", value: median - other, unit: "us", bar: costMost)
    ]
    return measurement
  }

  /// The first click of a shopper whom the table has, and the answer after it, which has to be another one: from sending
  /// the event to having the answer. Each time another shopper: what a hundredth click changes need not be seen.
  static func change(_ size: BenchmarkSize) async throws -> Measurement {
    let benchmark = try await HistoryQueryBenchmark(size)
    defer { benchmark.cluster.stop() }
    let clock = SystemClock()
    var times: [Double] = []
    for round in 0..<(size == .full ? 1000 : 20) {
      let user = UserID(UInt64(round) + 3)
      let before = try await benchmark.client.rank(benchmark.query(user)).results.map(\.item)
      // Far from what is shown, so that the answer changes.
      let event = UserEvent(.click, by: user, item: ItemID(UInt64(round * 7919 % itemCount)))
      let start = clock.now()
      guard try await benchmark.client.send([event], to: "shop").accepted == 1 else {
        throw WrongResult(description: "an event was not kept")
      }
      let answer = try await benchmark.client.rank(benchmark.query(user))
      times.append(Double(start.nanoseconds.distance(to: clock.now().nanoseconds)) / 1000)
      guard answer.results.map(\.item) != before, answer.report.querySource == "stored history" else {
        throw WrongResult(description: "event \(round) changed nothing")
      }
    }
    await benchmark.client.close()
    let sorted = times.sorted()
    var measurement = Measurement(microseconds: times, results: [1])
    measurement.figures = [
      .init(
        name: "event to changed answer, p99", value: sorted[sorted.count * 99 / 100], unit: "us", bar: changeMost)
    ]
    return measurement
  }

  private init(_ size: BenchmarkSize) async throws {
    self.size = size
    let d = ServiceBenchmark.dimension
    guard let vectors = try EngineData.factors.vectors(Self.itemCount, queries: 3, dimension: d) else {
      throw WrongResult(description: "no vectors")
    }
    let shop = try ServiceShop(vectors.items, vectors.queries, depth: 200)
    cluster = try ServiceCluster(isDurable: true)
    client = try await cluster.client(connections: 2)
    _ = try await cluster.feed(shop, client)
    let tower = Tower.history(TowerParameters(TowerShape(dimension: d, encoder: .sum, decay: 0.75)), cut: 0)
    let manifest = try Manifest(
      name: "history", collection: shop.manifest.collection, userDimension: d, usesProduct: false,
      attributeFeatures: shop.manifest.attributeFeatures, contextFeatures: [], layers: shop.manifest.layers,
      tower: tower.settings)
    var users = SafetensorsWriter()
    let count = Self.userCount
    users.add("id", (1...UInt64(count)).map { $0 })
    let rows = (0..<count).flatMap { vectors.queries[$0 % 3] }
    users.add("query", rows, shape: [count, d])
    users.add("vector", rows, shape: [count, d])
    users.addStates(Array(repeating: [], count: count), profileWeights: [], for: manifest)
    _ = try await client.loadModel(
      ModelFiles(manifest: manifest.json, weights: shop.weights, users: users.file(), tower: tower.file), into: "shop")
  }

  private func query(_ user: UserID) -> RankQuery {
    var query = RankQuery(collection: "shop", k: 20, depth: 200)
    query.user = user
    query.timeout = .seconds(20)
    return query
  }
}
