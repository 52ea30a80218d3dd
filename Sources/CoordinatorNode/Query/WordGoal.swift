import Vocabulary

/// What a search by words has to find.
package struct WordGoal: Sendable {
  /// How often the lists are made longer, each time twice as long.
  private static let lengtheningsMax = 3

  private let fusion: Fusion
  /// Results wanted, which are to be proven.
  private let k: Int
  /// Items wanted of each list.
  private(set) var listDepth: Int
  private var lengthenings = 0

  /// - Parameter depth: Candidates wanted of the whole cluster.
  package init(_ fusion: Fusion, k: Int, depth: Int) {
    (self.fusion, self.k) = (fusion, k)
    listDepth = min(depth, Limits.wordedSearchLimitMax)
  }

  /// Wants longer lists.
  ///
  /// - Returns: `false` if they are as long as they may be.
  mutating func lengthenLists() -> Bool {
    guard lengthenings < Self.lengtheningsMax, listDepth < Limits.wordedSearchLimitMax else { return false }
    lengthenings += 1
    listDepth = min(2 * listDepth, Limits.wordedSearchLimitMax)
    return true
  }

  /// The candidates of what is there.
  func merge(_ legs: [ScatterGather.Leg], depth: Int) -> WordMerge {
    WordMerge(
      legs.map { leg in leg.parts.last.map { ($0, leg.limit) } }, fusion: fusion, listDepth: listDepth, depth: depth,
      k: k)
  }
}
