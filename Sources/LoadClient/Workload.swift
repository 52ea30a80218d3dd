import Vocabulary
package import WinnowClient

/// Which requests a load is made of: each a function of the seed and its index.
package struct Workload: Sendable {
  /// A kind of request with what it asks for.
  package enum Operation: Sendable {
    case query(RankQuery)
    case upsert
    case delete
  }

  /// The template of all queries.
  package var template: RankQuery
  /// Queries to send in turn, in place of drawn ones.
  package var listed: [RankQuery] = []
  package var users: ClosedRange<UInt64> = 1...1000
  /// Shoppers to draw from in place of the range; empty: the range.
  package var listedUsers: [UInt64] = []
  /// How much more often the first shoppers come than the last; 0: all alike.
  package var userExponent = 0.0
  /// How many items a session has; 0: the query says who asks by its user alone.
  package var sessionLengths: ClosedRange<UInt64> = 0...0
  /// Where items of sessions are drawn from.
  package var items: ClosedRange<UInt64> = 1...1000
  /// Items to draw from in place of the range; empty: the range.
  package var listedItems: [UInt64] = []
  package var k: WeightedChoice?
  package var depth: WeightedChoice?
  package var filters: FilterWindows?
  /// The weights of queries, writes and removals.
  package var mix: (query: Double, upsert: Double, delete: Double) = (1, 0, 0)
  package let seed: UInt64

  /// A load of this one query, with shoppers of a seed.
  package init(template: RankQuery, seed: UInt64) {
    self.template = template
    self.seed = seed
  }

  /// Whether it changes the collection.
  package var writes: Bool { mix.upsert > 0 || mix.delete > 0 }

  /// The request of an index.
  package func operation(_ index: Int) -> Operation {
    guard writes else { return .query(query(index)) }
    var draws = RequestDraws(seed: seed ^ 0x5752_4954, index: index)
    let place = draws.unit() * (mix.query + mix.upsert + mix.delete)
    return place < mix.query ? .query(query(index)) : place < mix.query + mix.upsert ? .upsert : .delete
  }

  /// The query of an index, the same in every run with the same seed.
  package func query(_ index: Int) -> RankQuery {
    guard listed.isEmpty else { return listed[index % listed.count] }
    var draws = RequestDraws(seed: seed, index: index)
    var query = template
    query.user = UserID(user(&draws))
    if sessionLengths.upperBound > 0 {
      query.sessionItems = (0..<draws.member(of: sessionLengths)).map { _ in ItemID(item(&draws)) }
    }
    if let k { query.k = k.value(&draws) }
    if let depth { query.depth = depth.value(&draws) }
    query.depth = max(query.k, query.depth)
    if let filters { query.filter = filters.filter(&draws) }
    return query
  }

  private func user(_ draws: inout RequestDraws) -> UInt64 {
    let range = listedUsers.isEmpty ? users : 0...UInt64(listedUsers.count - 1)
    let (span, isAll) = (range.upperBound - range.lowerBound).addingReportingOverflow(1)
    let drawn =
      isAll || userExponent == 0
      ? draws.member(of: range)
      : range.lowerBound + ZipfDistribution(count: span, exponent: userExponent).rank(&draws) - 1
    return listedUsers.isEmpty ? drawn : listedUsers[Int(drawn)]
  }

  /// An item that is drawn.
  package func item(_ draws: inout RequestDraws) -> UInt64 {
    listedItems.isEmpty
      ? draws.member(of: items) : listedItems[Int(draws.member(of: 0...UInt64(listedItems.count - 1)))]
  }
}
