/// What a private training promises: ε and δ of this release, and how much all releases of the data set may cost.
package struct PrivacyTerms: Sendable, Equatable {
  package static let deltaDefault = 1e-6
  /// Above this ε the bound says little.
  package static let epsilonMuch = 10.0
  private static let epsilonMax = 1000.0

  package let epsilon: Double
  package let delta: Double
  /// ε of all releases together at most; `nil`: not limited.
  package let budget: Double?

  package init(
    epsilon: Double, delta: Double = deltaDefault, budget: Double? = nil
  ) throws(PrivacyError) {
    guard epsilon > 0, epsilon <= Self.epsilonMax else {
      throw PrivacyError(
        .setting, "epsilon is above 0 and at most \(Int(Self.epsilonMax))", advice: "such as epsilon=4")
    }
    guard delta > 0, delta < 1 else {
      throw PrivacyError(.setting, "delta is above 0 and below 1", advice: "such as delta=1e-6")
    }
    guard budget.map({ $0 > 0 && $0.isFinite }) ?? true else {
      throw PrivacyError(.setting, "budget is above 0", advice: "such as budget=12")
    }
    (self.epsilon, self.delta, self.budget) = (epsilon, delta, budget)
  }

  /// Reads `epsilon=4`, `delta=1e-6`, `budget=12`, each at most once.
  package init(_ words: [String]) throws(PrivacyError) {
    let values = try PrivacyTerms.numbers(words, among: ["epsilon", "delta", "budget"])
    guard let epsilon = values["epsilon"] else {
      throw PrivacyError(.setting, "epsilon is missing", advice: "such as epsilon=4,delta=1e-6,budget=12")
    }
    try self.init(epsilon: epsilon, delta: values["delta"] ?? Self.deltaDefault, budget: values["budget"])
  }

  /// Reads words of the form `name=number`, each of a known name and at most once.
  package static func numbers(_ words: [String], among names: [String]) throws(PrivacyError) -> [String: Double] {
    var values: [String: Double] = [:]
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, names.contains(parts[0]), values[parts[0]] == nil, let value = Double(parts[1]),
        value.isFinite
      else {
        throw PrivacyError(
          .setting, "'\(word)' is not one of \(names.map { "\($0)=NUMBER" }.joined(separator: ", ")), each once")
      }
      values[parts[0]] = value
    }
    return values
  }

  /// Refuses a δ that a shop of n users may not have: above 1/n it would allow to publish one of them.
  package func check(users: Int) throws(PrivacyError) {
    // How many users there are is not said: that too depends on each of them.
    guard users > 0, delta <= 1 / Double(users) else {
      throw PrivacyError(
        .setting, "delta \(delta) is above 1/n of this log's users, so it would allow to publish one of them whole",
        advice: "give a smaller delta, or train on a longer log")
    }
  }
}
