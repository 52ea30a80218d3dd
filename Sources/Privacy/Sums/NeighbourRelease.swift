import DataSets
package import Towers

/// Both releases of a private training: all that is learned of the log. What is made of them is free.
package struct NeighbourRelease: Sendable, Equatable {
  package let counts: ItemCounts
  package let kept: KeptItems
  package let sums: NeighbourSums

  /// Releases made of sums that have their noise.
  package init(_ counts: ItemCounts, _ kept: KeptItems, _ sums: NeighbourSums) {
    precondition(sums.size == kept.count, "sums of the kept items")
    (self.counts, self.kept, self.sums) = (counts, kept, sums)
  }

  /// Makes both releases of a log: the counts first, since they say of which items pairs are summed.
  ///
  /// - Parameter noise: `nil`: no noise is added, and nothing may be released.
  package init(
    _ log: PrivateLog, _ settings: NeighbourSettings,
    noise: (counts: GaussianMechanism, pairs: GaussianMechanism, key: NoiseKey)?, threads: Int
  ) {
    var counts = ItemCounts(log)
    if let noise { counts.add(noise.counts, noise.key) }
    let kept = counts.kept(noise?.counts ?? GaussianMechanism("", sigma: 0), settings)
    var sums = NeighbourSums(log, kept, settings)
    if let noise { sums.add(noise.pairs, noise.key, threads: threads) }
    self.init(counts, kept, sums)
  }

  /// N: what each kept item says of the others, without negative sums and weighed by the counts.
  func neighbours(_ a: Int, _ settings: NeighbourSettings, _ factors: Factors) -> [(other: Int, weight: Float)] {
    var row: [(other: Int, weight: Float)] = []
    for b in 0..<kept.count where b != a {
      let sum = sums.value(a, b)
      guard sum > 0 else { continue }
      let weight = Float(sum * factors.from[a] * factors.to[b])
      if weight > 0 { row.append((b, weight)) }
    }
    return row
  }

  /// What the counts make of a sum: c_a^(p − 0.5) · c_b^(p − 0.3).
  struct Factors {
    let from, to: [Double]

    init(_ kept: KeptItems, _ settings: NeighbourSettings) {
      from = kept.counts.map { Transcendental.power($0, settings.power - 0.5) }
      to = kept.counts.map { Transcendental.power($0, settings.power - 0.3) }
    }
  }

  /// The table of neighbours that is served.
  ///
  /// - Parameter ids: Of the items of the public list.
  package func table(ids: [UInt64], _ settings: NeighbourSettings) -> NeighbourTable {
    let factors = Factors(kept, settings)
    var rows: [(id: UInt64, neighbours: [(id: UInt64, weight: Float)])] = []
    for a in 0..<kept.count {
      let best = neighbours(a, settings, factors).sorted { ($1.weight, $0.other) < ($0.weight, $1.other) }
        .prefix(settings.neighbours)
      rows.append((ids[Int(kept.items[a])], best.map { (ids[Int(kept.items[$0.other])], $0.weight) }))
    }
    return NeighbourTable(rows: rows)
  }

  /// The table as shares of each row, `[K, K]`; a row without a positive sum is of zeros.
  package func dense(_ settings: NeighbourSettings) -> [Float] {
    let factors = Factors(kept, settings)
    var shares = [Float](repeating: 0, count: kept.count * kept.count)
    for a in 0..<kept.count {
      let row = neighbours(a, settings, factors)
      let sum = row.reduce(Float(0)) { $0 + $1.weight }
      for (b, weight) in row { shares[a * kept.count + b] = weight / sum }
    }
    return shares
  }

  /// How much each item of the list counts among those of which nothing else is known: its share of the greatest count,
  /// at a weight below that of any neighbour, `[items]`.
  package var popularity: [Float] {
    let most = counts.sums.max().map { Fixed.value($0) } ?? 0
    guard most > 0 else { return [Float](repeating: 0, count: counts.sums.count) }
    return counts.sums.indices.map { Float(1e-6 * max(counts.value($0), 0) / most) }
  }
}
