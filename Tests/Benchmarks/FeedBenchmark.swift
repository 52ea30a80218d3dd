import Ranking
import SocketTransport
import Vocabulary
import WinnowClient

/// What a feed takes through a coordinator.
enum FeedBenchmark {
  /// Whole items into two shards: the time of all.
  static func items(_ size: BenchmarkSize, isDurable: Bool) async throws -> Measurement {
    let shop = try shop(size == .full ? 1_000_000 : 5000)
    let cluster = try ServiceCluster(isDurable: isDurable)
    defer { cluster.stop() }
    let client = try await cluster.client(connections: 1)
    let microseconds = try await cluster.feed(shop, client)
    try await check(client, shop, prices: { ServiceShop.price($0) })
    await client.close()
    return Measurement(microseconds: [microseconds], peerMicroseconds: [5e6], results: [UInt32(shop.count)])
  }

  /// Prices of items of one shard, each on disk before it is acknowledged, in an order that has nothing to do with where they lie: the time of one.
  static func updates(_ size: BenchmarkSize) async throws -> Measurement {
    let shop = try shop(size == .full ? 200_000 : 5000)
    let cluster = try ServiceCluster(shards: 1, isDurable: true)
    defer { cluster.stop() }
    let client = try await cluster.client(connections: 1)
    _ = try await cluster.feed(shop, client)
    let clock = SystemClock()
    var samples: [Double] = []
    let rounds = size == .full ? 6 : 2
    for round in 1...rounds {
      // An odd factor is a permutation of the items only where their number is coprime to it.
      var step = 0
      let start = clock.now()
      let summary = await Feeder(client, collection: "shop", schema: shop.manifest.collection).feed {
        guard step < shop.count else { return nil }
        let item = step * 7919 % shop.count
        step += 1
        let price = NamedAttribute(name: "price", value: .float(price(item, round)))
        return Feeder.Element(tag: item, change: .update(ItemUpdate(id: ItemID(UInt64(item)), attributes: [price])))
      }
      guard summary.isWhole, summary.isDurable, summary.itemsUpdated == shop.count else {
        throw WrongResult(description: "the updates failed: \(summary)")
      }
      let each = Double(start.microseconds(until: clock.now())) / Double(shop.count)
      EngineBenchmark.note("\(Int(1e6 / each)) updates a second")
      if round > 1 { samples.append(each) }
    }
    try await check(client, shop) { price($0, rounds) }
    await client.close()
    return Measurement(
      microseconds: samples, peerMicroseconds: samples.map { _ in 20 }, results: [UInt32(shop.count), UInt32(rounds)])
  }

  private static func shop(_ count: Int) throws -> ServiceShop {
    guard let vectors = try EngineData.factors.vectors(count, queries: 1, dimension: ServiceBenchmark.dimension) else {
      throw WrongResult(description: "no vectors")
    }
    return try ServiceShop(vectors.items, vectors.queries, depth: 100)
  }

  private static func price(_ item: Int, _ round: Int) -> Double { Double((item * 31 + round * 17) % 9973) / 100 }

  /// Looks at a few hundred items all over the collection.
  private static func check(_ client: WinnowClient, _ shop: ServiceShop, prices: (Int) -> Double) async throws {
    let ids = stride(from: 0, to: shop.count, by: max(1, shop.count / 500)).map { $0 }
    let found = try await client.get(ids.map { ItemID(UInt64($0)) }, from: "shop", withEmbeddings: true)
    guard found.items.count == ids.count else { throw WrongResult(description: "items are missing") }
    for item in found.items {
      let (row, attributes) = (Int(item.id.rawValue), item.attributes)
      guard attributes.first?.value == .float(prices(row)), item.embedding == shop.item(row).embedding else {
        throw WrongResult(description: "item \(row) is \(item)")
      }
    }
  }
}
