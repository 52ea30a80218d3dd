import Arrangement
import Filters
import Kernels
import Retrieval
import Support
import Vocabulary

/// What a search page asks besides a ranked list, one thread: facets, another order, diversity.
enum PageBenchmark {
  static let all: [Benchmark] = [
    Benchmark(
      name: "page-facets", what: "top 100 and five facets of 1,000,000 × 64 under a filter that keeps 10 %",
      peer: "the same without facets", bar: 2, run: { try facets($0, filter: "brand = tenth") }),
    Benchmark(
      name: "page-facets-open", what: "four facets of 1,000,000 items without a filter, from lists alone",
      peer: "300 µs", bar: 1, run: openFacets),
    Benchmark(
      name: "page-sort", what: "the first 200 of 1,000,000 × 64 by a number, under a filter that keeps 10 %",
      peer: "the same by inner product", bar: 1.5, run: sort),
    Benchmark(
      name: "page-diversity", what: "20 of 200 candidates of 64 dimensions by maximal marginal relevance",
      peer: "100 µs", bar: 1, run: diversity),
  ]

  private static let facets: [CountQuery.Facet] = [
    .init(attribute: 0, .values), .init(attribute: 1, .values), .init(attribute: 1, .edges([0, 100, 250, 500, 1000])),
    .init(attribute: 1, .buckets), .init(attribute: 0, .values, basis: 1),
  ]

  private static func table(_ size: BenchmarkSize) throws -> EngineTable {
    guard let shop = try EngineTable(.factors, hasAttributes: true, size) else {
      throw WrongResult(description: "no data")
    }
    return shop
  }

  /// The counts of a snapshot, checked against one without lists.
  private static func counts(_ shop: EngineTable, _ query: SearchQuery, _ count: CountQuery) throws -> CountOutcome {
    let found = FacetCounter(shop.coded, query, count).run()
    let slow = FacetCounter(shop.plain, query, count).run()
    guard found.total == slow.total, found.facets == slow.facets else {
      throw WrongResult(description: "lists change a count")
    }
    return found
  }

  @Sendable private static func facets(_ size: BenchmarkSize, filter text: String) throws -> Measurement {
    let shop = try table(size)
    let (index, filter) = (ExactIndex(), try shop.filter(text))
    let count = CountQuery(otherFilters: [try shop.filter("price < 500")], facets: facets)
    func query(_ sample: Int) -> SearchQuery {
      SearchQuery(vector: shop.queries[sample % shop.queries.count], limit: 100, filter: filter)
    }
    let found = try counts(shop, query(0), count)
    EngineBenchmark.note("\(found.total) items pass")
    return try Measurement(samples: size == .smoke ? 3 : 60, results: [UInt32(found.total)]) { sample in
      _ = try index.search(shop.coded, query(sample))
      _ = FacetCounter(shop.coded, query(sample), count).run()
    } peer: { sample in
      _ = try index.search(shop.coded, query(sample))
    }
  }

  @Sendable private static func openFacets(_ size: BenchmarkSize) throws -> Measurement {
    let shop = try table(size)
    let query = SearchQuery(vector: shop.queries[0], limit: 100)
    let found = try counts(shop, query, CountQuery(facets: Array(facets.dropLast())))
    let ours = try Measurement(samples: size == .smoke ? 3 : 60, results: [UInt32(found.total)]) { _ in
      _ = FacetCounter(shop.coded, query, CountQuery(facets: Array(facets.dropLast()))).run()
    }
    return Measurement(
      microseconds: ours.microseconds, peerMicroseconds: ours.microseconds.map { _ in 300 },
      results: [UInt32(found.total)])
  }

  @Sendable private static func sort(_ size: BenchmarkSize) throws -> Measurement {
    let shop = try table(size)
    let (index, filter) = (ExactIndex(), try shop.filter("brand = tenth"))
    let order = [SortOrder(attribute: 1, descends: true)]
    func query(_ sample: Int) -> SearchQuery {
      SearchQuery(vector: shop.queries[sample % shop.queries.count], limit: 200, filter: filter)
    }
    let found = SortedScan(shop.coded, query(0), by: order).run()
    guard found.says(what: SortedScan(shop.plain, query(0), by: order).run()) else {
      throw WrongResult(description: "bands change an order")
    }
    let ids = found.candidates.map { UInt32(truncatingIfNeeded: $0.itemID.rawValue) }
    return try Measurement(samples: size == .smoke ? 3 : 60, results: ids) { sample in
      _ = SortedScan(shop.coded, query(sample), by: order).run()
    } peer: { sample in
      _ = try index.search(shop.coded, query(sample))
    }
  }

  @Sendable private static func diversity(_ size: BenchmarkSize) throws -> Measurement {
    var random = SeededRandom(seed: 22)
    let vectors = (0..<200).map { _ in random.floats(64) }
    let logits = random.floats(200).sorted(by: >)
    func order() -> [Int] {
      MarginalRelevance.order(logits: logits, Likeness(vectors: vectors), lambda: 0.3, places: 20)
    }
    let results = order().map { UInt32($0) }
    let ours = try Measurement(samples: size == .smoke ? 3 : 200, results: results) { _ in _ = order() }
    return Measurement(
      microseconds: ours.microseconds, peerMicroseconds: ours.microseconds.map { _ in 100 }, results: results)
  }
}
