/// What a policy would have earned per choice, from the log of another one.
///
/// IPS (Horvitz and Thompson 1952): mean of w·r, unbiased, with wide intervals where weights are large. SNIPS: Σw·r / Σw,
/// a little biased and much steadier. Doubly robust (Dudík, Langford, Li 2011): the expectation of a reward model, corrected
/// by w times what it missed; unbiased as IPS is, and the narrower the better the model is.
package struct OffPolicyEstimate: Sendable, Equatable {
  /// What was earned, of the policy that was logged.
  package let logged: Bootstrap.Interval
  package let ips, snips: Bootstrap.Interval
  /// `nil`: the policy is not known but for what was shown.
  package let doublyRobust: Bootstrap.Interval?
  /// (Σw)² / Σw²: as many choices of the policy itself would say about as much.
  package let effectiveCount: Double
  package let weightMax: Double

  /// - Parameters:
  ///   - choices: Not empty.
  ///   - rewards: Estimates rewards, for a policy that is known in whole.
  package init(_ choices: [LoggedChoice], rewards: RewardModel?, resamples: Int = 1000, seed: UInt64 = 1) {
    precondition(!choices.isEmpty, "a log of choices")
    let unitCount = (choices.map(\.unit).max() ?? 0) + 1
    func sums(_ value: (LoggedChoice) -> Double) -> [Double] {
      var sums = [Double](repeating: 0, count: unitCount)
      for choice in choices { sums[choice.unit] += value(choice) }
      return sums
    }
    func interval(_ numerator: [Double], over denominator: [Double]) -> Bootstrap.Interval {
      Bootstrap.ratio(numerator, denominator, resamples: resamples, seed: seed)
    }
    let counts = sums { _ in 1 }
    let weighted = sums { $0.weight * $0.reward }
    logged = interval(sums(\.reward), over: counts)
    ips = interval(weighted, over: counts)
    snips = interval(weighted, over: sums(\.weight))
    doublyRobust = rewards.map { rewards in
      var sums = [Double](repeating: 0, count: unitCount)
      for (index, choice) in choices.enumerated() {
        let missed = choice.reward - rewards.reward(of: choice, at: index)
        sums[choice.unit] += rewards.expectation(of: choice, at: index) + choice.weight * missed
      }
      return interval(sums, over: counts)
    }
    let (total, squares) = choices.reduce((0.0, 0.0)) { ($0.0 + $1.weight, $0.1 + $1.weight * $1.weight) }
    effectiveCount = squares > 0 ? total * total / squares : 0
    weightMax = choices.reduce(0) { max($0, $1.weight) }
  }
}
