/// One choice of a policy as a log has it: what was shown, how probable that was, and what came of it.
package struct LoggedChoice: Sendable, Hashable {
  /// The number of what was shown, from 0.
  package let action: Int
  /// The number of the place where it stood, from 0.
  package let place: Int
  /// Such as 1 for a click and 0 for none.
  package let reward: Double
  /// The probability with which the policy that was logged showed this at this place, above 0.
  package let propensity: Double
  /// The probability with which the policy that is to be judged would have.
  package let target: Double
  /// Choices of one unit (a shopper) depend on each other; drawn together in intervals.
  package let unit: Int

  package init(action: Int, place: Int, reward: Double, propensity: Double, target: Double, unit: Int) {
    precondition(propensity > 0, "what was shown had a probability")
    (self.action, self.place, self.reward) = (action, place, reward)
    (self.propensity, self.target, self.unit) = (propensity, target, unit)
  }

  /// How much it counts for the policy that is to be judged.
  package var weight: Double { target / propensity }
}
