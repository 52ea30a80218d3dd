package import Vocabulary

/// What a model promises to each user whose log it was made of: the section `privacy` of its manifest and of its record.
///
/// It says nothing of how many users there were: that too depends on each of them.
package struct PrivacyStatement: Codable, Hashable, Sendable {
  /// A release of sums under noise.
  package struct Mechanism: Codable, Hashable, Sendable {
    package let name: String
    /// The deviation of the noise, in units of the sensitivity.
    package let sigma: Double
    /// The probability by which each user takes part.
    package let sampling: Double
    package let steps: Int
    /// What one user moves a sum by at most, in the Euclidean norm.
    package let sensitivity: Double
    /// What 1 is as a whole number.
    package let scale: Int

    package init(name: String, sigma: Double, sampling: Double, steps: Int, scale: Int) {
      (self.name, self.sigma, self.sampling, self.steps) = (name, sigma, sampling, steps)
      (sensitivity, self.scale) = (1, scale)
    }
  }

  /// How much of a user's log is read.
  package struct Clip: Codable, Hashable, Sendable {
    package let events: Int
    package let window: Int

    package init(events: Int, window: Int) { (self.events, self.window) = (events, window) }
  }

  /// Shops that made the model together.
  package struct Federated: Codable, Hashable, Sendable {
    package let silos: Int
    /// t: silos that may work together against another one without weakening its noise below the promise.
    package let colluders: Int

    package init(silos: Int, colluders: Int) { (self.silos, self.colluders) = (silos, colluders) }
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case unit, epsilon, delta, mu, mechanisms, accountant
    case keptItems = "kept_items"
    case clip, noise, federated, release
    case totalEpsilon = "total_epsilon"
  }

  package private(set) var unit = "user, add/remove"
  package let epsilon: Double
  package let delta: Double
  /// μ of all mechanisms together.
  package let mu: Double
  package let mechanisms: [Mechanism]
  package private(set) var accountant = "rdp"
  /// Items of which the model knows what follows them.
  package let keptItems: Int
  package let clip: Clip
  /// Where the noise came from: `getrandom` or `key file`.
  package let noise: String
  /// `nil`: one shop made the model.
  package let federated: Federated?
  /// The number of the release in the ledger of the data set.
  package let release: Int
  /// ε of all releases of the ledger so far, this one included.
  package let totalEpsilon: Double

  package init(
    epsilon: Double, delta: Double, mu: Double, mechanisms: [Mechanism], keptItems: Int, clip: Clip, noise: String,
    federated: Federated? = nil, release: Int, totalEpsilon: Double
  ) {
    (self.epsilon, self.delta, self.mu, self.mechanisms) = (epsilon, delta, mu, mechanisms)
    (self.keptItems, self.clip, self.noise, self.federated) = (keptItems, clip, noise, federated)
    (self.release, self.totalEpsilon) = (release, totalEpsilon)
  }

  /// What it comes to.
  package var promise: PrivacyPromise { PrivacyPromise(epsilon: epsilon, delta: delta) }

  /// The promise in a few words, as reports print it.
  package var words: String { promise.words }
}
