/// The exposure that groups have had over many lists, and what each is owed (FairCo, Morik et al. 2020).
///
/// The exposure of place n, from 1, is 1 / log2(n + 1).
package struct ExposureBalance: Sendable, Equatable {
  /// Of each group; what has none of the groups counts in `total` alone.
  package private(set) var exposures: [Double]
  /// Of all places of all lists.
  package private(set) var total = 0.0
  /// Lists so far.
  package private(set) var lists: UInt64 = 0

  /// Nothing has been shown yet.
  package init(groups: Int) { exposures = [Double](repeating: 0, count: groups) }

  /// What was kept of an earlier one; `nil`: the numbers belong to no lists.
  package init?(exposures: [Double], total: Double, lists: UInt64) {
    guard total.isFinite, exposures.allSatisfy({ $0 >= 0 && $0 <= total }), (total > 0) == (lists > 0) else {
      return nil
    }
    (self.exposures, self.total, self.lists) = (exposures, total, lists)
  }

  /// Adds a list of groups, the first place first; `nil`: none of them.
  package mutating func add(_ groups: some Collection<Int?>) {
    for (place, group) in groups.enumerated() {
      let exposure = Self.exposure(place)
      total += exposure
      if let group { exposures[group] += exposure }
    }
    if !groups.isEmpty { lists &+= 1 }
  }

  /// The share of the exposure that a group has had.
  package func share(of group: Int) -> Double { total > 0 ? exposures[group] / total : 0 }

  /// What a group is owed, in lists: its target of all exposure less what it had, over that of a mean list; 0 or more.
  package func owed(_ group: Int, target: Double) -> Double {
    guard total > 0, lists > 0 else { return 0 }
    return max(0, target * total - exposures[group]) / (total / Double(lists))
  }

  /// The exposure of a place, from 0.
  package static func exposure(_ place: Int) -> Double { 1 / Log2.of(Double(place + 2)) }

  /// The places of a list in the order that gives groups more of the exposure that they are owed.
  ///
  /// The logits, sorted, stand at the places of the list; each gets its group's addition, and the sums are sorted.
  ///
  /// - Parameters:
  ///   - logits: Of the list, in its order.
  ///   - additions: Of each candidate.
  package static func order(logits: [Float], additions: [Float]) -> [Int] {
    let sorted = logits.sorted(by: >)
    let sums = zip(sorted, additions).map { $0 + $1 }
    return logits.indices.sorted { (sums[$0], $1) > (sums[$1], $0) }
  }
}

/// The logarithm to base 2, by squaring: without a library whose bits differ.
private enum Log2 {
  /// Of a number from 1 on.
  static func of(_ x: Double) -> Double {
    var (whole, rest) = (Double(x.exponent), x.significand)
    var bit = 0.5
    for _ in 0..<40 {
      rest *= rest
      if rest >= 2 {
        rest /= 2
        whole += bit
      }
      bit /= 2
    }
    return whole
  }
}
