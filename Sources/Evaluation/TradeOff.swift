import Arrangement
import DataSets
import Kernels
package import Vocabulary

/// What a step behind the logits costs in NDCG, and what it brings, at ten strengths: diversity, or exposure of groups.
package struct TradeOff: Sendable {
  /// One strength.
  package struct Point: Sendable {
    /// λ of diversity, or what a list's exposure that is owed adds to a logit.
    package let strength: Double
    package let ndcg: Bootstrap.Interval
    /// Less that of strength 0, over the same users.
    package let difference: Bootstrap.Interval
    /// The mean similarity of two of the first k; or half the sum over groups of how far their shares of the exposure lie
    /// from their targets.
    package let measure: Double
    /// The same of the last group alone; `nil` for diversity.
    package let lastGroup: Double?
  }

  /// The first candidates of a case, best first.
  private struct List: Sendable {
    let rows: [UInt32]
    let logits: [Float]
    /// Places in `rows` of the relevant items; `nil`: not among them.
    let relevant: [Int?]
  }

  package let name: String
  /// Of k first places.
  package let k: Int
  /// Ten, the first without the step.
  package private(set) var points: [Point] = []

  /// The first λ that gives up a tenth of the NDCG, or the last group's error halved: `nil` if none does.
  package func first(where condition: (Point, _ base: Point) -> Bool) -> Point? {
    points.first.flatMap { base in points.dropFirst().first { condition($0, base) } }
  }

  /// The lists of all cases.
  private static func lists(
    _ ranker: TwoPhaseRanker, _ test: TestSet, depth: Int, threads: Int, progress: @escaping @Sendable (Int) -> Void
  ) -> [List] {
    CaseRun.map(count: test.cases.count, threads: threads, room: { CatalogueRoom() }, progress: progress) {
      index, room in
      let query = test.query(index)
      guard let user = ranker.vectors(of: query.user) else {
        return List(rows: [], logits: [], relevant: query.relevant.map { _ in nil })
      }
      let items = ranker.ranked(query, user, depth: depth, in: &room)
      let rows = items.compactMap { ranker.served.ids.row(of: $0.item) }
      return List(
        rows: rows, logits: items.map(\.logit),
        relevant: query.relevant.map { item in items.firstIndex { $0.item == item } })
    }
  }

  private static func ndcg(_ list: List, _ order: some Sequence<Int>, k: Int) -> Double {
    var places = [Int](repeating: RankedCase.unranked, count: list.rows.count)
    for (place, position) in order.enumerated() { places[position] = place }
    return Metrics.ndcg(list.relevant.map { $0.map { places[$0] } ?? RankedCase.unranked }, at: k)
  }

  private mutating func add(
    _ strength: Double, _ values: [Double], _ base: [Double], _ measure: Double, _ last: Double?
  ) {
    points.append(
      Point(
        strength: strength, ndcg: Bootstrap.interval(values), difference: Bootstrap.paired(values, base),
        measure: measure, lastGroup: last))
  }

  /// Maximal marginal relevance at λ from 0 to 0.9, by the items' vectors.
  ///
  /// - Parameter window: Candidates that are placed.
  package init(
    diversityOf ranker: TwoPhaseRanker, _ test: TestSet, window: Int, k: Int, threads: Int,
    progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) {
    (name, self.k) = ("diversity", k)
    let lists = Self.lists(ranker, test, depth: window, threads: threads, progress: progress)
    var base: [Double] = []
    for step in 0..<10 {
      let lambda = Float(step) / 10
      let found = CaseRun.map(count: lists.count, threads: threads, room: { 0 }) { index, _ -> (Double, Double) in
        let list = lists[index]
        let likeness = Likeness(
          vectors: list.rows.map { ranker.served.embeddings.row(Int($0)) }, kernels: ranker.kernels)
        let order = MarginalRelevance.order(logits: list.logits, likeness, lambda: lambda, places: k)
        return (Self.ndcg(list, order, k: k), Double(likeness.mean(of: order.prefix(k))))
      }
      let values = found.map(\.0)
      if step == 0 { base = values }
      add(Double(step) / 10, values, base, found.reduce(0) { $0 + $1.1 } / Double(max(found.count, 1)), nil)
    }
  }

  /// Exposure over time at ten strengths: the cases one after another, each group's target its share of the events that
  /// the model may have learned from.
  ///
  /// - Parameter item: An item's index in the log.
  package init(
    exposureOf groups: ItemGroups, _ ranker: TwoPhaseRanker, _ test: TestSet, window: Int, k: Int, threads: Int,
    progress: @escaping @Sendable (Int) -> Void = { _ in }, item: (ItemID) -> Int?
  ) {
    (name, self.k) = (groups.name, k)
    let lists = Self.lists(ranker, test, depth: window, threads: threads, progress: progress)
    var targets = [Double](repeating: 0, count: groups.labels.count)
    let popularity = test.learned.popularity
    for (item, count) in popularity.enumerated() { targets[groups.groups[item][0]] += Double(count) }
    let events = targets.reduce(0, +)
    targets = targets.map { events > 0 ? $0 / events : 0 }
    let groupOfRow = (0..<ranker.served.ids.count).map { row in
      item(ranker.served.ids[UInt32(row)]).map { groups.groups[$0][0] }
    }
    var base: [Double] = []
    for strength in [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10] {
      var balance = ExposureBalance(groups: targets.count)
      var values: [Double] = []
      for list in lists {
        let additions = targets.indices.map { Float(strength * balance.owed($0, target: targets[$0])) }
        let own = list.rows.map { groupOfRow[Int($0)] }
        let order = ExposureBalance.order(logits: list.logits, additions: own.map { $0.map { additions[$0] } ?? 0 })
        values.append(Self.ndcg(list, order, k: k))
        balance.add(order.prefix(k).map { own[$0] })
      }
      if strength == 0 { base = values }
      let errors = targets.indices.map { abs(balance.share(of: $0) - targets[$0]) }
      add(strength, values, base, errors.reduce(0, +) / 2, Self.last(groups).map { errors[$0] } ?? errors.last)
    }
  }

  /// The group of the least popular items, where groups are deciles.
  private static func last(_ groups: ItemGroups) -> Int? { groups.labels.firstIndex { $0.hasPrefix("10,") } }
}
