import Vocabulary

/// Mean rewards by action and place, for doubly robust estimates; each choice is judged by means that were taken without it.
///
/// Two halves of the units, divided by a hash of their numbers, estimate for each other. A mean of few choices is drawn towards the mean of its place, as if
/// `prior` choices of that had been among them.
package struct RewardModel: Sendable {
  private let halves: [Half]
  private let isFirst: [Bool]

  /// Means of one half.
  private struct Half: Sendable {
    /// `[places][actions]`.
    var means: [[Double]]
    /// What the policy that is to be judged earns at each place, `[places]`.
    var expectations: [Double]
  }

  /// The model for the policy that shows each action with the same probability at every place.
  ///
  /// - Parameter actionCount: How many actions there are; those of the choices are below it.
  package init(uniformOver actionCount: Int, _ choices: [LoggedChoice], prior: Double = 100) {
    let placeCount = (choices.map(\.place).max() ?? -1) + 1
    isFirst = choices.map { SplitMix64.mixed(UInt64($0.unit)) % 2 == 0 }
    let isFirst = isFirst
    halves = [true, false].map { half in
      var sums = [[(reward: Double, count: Double)]](
        repeating: .init(repeating: (0, 0), count: actionCount), count: placeCount)
      for (index, choice) in choices.enumerated() where isFirst[index] == half {
        sums[choice.place][choice.action].reward += choice.reward
        sums[choice.place][choice.action].count += 1
      }
      let means = sums.map { actions in
        let (reward, count) = actions.reduce((0.0, 0.0)) { ($0.0 + $1.reward, $0.1 + $1.count) }
        let mean = count > 0 ? reward / count : 0
        return actions.map { ($0.reward + prior * mean) / ($0.count + prior) }
      }
      return Half(means: means, expectations: means.map { $0.reduce(0, +) / Double(actionCount) })
    }
  }

  /// The half that has not seen a choice.
  private func other(_ index: Int) -> Half { halves[isFirst[index] ? 1 : 0] }

  /// What a choice is expected to earn.
  func reward(of choice: LoggedChoice, at index: Int) -> Double { other(index).means[choice.place][choice.action] }

  /// What the policy that is to be judged is expected to earn where a choice was made.
  func expectation(of choice: LoggedChoice, at index: Int) -> Double { other(index).expectations[choice.place] }
}
