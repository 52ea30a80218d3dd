import Ranking
import SocketTransport
import Text
import Vocabulary
import WinnowClient

/// How long a completion takes through the whole service: a coordinator and two shards on loopback, a file of 200,000
/// queries, shoppers with 50 stored events each.
enum SuggestBenchmark {
  /// The most that one completion in a hundred may take longer than, in microseconds.
  private static let mostAt99 = 5000.0
  private static let itemCount = 20_000
  private static let shopperCount = 100
  private static let eventCount = 50

  /// Completions of strangers, and in turn of shoppers; a tenth of the beginnings have a slip.
  static func run(_ size: BenchmarkSize) async throws -> Measurement {
    let cluster = try ServiceCluster(isDurable: true)
    defer { cluster.stop() }
    let client = try await cluster.client(connections: 2)
    guard let vectors = try EngineData.factors.vectors(itemCount, queries: 1, dimension: ServiceBenchmark.dimension)
    else { throw WrongResult(description: "no vectors") }
    let shop = try ServiceShop(vectors.items, vectors.queries, depth: 200)
    _ = try await cluster.feed(shop, client)
    var random = SplitMix64(seed: 18)
    let queries = queries(size == .full ? 200_000 : 2000, &random)
    _ = try await client.loadModel(
      ModelFiles(manifest: shop.manifest.json, weights: shop.weights, suggestions: try file(queries, &random)),
      into: "shop")
    for shopper in 1...shopperCount {
      let user = UserID(UInt64(shopper))
      let events = (0..<eventCount).map { _ in
        UserEvent(.click, by: user, item: ItemID(random.next() % UInt64(itemCount)))
      }
      guard try await client.send(events, to: "shop").accepted == eventCount else {
        throw WrongResult(description: "events were not kept")
      }
    }
    let clock = SystemClock()
    var (ours, strangers): ([Double], [Double]) = ([], [])
    for round in 0..<(size == .full ? 5000 : 50) {
      let prefix = prefix(queries, &random)
      for user in [UserID(UInt64(round % shopperCount + 1)), nil] {
        let start = clock.now()
        let found = try await client.suggest(prefix, in: "shop", for: user, timeout: .seconds(20))
        let microseconds = Double(start.nanoseconds.distance(to: clock.now().nanoseconds)) / 1000
        guard found.known > 0, found.history == (user == nil ? "not asked" : "read") else {
          throw WrongResult(description: "no suggestions, or the history is \(found.history)")
        }
        if user == nil { strangers.append(microseconds) } else { ours.append(microseconds) }
      }
    }
    await client.close()
    var measurement = Measurement(microseconds: ours, peerMicroseconds: strangers, results: [UInt32(queries.count)])
    measurement.figures = [("of a shopper", ours), ("of a stranger", strangers)].map { name, times in
      let sorted = times.sorted()
      return .init(name: "completion \(name), p99", value: sorted[sorted.count * 99 / 100], unit: "us", bar: mostAt99)
    }
    return measurement
  }

  /// Queries of one to four made-up words, frequent words more often.
  private static func queries(_ count: Int, _ random: inout SplitMix64) -> [String] {
    let syllables = ["ba", "re", "li", "mo", "shu", "ten", "kar", "dro", "vel", "sti", "nor", "gam", "pe", "zo", "fri"]
    let words = (0..<20_000).map { _ in
      (0..<2 + random.next() % 3).map { _ in syllables[Int(random.next() % 15)] }.joined()
    }
    var queries: Set<String> = []
    while queries.count < count {
      let query = (0..<1 + random.next() % 4).map { _ in
        words[Int(min(random.next() % 20_000, min(random.next() % 20_000, random.next() % 20_000)))]
      }
      queries.insert(query.joined(separator: " "))
    }
    return queries.sorted()
  }

  private static func file(_ queries: [String], _ random: inout SplitMix64) throws -> [UInt8] {
    var builder = SuggestionsBuilder(try TextAnalyser(), queries: queries, attribute: "category")
    for query in queries.indices {
      let category = "category \(random.next() % UInt64(ServiceShop.categories))"
      for _ in 0..<Int(Suggestions.usersMin) + (query % 50 == 0 ? 20 : 0) {
        builder.add(query: query, user: UInt32(random.next() % 1_000_000), categories: [category])
      }
    }
    return builder.suggestions().bytes
  }

  /// The beginning of a query; of one in ten without one of its letters.
  private static func prefix(_ queries: [String], _ random: inout SplitMix64) -> String {
    let query = Array(queries[Int(random.next() % UInt64(queries.count))].utf8)
    var letters = Array(query.prefix(1 + Int(random.next() % UInt64(query.count))))
    if random.next() % 10 == 0 { letters.remove(at: Int(random.next() % UInt64(letters.count))) }
    return String(decoding: letters, as: UTF8.self)
  }
}
