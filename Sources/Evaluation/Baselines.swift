package import DataSets

/// Ranking without learning, to compare with: the most popular first.
package struct PopularityBaseline: Sendable {
  private let scores: [Float]

  package init(_ histories: Histories) { scores = histories.popularity.map(Float.init) }

  /// The scores of listed items, or of all.
  package func scores(_ items: [UInt32]?) -> [Float] { items.map { $0.map { scores[Int($0)] } } ?? scores }
}

/// What a user has had comes first, by how often, where an event counts half after a half-life; then what sells.
package struct OwnCountsBaseline: Sendable {
  private static let halfLifeMilliseconds = 90.0 * 86_400_000

  private let given: Histories
  /// Below 1, so that nothing comes before what the user has had.
  private let shares: [Float]

  /// - Parameters:
  ///   - learned: Says what sells.
  ///   - given: Says what users have had.
  package init(_ learned: Histories, given: Histories) {
    self.given = given
    let counts = learned.popularity
    let most = Float((counts.max() ?? 0) + 1)
    shares = counts.map { Float($0) / most }
  }

  /// The scores of all items for a user at a time; `nil` counts all events alike.
  package func scores(user: Int, milliseconds: Int64?) -> [Float] {
    var sums = [Double](repeating: 0, count: shares.count)
    for (item, time) in zip(given[user], given.times(of: user)) {
      let age = milliseconds.map { max(0, Double($0) - Double(time)) } ?? 0
      sums[Int(item)] += Transcendental.power(2, -age / Self.halfLifeMilliseconds)
    }
    return zip(sums, shares).map { $0 > 0 ? 1 + Float($0) : $1 }
  }
}

/// What a user has had comes first, the latest and most frequent most: for shops where people buy again.
package struct OwnHistoryBaseline: Sendable {
  private let histories: Histories
  private let decay: Float

  /// - Parameter decay: What an event counts less for each newer one, 0…1.
  package init(_ histories: Histories, decay: Float = 0.9) {
    self.histories = histories
    self.decay = decay
  }

  /// The scores of listed items for a user, or of all.
  package func scores(user: Int, _ items: [UInt32]?) -> [Float] {
    var all = [Float](repeating: 0, count: histories.itemCount)
    var share: Float = 1
    for (item, weight) in zip(histories[user], histories.weights(of: user)).reversed() {
      all[Int(item)] += weight * share
      share *= decay
    }
    return items.map { $0.map { all[Int($0)] } } ?? all
  }
}
