import Testing
import Vocabulary

@testable import Privacy

/// The steps of a private network: what one user moves, who takes part, and the best attack on one step.
@Suite struct StepSumTests {
  private static let parameters = 40

  private func key(_ number: UInt64) -> NoiseKey {
    var random = SplitMix64(seed: number)
    return NoiseKey(random: (0..<32).map { _ in UInt8(truncatingIfNeeded: random.next()) })
  }

  private func settings(q: Double = 0.5) throws -> StepSettings { try StepSettings(["users=100", "q=\(q)"]) }

  @Test func noGradientMovesTheSumByMoreThanOne() {
    var random = SplitMix64(seed: 3)
    func draw(_ size: Double) -> Double { (Double(random.next() >> 11) * 0x1p-53 - 0.5) * size }
    for size in [0, 1e-9, 0.1, 1, 3, 1e4, 1e150] {
      for _ in 0..<50 {
        let gradient = (0..<Self.parameters).map { _ in draw(size) }
        var sum = StepSum(parameters: Self.parameters)
        sum.add(gradient, clip: 0.5)
        #expect(Fixed.isWithin1(sum.sums) && sum.leftOut == 0)
        guard size == 0.1 else { continue }
        // A short gradient stays what it is: none of it is made longer.
        for (value, part) in zip(sum.sums, gradient) {
          let made = Fixed.value(value) * 0.5
          #expect(abs(made - part) < 1e-7)
        }
      }
    }
    for strange in [Double.nan, .infinity, -.infinity, 1e200] {
      var sum = StepSum(parameters: 3)
      sum.add([0.5, strange, 1], clip: 1)
      #expect(sum.sums == [0, 0, 0] && sum.leftOut == 1)
    }
    var one = StepSum(parameters: 1)
    one.add([-7], clip: 2)
    #expect(one.sums == [-(1 << 24)])
  }

  @Test func everyParameterHasNoise() throws {
    let mechanism = GaussianMechanism("network steps", sigma: 2, sampling: 0.5, steps: 3)
    var sum = StepSum(parameters: 4000)
    sum.add(mechanism, key(1), step: 0)
    #expect(sum.sums.allSatisfy { $0 != 0 })
    let variance: Double = sum.sums.reduce(0.0) { $0 + Fixed.value($1) * Fixed.value($1) } / 4000
    #expect(abs(variance / 4 - 1) < 0.12)
    var next = StepSum(parameters: 4000)
    next.add(mechanism, key(1), step: 1)
    #expect(zip(sum.sums, next.sums).count { $0 == $1 } < 4)
  }

  @Test func everyUserTakesPartByACoinOfTheirOwn() throws {
    let settings = try settings(q: 0.3)
    let steps = (0..<3).map { settings.members(of: 20_000, step: $0, key(2)) }
    let users = 20_000.0
    func far(_ count: Int, _ share: Double) -> Double {
      let spread = (users * share * (1 - share)).squareRoot()
      return abs(Double(count) - users * share) / spread
    }
    for members in steps {
      #expect(far(members.count, 0.3) < 4)
      #expect(zip(members, members.dropFirst()).allSatisfy { $0 < $1 })
    }
    // Coins of two steps, and of two keys, are independent.
    for other in [steps[1], settings.members(of: 20_000, step: 0, key(3))] {
      let both = Set(steps[0]).intersection(other)
      #expect(far(both.count, 0.09) < 4)
    }
    let all = try self.settings(q: 1).members(of: 50, step: 0, key(2))
    #expect(all == Array(0..<50))
  }

  @Test func allReleasesTogetherKeepThePromiseAndWasteNothing() throws {
    for (epsilon, words) in [
      (1.0, ["users=10"]), (4, ["users=6000", "steps=200", "q=0.01"]), (8, ["users=6000", "q=1", "share=0.5"]),
    ] {
      let terms = try PrivacyTerms(epsilon: epsilon)
      let steps = try StepSettings(words)
      let sigma = try #require(RenyiCurve.sigma(epsilon: epsilon, delta: terms.delta))
      let (counts, pairs) = NeighbourSettings().mechanisms(mu: (1 - steps.share).squareRoot() / sigma)
      let network = try #require(steps.mechanism(terms, beside: [counts, pairs]))
      let spent = RenyiCurve([counts, pairs, network]).epsilon(delta: terms.delta).epsilon
      #expect(spent <= epsilon && spent > epsilon * 0.9999)
      #expect(network.sampling == steps.sampling && network.steps == steps.steps)
    }
  }

  @Test func settingsWithoutAMeaningAreRefused() {
    for words in [
      [], ["steps=3"], ["users=0"], ["users=1.5"], ["users=x"], ["users=9", "users=9"], ["users=9", "steps=0"],
      ["users=9", "steps=10001"], ["users=9", "q=0"], ["users=9", "q=1.01"], ["users=9", "q=-0.1"],
      ["users=9", "q=nan"],
      ["users=9", "clip=0"], ["users=9", "clip=-1"], ["users=9", "rate=0"], ["users=9", "share=0"],
      ["users=9", "share=1"], ["users=9", "epochs=3"], ["users=9", "q=1e-12"],
    ] {
      let error = #expect(throws: PrivacyError.self, "\(words)") { try StepSettings(words) }
      #expect(error?.kind == .setting)
    }
  }

  // MARK: The audit

  /// A fault that a careless change could bring.
  enum Sabotage: CaseIterable, Sendable {
    case halfTheNoise
    case aHalfWithoutNoise
    case noClipping
    case allTakePart
    case theBestOfThree
  }

  private static let sigma = 0.7

  /// How much one step speaks for a victim whose gradient is known, as longer than the clip as a careless victim's is: a
  /// bell around 0 without them, and with them around 1/σ as often as their coin says.
  private func statistic(_ number: Int, isMember: Bool, _ sabotage: Sabotage?) throws -> Double {
    let settings = try settings()
    let direction = (0..<Self.parameters).map { _ in 1 / Double(Self.parameters).squareRoot() }
    let draws = (0..<(sabotage == .theBestOfThree ? 3 : 1)).map { draw in
      let key = key(UInt64(number * 8 + draw * 2 + (isMember ? 1 : 0)))
      let takesPart = sabotage == .allTakePart || !settings.members(of: 1, step: 0, key).isEmpty
      var sum = StepSum(parameters: Self.parameters)
      if isMember, takesPart {
        if sabotage == .noClipping { for _ in 0..<3 { sum.add(direction, clip: 1) } }
        if sabotage != .noClipping { sum.add(direction.map { $0 * 3 }, clip: 1) }
      }
      let exact = sum.sums
      sum.add(
        GaussianMechanism("", sigma: Self.sigma * (sabotage == .halfTheNoise ? 0.5 : 1), sampling: 0.5), key, step: 0)
      return direction.indices.reduce(0.0) { total, place in
        let isBare = sabotage == .aHalfWithoutNoise && place % 2 == 0
        let seen = Fixed.value(isBare ? exact[place] : sum.sums[place])
        return total + seen * direction[place] / Self.sigma
      }
    }
    return draws.max() ?? 0
  }

  /// By how many standard errors the attack differs from what the mechanism allows, at most, over the thresholds.
  private func deviation(_ count: Int, _ sabotage: Sabotage?) throws -> Double {
    let with = try (0..<count).map { try statistic($0, isMember: true, sabotage) }
    let without = try (0..<count).map { try statistic($0, isMember: false, sabotage) }
    var most = 0.0
    for threshold in [2.326347874, 1.644853627, 1.281551566] {
      let none = AnalyticGaussian.normal(-threshold)
      let half = 0.5 * none + 0.5 * AnalyticGaussian.normal(1 / Self.sigma - threshold)
      for (values, share) in [(with, half), (without, none)] {
        let seen = Double(values.count { $0 > threshold }) / Double(count)
        most = max(most, abs(seen - share) / (share * (1 - share) / Double(count)).squareRoot())
      }
    }
    return most
  }

  @Test func theBestAttackOnAStepReachesWhatIsAllowedAndNoMore() throws { #expect(try deviation(4000, nil) < 4) }

  @Test(arguments: Sabotage.allCases) func everySabotageIsNoticed(_ sabotage: Sabotage) throws {
    #expect(try deviation(2000, sabotage) > 4)
  }
}
