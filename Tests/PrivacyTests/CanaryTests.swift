import Testing
import Towers
import Vocabulary

@testable import Privacy

/// Planted users of items that hardly any or very many others have: a private table hardly tells them from users who were
/// not planted, one without noise does.
@Suite struct CanaryTests {
  private static let (itemCount, plantedCount, length) = (700, 100, 30)
  private let shoppers: [[UInt32]]

  init() {
    var random = SplitMix64(seed: 77)
    shoppers = (0..<1500).map { user in
      // Few items are bought by many, and each shopper has a taste.
      let taste = UInt64(user % 5)
      return Self.distinct(12) {
        let rank = Double(random.next() >> 11) * 0x1p-53
        let item = UInt64(rank * rank * rank * Double(Self.itemCount - 100)) / 5 * 5
        return UInt32((item + (random.next() % 4 > 0 ? taste : random.next() % 5)) % UInt64(Self.itemCount - 100))
      }
    }
  }

  private static func distinct(_ count: Int, _ draw: () -> UInt32) -> [UInt32] {
    var seen: Set<UInt32> = []
    var items: [UInt32] = []
    for _ in 0..<count * 20 where items.count < count {
      let item = draw()
      if seen.insert(item).inserted { items.append(item) }
    }
    return items
  }

  private func canaries(_ count: Int, among items: Range<Int>, seed: UInt64) -> [[UInt32]] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in
      Self.distinct(Self.length) { UInt32(items.lowerBound + Int(random.next() % UInt64(items.count))) }
    }
  }

  /// How well the fit to a released table tells planted users from others: the area under the curve.
  private func area(among items: Range<Int>, seed: Int?, leastCount: Double = NeighbourSettings().leastCount) throws
    -> Double
  {
    var settings = NeighbourSettings()
    settings.leastCount = leastCount
    let planted = canaries(Self.plantedCount, among: items, seed: 5)
    let absent = canaries(300, among: items, seed: 6)
    let log = PrivateLog(itemCount: Self.itemCount, histories: shoppers + planted)
    let sigma = try #require(RenyiCurve.sigma(epsilon: 2, delta: 1e-6))
    let (counts, pairs) = settings.mechanisms(mu: 1 / sigma)
    let noise = seed.map { seed in
      (counts: counts, pairs: pairs, key: NoiseKey(random: (0..<32).map { UInt8(truncatingIfNeeded: $0 * 7 + seed) }))
    }
    let release = NeighbourRelease(log, settings, noise: noise, threads: 2)
    let table = release.table(ids: (0..<UInt64(Self.itemCount)).map { $0 }, settings)
    func fit(_ history: [UInt32]) -> Float {
      let ids = history.map { UInt64($0) }
      return (1..<ids.count).reduce(Float(0)) { sum, place in
        sum + (table.scores(Array(ids[..<place]), .init())[ids[place]] ?? 0)
      }
    }
    let (ours, theirs) = (planted.map(fit), absent.map(fit))
    let wins = ours.reduce(0.0) { sum, own in
      sum + theirs.reduce(0.0) { $0 + (own > $1 ? 1 : own == $1 ? 0.5 : 0) }
    }
    return wins / Double(ours.count * theirs.count)
  }

  @Test func withoutNoiseTheAttackWorks() throws {
    let rare = try area(among: 600..<700, seed: nil, leastCount: 1)
    #expect(rare > 0.9)
    let popular = try area(among: 0..<300, seed: nil, leastCount: 1)
    #expect(popular > 0.9)
  }

  @Test(arguments: [(600..<700, 0.62), (0..<300, 0.70)])
  func plantedUsersHardlyShow(_ items: Range<Int>, _ bound: Double) throws {
    let areas = try (1...5).map { try area(among: items, seed: $0) }
    #expect(areas.reduce(0, +) / 5 <= bound, "\(areas)")
  }
}
