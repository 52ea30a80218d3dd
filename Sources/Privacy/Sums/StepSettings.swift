/// How a private network learns: a fixed number of steps, in each of which every user takes part on their own coin.
package struct StepSettings: Sendable, Equatable {
  /// n₀: about how many users there are. It has to be public: the number of users depends on each of them.
  package var users: Int
  /// T: the number is said beforehand, and does not depend on what the steps bring.
  package var steps = 60
  /// q: the probability by which each user takes part in a step, in whole parts of 2⁻³².
  package private(set) var sampling = StepSettings.parts(0.3)
  /// C: a user's longer gradient is made as long as this.
  package var clip = 1.0
  /// The rate at the beginning; it falls to 0.
  package var rate = 0.3
  /// The share of the budget μ² that the steps get.
  package var share = 0.05
  /// Of each user the newest events that are learned from.
  package let eventsMax = 10

  package init(users: Int) { self.users = users }

  /// Reads `users=6000` and perhaps `steps=60`, `q=0.3`, `clip=1`, `rate=0.3`, `share=0.05`, each at most once.
  package init(_ words: [String]) throws(PrivacyError) {
    let values = try PrivacyTerms.numbers(words, among: ["users", "steps", "q", "clip", "rate", "share"])
    guard let users = values["users"] else {
      throw PrivacyError(
        .setting, "users is missing: about how many there are, as a number that everybody may know",
        advice: "such as users=6000,steps=60,q=0.3,clip=1,rate=0.3,share=0.05")
    }
    func whole(_ name: String, _ value: Double, max: Int) throws(PrivacyError) -> Int {
      guard let whole = Int(exactly: value), (1...max).contains(whole) else {
        throw PrivacyError(.setting, "\(name) is a whole number of 1 to \(max)")
      }
      return whole
    }
    self.init(users: try whole("users", users, max: 1_000_000_000))
    steps = try whole("steps", values["steps"] ?? Double(steps), max: 10_000)
    sampling = Self.parts(values["q"] ?? sampling)
    guard sampling > 0, sampling <= 1 else { throw PrivacyError(.setting, "q is above 0 and at most 1") }
    (clip, rate, share) = (values["clip"] ?? clip, values["rate"] ?? rate, values["share"] ?? share)
    guard clip > 0, clip <= 1e6 else { throw PrivacyError(.setting, "clip is above 0 and at most 1,000,000") }
    guard rate > 0, rate <= 10 else { throw PrivacyError(.setting, "rate is above 0 and at most 10") }
    guard share > 0, share < 1 else { throw PrivacyError(.setting, "share is above 0 and below 1") }
  }

  /// The noise of the steps beside other releases, so that all together keep the promise.
  ///
  /// - Returns: `nil` if no noise is enough.
  package func mechanism(_ terms: PrivacyTerms, beside others: [GaussianMechanism]) -> GaussianMechanism? {
    guard
      let sigma = RenyiCurve.sigma(
        epsilon: terms.epsilon, delta: terms.delta, sampling: sampling, steps: steps, beside: others)
    else { return nil }
    return GaussianMechanism(
      "network steps", sigma: (sigma * Fixed.one).rounded(.up) / Fixed.one, sampling: sampling, steps: steps)
  }

  /// All that the steps depend on beside the log and the release.
  var text: String { "\(users) \(steps) \(sampling) \(clip) \(rate) \(share) \(eventsMax)" }

  private static let wholeParts = 0x1p32

  /// The number of parts that coins are drawn with: the accountant knows the same.
  private static func parts(_ sampling: Double) -> Double { (sampling * wholeParts).rounded() / wholeParts }

  /// Who takes part in a step, by coins of the noise key: who does not know it does not know them.
  package func members(of users: Int, step: Int, _ key: NoiseKey) -> [Int] {
    var stream = NoiseStream(key, .coins, row: UInt64(step))
    let parts = UInt64(sampling * Self.wholeParts)
    return (0..<users).filter { _ in stream.word() >> 32 < parts }
  }
}
