package import DataSets

/// Ranking without learning, to compare with: the most popular first.
package struct PopularityBaseline: Sendable {
  private let scores: [Float]

  package init(_ histories: Histories) { scores = histories.popularity.map(Float.init) }

  /// The scores of listed items, or of all.
  package func scores(_ items: [UInt32]?) -> [Float] { items.map { $0.map { scores[Int($0)] } } ?? scores }
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
