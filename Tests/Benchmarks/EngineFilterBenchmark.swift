import Support
import Filters
import Retrieval
import Vocabulary

/// A search with a filter or with ids to leave out, beside the same search without, one query at a time on one thread.
struct EngineFilterBenchmark {
  enum Restriction: Sendable {
    /// The text of a filter.
    case filter(String)
    /// Leave out so many ids, the best of the items among them.
    case exclude(Int)
  }

  let restriction: Restriction

  func run(_ size: BenchmarkSize) throws -> Measurement {
    guard let shop = try EngineTable(.factors, hasAttributes: true, size) else {
      throw WrongResult(description: "no data")
    }
    let index = ExactIndex()
    let count = UInt64(shop.items.count)
    var excluded: [ItemID] = []
    if case .exclude(let most) = restriction {
      // In no order, as a history comes; what the first query likes best is among them.
      excluded = try index.search(shop.coded, SearchQuery(vector: shop.queries[0], limit: 1000)).candidates.map(
        \.itemID)
      excluded += (0..<UInt64(min(most, Int(count) / 2)) - 1000).map { ItemID($0 &* 7919 % count) }
    }
    let filter = if case .filter(let text) = restriction { try shop.filter(text) } else { nil as TypedFilter? }
    func query(_ sample: Int) -> SearchQuery {
      SearchQuery(
        vector: shop.queries[sample % shop.queries.count], limit: 100, filter: filter, exclude: ExcludeSet(excluded))
    }
    func restricted(_ snapshot: Snapshot, _ sample: Int) throws -> SearchOutcome {
      try index.search(snapshot, query(sample))
    }
    var results: [UInt32] = []
    var passed = 0
    for sample in shop.queries.indices {
      let (outcome, slow) = (try restricted(shop.coded, sample), try restricted(shop.plain, sample))
      guard outcome.says(what: slow) else { throw WrongResult(description: "codes and lists change an answer") }
      passed = outcome.passedCount
      results += outcome.candidates.flatMap {
        [UInt32(truncatingIfNeeded: $0.itemID.rawValue), $0.score.value.bitPattern]
      }
    }
    EngineBenchmark.note("\(passed) of \(count) items pass")
    let times = PhaseTimes()
    let watched = ExactIndex(watch: times.end)
    for sample in shop.queries.indices {
      let query = query(sample)
      times.start()
      _ = try watched.search(shop.coded, query)
    }
    EngineBenchmark.note("a query's time: \(times.text(queries: shop.queries.count))")
    return try Measurement(samples: size == .smoke ? 3 : 60, results: results) { sample in
      _ = try restricted(shop.coded, sample)
    } peer: { sample in
      _ = try index.search(shop.coded, SearchQuery(vector: shop.queries[sample % shop.queries.count], limit: 100))
    }
  }
}
