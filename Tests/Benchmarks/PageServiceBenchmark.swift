import SocketTransport
import Vocabulary
import WinnowClient

/// What pages and rules cost a client: a coordinator and two shards on loopback, 20,000 × 64 items, 200 re-ranked.
struct PageServiceBenchmark {
  static let all: [Benchmark] = [
    Benchmark(
      name: "page-second", what: "the second page of a list that is kept, 20,000 × 64, two shards",
      peer: "its first page", bar: nil, run: second),
    Benchmark(
      name: "page-rules",
      what: "a query of one to five words beside 10,000 rules for other words, 20,000 × 64, two shards",
      peer: "the same query without rules", bar: nil, run: rules),
  ]

  private static let itemCount = 20_000
  /// What page 2 may take, and what rules may add, in microseconds.
  private static let (pageMost, rulesMost) = (1000.0, 20.0)

  private let cluster: ServiceCluster
  private let client: WinnowClient
  private let shop: ServiceShop

  /// - Parameter hasWords: Whether items have titles, and queries one to five words.
  private init(hasWords: Bool = false) async throws {
    guard
      let vectors = try EngineData.factors.vectors(
        Self.itemCount, queries: ServiceBenchmark.queryCount, dimension: ServiceBenchmark.dimension)
    else { throw WrongResult(description: "no vectors") }
    let words = hasWords ? LexicalData(count: Self.itemCount, queries: ServiceBenchmark.queryCount) : nil
    shop = try ServiceShop(vectors.items, vectors.queries, depth: 200, words: words)
    cluster = try ServiceCluster()
    client = try await cluster.client(connections: 1)
    try await cluster.serve(shop, client)
  }

  private func timed(_ query: RankQuery) async throws -> (answer: RankAnswer, microseconds: Double) {
    let clock = SystemClock()
    let start = clock.now()
    let answer = try await client.rank(query)
    let time = Double(start.nanoseconds.distance(to: clock.now().nanoseconds)) / 1000
    guard answer.report.isComplete else { throw WrongResult(description: "a shard is missing") }
    return (answer, time)
  }

  private static func second(_ size: BenchmarkSize) async throws -> Measurement {
    let benchmark = try await PageServiceBenchmark()
    defer { benchmark.cluster.stop() }
    var (ours, firsts, ids): ([Double], [Double], [UInt32]) = ([], [], [])
    for round in 0...(size == .full ? 2000 : 10) {
      let number = round % ServiceBenchmark.queryCount
      var query = benchmark.shop.query(number)
      query.page.wantsNext = true
      let first = try await benchmark.timed(query)
      query.page.token = first.answer.report.page.next
      let page = try await benchmark.timed(query)
      let shown = (first.answer.results + page.answer.results).map(\.item.rawValue)
      guard page.answer.report.page.source == "kept", shown == benchmark.shop.answer(number, k: shown.count) else {
        throw WrongResult(description: "page 2 is \(page.answer.report.page.source), or not what follows")
      }
      guard round > 0 else { continue }
      ours.append(page.microseconds)
      firsts.append(first.microseconds)
      if round <= 3 { ids += shown.map { UInt32(truncatingIfNeeded: $0) } }
    }
    await benchmark.client.close()
    var measurement = Measurement(microseconds: ours, peerMicroseconds: firsts, results: ids)
    measurement.figures = [
      .init(name: "page 2, p50", value: Measurement.median(ours) ?? 0, unit: "us", bar: pageMost)
    ]
    return measurement
  }

  private static func rules(_ size: BenchmarkSize) async throws -> Measurement {
    let benchmark = try await PageServiceBenchmark(hasWords: true)
    defer { benchmark.cluster.stop() }
    let count = size == .full ? 10_000 : 100
    let kept = try await benchmark.client.keep(
      (0..<count).map { number in
        let words = number % 2 == 0 ? "\"equal\": \"red shoes \(number)\"" : "\"contain\": \"boots\(number) red\""
        return SearchRule(
          "rule-\(number)",
          document: "{\"words\": {\(words)}, \"boost\": [{\"filter\": \"price < 50\", \"logits\": 1}]}")
      }, of: "shop")
    guard kept == count else { throw WrongResult(description: "\(kept) rules were kept") }
    var (ours, without): ([Double], [Double]) = ([], [])
    for round in 0...(size == .full ? 6000 : 10) {
      let number = round % ServiceBenchmark.queryCount
      var query = benchmark.shop.query(number)
      let found = try await benchmark.timed(query)
      query.page.skipsRules = true
      let other = try await benchmark.timed(query)
      guard found.answer.results.map(\.item) == other.answer.results.map(\.item) else {
        throw WrongResult(description: "a rule acted")
      }
      guard round > 0 else { continue }
      ours.append(found.microseconds)
      without.append(other.microseconds)
    }
    await benchmark.client.close()
    let (median, peer) = (Measurement.median(ours) ?? 0, Measurement.median(without) ?? 0)
    var measurement = Measurement(microseconds: ours, peerMicroseconds: without, results: [UInt32(count)])
    measurement.figures = [.init(name: "more than without, p50", value: median - peer, unit: "us", bar: rulesMost)]
    return measurement
  }
}
