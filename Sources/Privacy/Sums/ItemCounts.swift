import DataSets

/// How often each item of a public list was had, where every user counts 1 in all: the first release.
package struct ItemCounts: Sendable, Equatable {
  /// Whole numbers of 2⁻²⁴, `[items]`; below 0 where noise says so.
  package internal(set) var sums: [Int64]

  package init(sums: [Int64]) { self.sums = sums }

  /// The sums of a log, without noise: not to be released.
  package init(_ log: PrivateLog) {
    sums = [Int64](repeating: 0, count: log.itemCount)
    for history in log.histories {
      let share = Self.share(of: history.count)
      for item in history { sums[Int(item)] &+= share }
    }
  }

  /// What one of a user's items counts: the norm over all of them is at most 1.
  static func share(of count: Int) -> Int64 { Fixed.toward0(1 / Double(count).squareRoot()) }

  /// Adds noise to every item of the list, also to those that no user has had.
  package mutating func add(_ mechanism: GaussianMechanism, _ key: NoiseKey, sharedBy silos: Int = 1) {
    let noise = DiscreteGaussian(deviation: mechanism.sigma / Double(silos).squareRoot())
    var stream = NoiseStream(key, .counts, row: 0)
    for item in sums.indices { sums[item] &+= noise.draw(&stream) }
  }

  /// c of an item.
  package func value(_ item: Int) -> Double { Fixed.value(sums[item]) }

  /// K: the items whose count stands out of the noise, ascending.
  package func kept(_ mechanism: GaussianMechanism, _ settings: NeighbourSettings) -> KeptItems {
    let least = max(settings.leastCount, 4 * mechanism.sigma)
    return KeptItems(self, sums.indices.filter { value($0) > least }.map { UInt32($0) }, settings)
  }
}

/// The items that pairs are summed of, with what each counts in a pair; depends on released counts alone.
package struct KeptItems: Sendable, Equatable {
  /// Places in the public list, ascending, `[K]`.
  package let items: [UInt32]
  /// Their counts c, `[K]`.
  package let counts: [Double]
  /// w = c^−p, `[K]`.
  let weights: [Double]

  init(_ counts: ItemCounts, _ items: [UInt32], _ settings: NeighbourSettings) {
    self.items = items
    self.counts = items.map { counts.value(Int($0)) }
    weights = self.counts.map { Transcendental.power($0, -settings.power) }
  }

  /// K.
  package var count: Int { items.count }

  /// Cells of the triangle over them.
  package var cellCount: Int { count * max(0, count - 1) / 2 }
}
