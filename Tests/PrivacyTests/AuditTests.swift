import Foundation
import Testing
import Vocabulary

@testable import Privacy

/// The best attack there is, who knows all logs but one: what it reaches on thousands of releases is the bound, neither
/// more nor much less. So is every fault of the mechanism seen that matters.
@Suite struct AuditTests {
  /// A fault that a careless change could bring.
  enum Sabotage: CaseIterable, Sendable {
    case halfTheNoise
    case aHalfWithoutNoise
    case aUserTwice
    case noDeduplication
    case theBestOfThree
  }

  private static let itemCount = 6
  private let settings: NeighbourSettings
  private let counts: GaussianMechanism
  private let pairs: GaussianMechanism
  private let others: [[UInt32]]
  private let victim: [UInt32] = [4, 0, 2, 5]

  init() throws {
    var settings = NeighbourSettings()
    // Counts with little noise, so that the same items are kept in nearly every release and the bound is tight.
    settings.countShare = 0.5
    self.settings = settings
    let sigma = try #require(RenyiCurve.sigma(epsilon: 4, delta: 1e-6))
    (counts, pairs) = settings.mechanisms(mu: 1 / sigma)
    var random = SplitMix64(seed: 21)
    others = (0..<49).map { _ in
      var items = (0..<UInt32(Self.itemCount)).map { $0 }
      items.shuffle(using: &random)
      return Array(items.prefix(4))
    }
  }

  /// μ of both releases.
  private var mu: Double { (1 / (counts.sigma * counts.sigma) + 1 / (pairs.sigma * pairs.sigma)).squareRoot() }

  private func key(_ number: Int, _ isMember: Bool) -> NoiseKey {
    var random = SplitMix64(seed: UInt64(number) << 1 | (isMember ? 1 : 0))
    return NoiseKey(random: (0..<32).map { _ in UInt8(truncatingIfNeeded: random.next()) })
  }

  /// How much a release speaks for the victim: a bell of deviation 1 around 0 without them, around μ with them.
  private func statistic(_ number: Int, isMember: Bool, _ sabotage: Sabotage?) -> Double {
    let draws = sabotage == .theBestOfThree ? 3 : 1
    return (0..<draws).map { draw in
      evidence(key(number * 3 + draw, isMember), isMember: isMember, sabotage)
    }.max() ?? 0
  }

  private func evidence(_ key: NoiseKey, isMember: Bool, _ sabotage: Sabotage?) -> Double {
    let own = sabotage == .noDeduplication ? victim + [4, 4, 4] : victim
    let members = isMember ? (sabotage == .aUserTwice ? [own, own] : [own]) : []
    let without = PrivateLog(itemCount: Self.itemCount, histories: others)
    let log = PrivateLog(itemCount: Self.itemCount, histories: others + members)
    let alone = PrivateLog(itemCount: Self.itemCount, histories: [victim])
    func noisy(_ mechanism: GaussianMechanism) -> GaussianMechanism {
      GaussianMechanism(mechanism.name, sigma: mechanism.sigma * (sabotage == .halfTheNoise ? 0.5 : 1))
    }
    var released = ItemCounts(log)
    released.add(noisy(counts), key)
    let kept = released.kept(counts, settings)
    let exact = NeighbourSums(log, kept, settings).sums
    var table = NeighbourSums(log, kept, settings)
    table.add(noisy(pairs), key, threads: 1)
    if sabotage == .aHalfWithoutNoise {
      for cell in exact.indices where cell % 2 == 0 { table.sums[cell] = exact[cell] }
    }
    func part(_ released: [Int64], _ base: [Int64], _ moved: [Int64], _ sigma: Double) -> Double {
      zip(zip(released, base), moved).reduce(0) {
        $0 + Fixed.value($1.0.0 &- $1.0.1) * Fixed.value($1.1) / (sigma * sigma)
      }
    }
    return
      (part(released.sums, ItemCounts(without).sums, ItemCounts(alone).sums, counts.sigma)
      + part(
        table.sums, NeighbourSums(without, kept, settings).sums, NeighbourSums(alone, kept, settings).sums, pairs.sigma))
      / mu
  }

  /// By how many standard errors the attack differs from the bound, at most, over the thresholds.
  private func deviation(_ count: Int, _ sabotage: Sabotage?) -> Double {
    let with = (0..<count).map { statistic($0, isMember: true, sabotage) }
    let without = (0..<count).map { statistic($0, isMember: false, sabotage) }
    var most = 0.0
    // Φ⁻¹ of 1 − 0.01, 0.05 and 0.1.
    for threshold in [2.326347874, 1.644853627, 1.281551566] {
      for (values, mean) in [(with, mu), (without, 0)] {
        let share = AnalyticGaussian.normal(mean - threshold)
        let seen = Double(values.count { $0 > threshold }) / Double(count)
        most = max(most, abs(seen - share) / (share * (1 - share) / Double(count)).squareRoot())
      }
    }
    return most
  }

  @Test func theBestAttackReachesTheBoundAndNoMore() { #expect(deviation(4000, nil) < 4) }

  @Test(arguments: Sabotage.allCases) func everySabotageIsNoticed(_ sabotage: Sabotage) {
    // Less noise in some cells shows less than the other faults.
    #expect(deviation(sabotage == .aHalfWithoutNoise ? 4000 : 1000, sabotage) > 4)
  }
}
