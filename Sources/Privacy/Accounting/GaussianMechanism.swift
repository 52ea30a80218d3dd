import DataSets

/// A release of sums of which one user moves each by at most 1 in the Euclidean norm, under Gaussian noise.
package struct GaussianMechanism: Sendable, Codable, Equatable {
  /// Which sum was released.
  package let name: String
  /// The deviation of the noise, in units of what one user may move.
  package let sigma: Double
  /// The probability q by which each user takes part, on their own coin; 1: all do.
  package let sampling: Double
  /// How often it was done.
  package let steps: Int

  package init(_ name: String, sigma: Double, sampling: Double = 1, steps: Int = 1) {
    (self.name, self.sigma, self.sampling, self.steps) = (name, sigma, sampling, steps)
  }

  /// What is wrong with it, in words; `nil` if it has a meaning.
  package var fault: String? {
    guard sigma > 0, sigma.isFinite else { return "sigma is above 0" }
    guard sampling > 0, sampling <= 1 else { return "q is above 0 and at most 1" }
    guard steps >= 1 else { return "steps are 1 or more" }
    return nil
  }

  /// The Rényi divergence of an order that all its steps together reach at most (Mironov, Talwar, Zhang 2019).
  func divergence(order: Int) -> Double {
    let alpha = Double(order)
    guard sampling < 1 else { return Double(steps) * alpha / (2 * sigma * sigma) }
    let (logTaken, logLeft) = (Transcendental.log(sampling), Transcendental.log1p(-sampling))
    var terms: [Double] = []
    terms.reserveCapacity(order + 1)
    var choices = 0.0
    for taken in 0...order {
      let k = Double(taken)
      // ln of α over k, one factor more each time.
      if taken > 0 { choices += Transcendental.log(alpha - k + 1) - Transcendental.log(k) }
      terms.append(choices + k * logTaken + (alpha - k) * logLeft + (k * k - k) / (2 * sigma * sigma))
    }
    let most = terms.max() ?? 0
    let sum = terms.reduce(0) { $0 + Transcendental.exp($1 - most) }
    return Double(steps) * max(0, most + Transcendental.log(sum)) / (alpha - 1)
  }
}
