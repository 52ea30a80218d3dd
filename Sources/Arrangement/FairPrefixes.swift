/// FA*IR (Zehlike et al. 2017) for several groups: every prefix of a list has as many candidates of each group as a
/// binomial test of the group's share allows at least.
///
/// The best candidate takes a place if all minima can still be met behind it; else the best of those with which they can.
package struct FairPrefixes: Sendable {
  /// The places that are arranged.
  package static let placesMax = 200

  /// For each group the least number among the first n + 1 places. `[g][n]`
  let least: [[Int]]

  /// The minima of groups with these shares: the least number whose binomial distribution function is above the
  /// significance. Where shares near 1 ask for more than there are places, the later group waits for a place.
  package init(shares: [Double], significance: Double, places: Int) {
    let wanted = shares.map { share in
      (1...max(places, 1)).map { Self.least(of: $0, share: share, significance: significance) }
    }
    var least = wanted
    var before = [Int](repeating: 0, count: shares.count)
    for n in 0..<max(places, 1) {
      var room = n + 1 - before.reduce(0, +)
      for g in least.indices {
        let more = min(room, max(0, wanted[g][n] - before[g]))
        before[g] += more
        room -= more
        least[g][n] = before[g]
      }
    }
    self.least = least
  }

  /// The least number of n drawn whose distribution function, for a share, is above the significance.
  private static func least(of n: Int, share: Double, significance: Double) -> Int {
    guard share > 0 else { return 0 }
    guard share < 1 else { return n }
    // The terms of the binomial distribution, each from the one before it.
    var term = (0..<n).reduce(1.0) { product, _ in product * (1 - share) }
    var sum = term
    var m = 0
    while sum <= significance, m < n {
      term *= Double(n - m) / Double(m + 1) * share / (1 - share)
      m += 1
      sum += term
    }
    return m
  }

  /// The places of a list in an order with which the minima hold, as far as there are candidates for it.
  ///
  /// - Parameter groups: Of the candidates, best first; `nil`: none of the groups.
  package func order(of groups: [Int?]) -> [Int] {
    let places = min(least.first?.count ?? 0, groups.count)
    // The candidates of each group that are left, best first; the last queue has those without a group.
    var queues = [[Int]](repeating: [], count: least.count + 1)
    for (place, group) in groups.enumerated() { queues[group ?? least.count].append(place) }
    var heads = [Int](repeating: 0, count: queues.count)
    var counts = [Int](repeating: 0, count: least.count)
    var order: [Int] = []
    while order.count < places {
      let open = queues.indices.filter { heads[$0] < queues[$0].count }
        .sorted { queues[$0][heads[$0]] < queues[$1][heads[$1]] }
      guard let first = open.first else { break }
      let chosen = open.first { isFeasible(taking: $0, counts, queues, heads, at: order.count, places) } ?? first
      order.append(queues[chosen][heads[chosen]])
      heads[chosen] += 1
      if chosen < least.count { counts[chosen] += 1 }
    }
    let taken = Set(order)
    return order + groups.indices.filter { !taken.contains($0) }
  }

  /// Whether the minima of all later prefixes can be met once a group has taken the place at `n`.
  private func isFeasible(
    taking group: Int, _ counts: [Int], _ queues: [[Int]], _ heads: [Int], at n: Int, _ places: Int
  ) -> Bool {
    for prefix in n..<places {
      var needed = 0
      for g in least.indices {
        let count = counts[g] + (g == group ? 1 : 0)
        // What a group has no candidates for, no order can give.
        let most = counts[g] + queues[g].count - heads[g]
        needed += max(0, min(least[g][prefix], most) - count)
      }
      if needed > prefix - n { return false }
    }
    return true
  }
}
