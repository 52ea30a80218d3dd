import DataSets
package import Vocabulary

/// How much of what users see goes to each group of items, beside how much of what they wanted does.
///
/// A place p from 0 is seen with weight 1 / log₂(p + 2); every user has one part of exposure, and one of relevance.
package struct Exposure: Sendable {
  /// One group.
  package struct Group: Sendable {
    package let label: String
    /// Items of the log in it, parts of items counted as such.
    package let items: Double
    /// Shares of what was wanted and of what is shown.
    package let relevance, exposure: Double
    /// The share shown less the share wanted, with its interval over users; `nil` beyond the first groups.
    package let gap: Bootstrap.Interval?
  }

  package let name: String
  /// The largest gaps first.
  package private(set) var groups: [Group] = []

  /// - Parameters:
  ///   - k: First places that are seen.
  ///   - detailed: Groups whose gap gets an interval.
  ///   - item: An item's index in the log.
  package init(
    _ grouping: ItemGroups, _ standing: Standing, _ test: TestSet, k: Int, detailed: Int = 10, threads: Int = 1,
    item: (ItemID) -> Int?
  ) {
    name = grouping.name
    let answered = standing.cases.indices.filter { !standing.cases[$0].first.isEmpty }
    // Of each answered case, the shares of its groups: shown and wanted.
    let shares = answered.map { index in
      (
        shown: Self.shares(
          standing.cases[index].first.prefix(k).enumerated().map { (item($1), Metrics.discount($0)) }, grouping),
        wanted: Self.shares(test.cases[index].relevant.map { (Int($0), 1) }, grouping)
      )
    }
    var (exposure, relevance, items) = (Self.zeros(grouping), Self.zeros(grouping), Self.zeros(grouping))
    for (shown, wanted) in shares {
      for (group, share) in shown { exposure[group] += share / Double(shares.count) }
      for (group, share) in wanted { relevance[group] += share / Double(shares.count) }
    }
    for own in grouping.groups { for group in own { items[group] += 1 / Double(own.count) } }
    let order = grouping.labels.indices.sorted {
      (abs(exposure[$1] - relevance[$1]), $0) < (abs(exposure[$0] - relevance[$0]), $1)
    }
    let columns = order.prefix(shares.isEmpty ? 0 : detailed).map { group in
      shares.map { shown, wanted in
        shown.reduce(0) { $0 + ($1.0 == group ? $1.1 : 0) } - wanted.reduce(0) { $0 + ($1.0 == group ? $1.1 : 0) }
      }
    }
    let gaps = columns.isEmpty ? [] : Bootstrap.intervals(columns, threads: threads)
    groups = order.enumerated().map { place, group in
      Group(
        label: grouping.labels[group], items: items[group], relevance: relevance[group], exposure: exposure[group],
        gap: place < gaps.count ? gaps[place] : nil)
    }
  }

  /// The exposure of a group by its label; 0 if there is none.
  package subscript(label: String) -> Double { groups.first { $0.label.exact == label.exact }?.exposure ?? 0 }

  private static func zeros(_ grouping: ItemGroups) -> [Double] {
    [Double](repeating: 0, count: grouping.labels.count)
  }

  /// Weights of items as shares of groups, which sum to 1; items that the log does not know are left out.
  private static func shares(_ weighted: [(item: Int?, weight: Double)], _ grouping: ItemGroups) -> [(Int, Double)] {
    let known = weighted.compactMap { part in part.item.map { ($0, part.weight) } }
    let total = known.reduce(0) { $0 + $1.1 }
    return known.flatMap { item, weight in
      let own = grouping.groups[item]
      return own.map { ($0, weight / total / Double(own.count)) }
    }
  }
}
