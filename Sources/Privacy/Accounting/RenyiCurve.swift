import DataSets

/// What releases cost together: the Rényi divergence at each of a list of orders, which adds up from release to release
/// (`proto-spec/12-privacy.md`).
package struct RenyiCurve: Sendable, Equatable {
  /// α, ascending.
  static let orders = Array(2...64) + [72, 80, 96, 128, 160, 192, 256, 320, 384, 512, 768, 1024]

  /// `[orders]`
  private var divergences = [Double](repeating: 0, count: orders.count)
  private var isEmpty = true

  /// The cost of no release.
  package init() {}

  /// The cost of some releases.
  package init(_ mechanisms: [GaussianMechanism]) {
    for mechanism in mechanisms { add(mechanism) }
  }

  /// Adds a release.
  package mutating func add(_ mechanism: GaussianMechanism) {
    isEmpty = false
    for (place, order) in Self.orders.enumerated() { divergences[place] += mechanism.divergence(order: order) }
  }

  /// The least ε that holds with δ, and the order that shows it (Canonne, Kamath, Steinke 2020).
  package func epsilon(delta: Double) -> (epsilon: Double, order: Int) {
    // No order of the list shows that nothing costs nothing.
    guard !isEmpty else { return (0, Self.orders[0]) }
    var best = (epsilon: Double.infinity, order: Self.orders[0])
    for (order, divergence) in zip(Self.orders, divergences) {
      let alpha = Double(order)
      let epsilon = max(
        0, divergence + Transcendental.log1p(-1 / alpha) - Transcendental.log(delta * alpha) / (alpha - 1))
      if epsilon < best.epsilon { best = (epsilon, order) }
    }
    return best
  }

  /// The least σ of the mechanism by which ε of it and of the other releases is at most this one.
  ///
  /// - Returns: `nil` if not even σ = 2⁴⁰ is enough.
  package static func sigma(
    epsilon: Double, delta: Double, sampling: Double = 1, steps: Int = 1, beside others: [GaussianMechanism] = []
  ) -> Double? {
    let spent = RenyiCurve(others)
    func isEnough(_ sigma: Double) -> Bool {
      var curve = spent
      curve.add(GaussianMechanism("", sigma: sigma, sampling: sampling, steps: steps))
      return curve.epsilon(delta: delta).epsilon <= epsilon
    }
    var (low, high) = (0.0, 1.0)
    while !isEnough(high) {
      (low, high) = (high, high * 2)
      if high > 0x1p40 { return nil }
    }
    // The upper end is always enough, so it is the one to use.
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if isEnough(middle) { high = middle } else { low = middle }
    }
    return high
  }
}
