/// What a model promises to each user whose log it was made of: with or without the whole log of any one of them, every
/// possible model is about as likely.
public struct PrivacyPromise: Hashable, Sendable {
  /// By a factor of e^ε at most; above 0.
  public let epsilon: Double
  /// But for this probability.
  public let delta: Double

  /// A promise of both numbers.
  public init(epsilon: Double, delta: Double) { (self.epsilon, self.delta) = (epsilon, delta) }

  /// The promise in a few words, as reports print it: `private ε = 4`.
  public var words: String {
    "private ε = \(Int(exactly: epsilon).map(String.init) ?? String(epsilon))"
  }
}
