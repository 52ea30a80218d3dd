package import DataSets

/// Item-based nearest neighbours (Sarwar et al. 2001): items that the same users had, by the cosine of their users,
/// recent events first.
package struct ItemNeighbours: Sendable {
  /// Which items count as neighbours, and how much.
  package struct Options: Sendable {
    /// Neighbours kept of each item.
    package var neighbours = 200
    /// Added to the product of the norms: pairs seen rarely count less.
    package var shrinkage: Float = 0
    /// The factor on an event's weight for each newer event of the user, 0…1; 1 forgets nothing.
    package var decay: Float = 1

    package init() {}
  }

  private let histories: Histories
  private let options: Options
  private let offsets: [Int]
  private let items: [UInt32]
  private let similarities: [Float]

  /// - Complexity: the sum over users of the square of their events.
  package init(_ histories: Histories, _ options: Options = Options()) {
    self.histories = histories
    self.options = options
    var users = [[UInt32]](repeating: [], count: histories.itemCount)
    let distinct = (0..<histories.userCount).map { Set(histories[$0]).sorted() }
    for (user, items) in distinct.enumerated() {
      for item in items { users[Int(item)].append(UInt32(user)) }
    }
    let norms = users.map { Float($0.count).squareRoot() }
    var (offsets, items, similarities) = ([0], [UInt32](), [Float]())
    var counts = [Float](repeating: 0, count: histories.itemCount)
    for item in 0..<histories.itemCount {
      var seen: [UInt32] = []
      for user in users[item] {
        for other in distinct[Int(user)] where Int(other) != item {
          if counts[Int(other)] == 0 { seen.append(other) }
          counts[Int(other)] += 1
        }
      }
      let scored = seen.map { other in
        (other, counts[Int(other)] / (norms[item] * norms[Int(other)] + options.shrinkage))
      }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
      for (other, similarity) in scored.prefix(options.neighbours) {
        items.append(other)
        similarities.append(similarity)
      }
      for other in seen { counts[Int(other)] = 0 }
      offsets.append(items.count)
    }
    (self.offsets, self.items, self.similarities) = (offsets, items, similarities)
  }

  /// The scores of listed items for a user, or of all.
  package func scores(user: Int, _ listed: [UInt32]?) -> [Float] {
    let all = scores(histories, user: user)
    return listed.map { $0.map { all[Int($0)] } } ?? all
  }

  /// The scores of all items for a user by other histories than those that were learned from.
  func scores(_ histories: Histories, user: Int) -> [Float] {
    var all = [Float](repeating: 0, count: histories.itemCount)
    var share: Float = 1
    for (item, weight) in zip(histories[user], histories.weights(of: user)).reversed() {
      for place in offsets[Int(item)]..<offsets[Int(item) + 1] {
        all[Int(items[place])] += share * weight * similarities[place]
      }
      share *= options.decay
      if share < 1e-6 { break }
    }
    return all
  }
}
