import DataSets

/// The exact guarantee of Gaussian noise without sampling, of the continuous kind (Balle, Wang 2018; Dong, Roth, Su 2019):
/// shown beside the one that counts, which also holds for discrete noise.
package enum AnalyticGaussian {
  /// μ of releases together: √(Σ T/σ²); `nil` if one of them samples.
  package static func mu(_ mechanisms: [GaussianMechanism]) -> Double? {
    guard mechanisms.allSatisfy({ $0.sampling == 1 }) else { return nil }
    return mechanisms.reduce(0) { $0 + Double($1.steps) / ($1.sigma * $1.sigma) }.squareRoot()
  }

  /// δ of μ at ε.
  package static func delta(mu: Double, epsilon: Double) -> Double {
    normal(mu / 2 - epsilon / mu) - Transcendental.exp(epsilon + logNormal(-mu / 2 - epsilon / mu))
  }

  /// The least ε that holds with δ.
  package static func epsilon(mu: Double, delta: Double) -> Double {
    var (low, high) = (0.0, 1.0)
    while Self.delta(mu: mu, epsilon: high) > delta, high < 0x1p40 { (low, high) = (high, high * 2) }
    return bisect(&low, &high) { Self.delta(mu: mu, epsilon: $0) <= delta }
  }

  /// The greatest μ whose ε is at most this one.
  package static func mu(epsilon: Double, delta: Double) -> Double {
    var (high, low) = (1.0, 0.0)
    while Self.delta(mu: high, epsilon: epsilon) <= delta, high < 0x1p20 { (low, high) = (high, high * 2) }
    _ = bisect(&low, &high) { Self.delta(mu: $0, epsilon: epsilon) > delta }
    return low
  }

  /// Halves an interval until both ends are one number; gives the end at which `isAbove`.
  private static func bisect(_ low: inout Double, _ high: inout Double, isAbove: (Double) -> Bool) -> Double {
    for _ in 0..<200 {
      let middle = (low + high) / 2
      guard middle > low, middle < high else { break }
      if isAbove(middle) { high = middle } else { low = middle }
    }
    return high
  }

  /// Φ(x).
  static func normal(_ x: Double) -> Double { Transcendental.erfc(-x * 0.5.squareRoot()) / 2 }

  /// ln Φ(x), also far out where Φ(x) itself is 0.
  private static func logNormal(_ x: Double) -> Double {
    guard x < -35 else { return Transcendental.log(normal(x)) }
    // The first terms of the series that Φ has there.
    let square = x * x
    return -square / 2 - Transcendental.log(-x * (2 * Double.pi).squareRoot())
      + Transcendental.log1p(-1 / square + 3 / (square * square))
  }
}
