import DataSets
import Evaluation
import Foundation
import Storage
import Support
import Testing
import Vocabulary

@Suite struct OffPolicyTests {
  /// A log of a policy with known probabilities over actions that earn with known ones.
  private static func log(
    _ count: Int, seed: UInt64, policy: [Double], earns: [[Double]], target: [Double]
  ) -> [LoggedChoice] {
    var random = SeededRandom(seed: seed)
    func fraction() -> Double { Double(random.next() >> 11) * 0x1p-53 }
    return (0..<count).map { index in
      let place = index % earns.count
      var (rest, action) = (fraction(), 0)
      while action < policy.count - 1, rest >= policy[action] {
        rest -= policy[action]
        action += 1
      }
      return LoggedChoice(
        action: action, place: place, reward: fraction() < earns[place][action] ? 1 : 0, propensity: policy[action],
        target: target[action], unit: index)
    }
  }

  private static let earns = [[0.05, 0.1, 0.2, 0.4], [0.02, 0.04, 0.3, 0.1]]
  private static let policy = [0.5, 0.3, 0.15, 0.05]
  private static let uniform = [0.25, 0.25, 0.25, 0.25]

  @Test func estimatesAreThoseOfTheirDefinitions() throws {
    let choices = Self.log(500, seed: 1, policy: Self.policy, earns: Self.earns, target: Self.uniform)
    let estimate = OffPolicyEstimate(choices, rewards: RewardModel(uniformOver: 4, choices, prior: 10))
    // The direct definitions, on the same rows.
    let weights = choices.map { $0.target / $0.propensity }
    let n = Double(choices.count)
    let ips = zip(weights, choices).reduce(0) { $0 + $1.0 * $1.1.reward } / n
    let snips = ips * n / weights.reduce(0, +)
    var robust = 0.0
    for (index, choice) in choices.enumerated() {
      // Of the other half of the units, which here are the rows.
      func half(_ row: Int) -> UInt64 { SplitMix64.mixed(UInt64(row)) % 2 }
      let others = choices.enumerated().filter { half($0.offset) != half(index) }.map(\.element)
      func mean(_ action: Int) -> Double {
        let place = others.filter { $0.place == choice.place }
        let own = place.filter { $0.action == action }
        let prior = place.map(\.reward).reduce(0, +) / Double(place.count)
        return (own.map(\.reward).reduce(0, +) + 10 * prior) / (Double(own.count) + 10)
      }
      robust += (0..<4).map(mean).reduce(0, +) / 4 + weights[index] * (choice.reward - mean(choice.action))
    }
    #expect(abs(estimate.ips.mean - ips) < 1e-12 && abs(estimate.snips.mean - snips) < 1e-12)
    #expect(abs(try #require(estimate.doublyRobust).mean - robust / n) < 1e-12)
    #expect(abs(estimate.logged.mean - choices.map(\.reward).reduce(0, +) / n) < 1e-12)
    let squares = weights.map { $0 * $0 }.reduce(0, +)
    #expect(abs(estimate.effectiveCount - pow(weights.reduce(0, +), 2) / squares) < 1e-9)
    #expect(estimate.weightMax == 5)
  }

  @Test func intervalsHoldTheTrueValue() throws {
    let truth = Self.earns.flatMap { $0 }.reduce(0, +) / 8
    let seeds = TestScale.count(60, full: 400)
    var (held, narrower) = ([0, 0, 0], 0)
    for seed in 1...UInt64(seeds) {
      let choices = Self.log(1500, seed: seed, policy: Self.policy, earns: Self.earns, target: Self.uniform)
      let estimate = OffPolicyEstimate(
        choices, rewards: RewardModel(uniformOver: 4, choices, prior: 10), resamples: 200, seed: seed)
      let robust = try #require(estimate.doublyRobust)
      for (index, interval) in [estimate.ips, estimate.snips, robust].enumerated()
      where interval.low...interval.high ~= truth { held[index] += 1 }
      if robust.high - robust.low < estimate.ips.high - estimate.ips.low { narrower += 1 }
    }
    // Of 95 of 100, less 5 standard deviations of the count.
    let least = Double(seeds) * 0.95 - 5 * (Double(seeds) * 0.95 * 0.05).squareRoot()
    #expect(held.allSatisfy { Double($0) >= least }, "\(held) of \(seeds)")
    #expect(narrower > seeds / 2)
    TestScale.tell("off-policy intervals: IPS, SNIPS, DR hold the truth in \(held) of \(seeds)")
  }

  /// The small Open Bandit Dataset, if this names its folder: real choices with the probabilities that they had.
  private static let folder = ProcessInfo.processInfo.environment["WINNOW_OPEN_BANDIT"]

  /// The figures are those that a direct computation over the files gave before.
  @Test(
    .enabled(if: folder != nil), arguments: [("men", 34, 0.0030, 0.0032), ("women", 46, 0.0074, 0.0024)])
  func realLogsGiveTheKnownFigures(campaign: String, actions: Int, ips: Double, snips: Double) throws {
    let path = "\(try #require(Self.folder))/\(campaign)_bts.tsv.gz"
    let columns = ["time", "item", "position", "click", "propensity"] + (0..<5).map { "feature\($0)" }
    let table = try ChoiceTable(InputFile(path), TableFormat(columns: columns), target: nil)
    let choices = table.rows.enumerated().map { index, row in
      LoggedChoice(
        action: row.item, place: row.place, reward: row.reward, propensity: row.propensity, target: 1 / Double(actions),
        unit: index)
    }
    let estimate = OffPolicyEstimate(choices, rewards: RewardModel(uniformOver: actions, choices))
    #expect(choices.count == 10_000)
    #expect(abs(estimate.ips.mean - ips) <= 0.00005 && abs(estimate.snips.mean - snips) <= 0.00005)
    // What the uniform policy itself earned is in the intervals.
    let robust = try #require(estimate.doublyRobust)
    for interval in [estimate.ips, robust] { #expect(interval.low...interval.high ~= 0.0046, "\(interval)") }
  }
}
