import DataSets

/// An interval for the difference of two means that holds however often it is looked at while the data grows.
///
/// The mixture sequential probability ratio test (Robbins 1970; Johari, Pekelis, Walsh 2015): the likelihood ratio of
/// differences drawn from N(0, τ²) against none is a martingale, so that it passes 1/α at any time with probability α at
/// most. τ is chosen before the data, by the effect that is looked for, so that the interval is narrowest at the planned size.
package struct SequentialTest: Sendable, Equatable {
  /// One arm so far.
  package struct Arm: Sendable, Equatable {
    package private(set) var count = 0
    private var sum = 0.0
    private var squares = 0.0

    package init() {}

    /// Adds a unit, such as a shopper with the number of clicks.
    package mutating func add(_ value: Double) {
      count += 1
      sum += value
      squares += value * value
    }

    package var mean: Double { count > 0 ? sum / Double(count) : 0 }

    /// Of a unit; 0 for fewer than two.
    package var variance: Double {
      guard count > 1 else { return 0 }
      return max(0, squares - sum * sum / Double(count)) / Double(count - 1)
    }
  }

  /// τ² by the variance of the difference at the planned size: the interval there is within 1 % of the narrowest for
  /// levels from 90 % to 99 %.
  private static let mixture = 8.0

  /// The share of experiments without any difference in which an interval may ever exclude 0.
  package let alpha: Double
  /// τ².
  private let spread: Double

  /// - Parameter effect: The difference of the means that is looked for, above 0.
  package init(effect: Double, alpha: Double = 0.05, power: Double = 0.8) {
    precondition(effect > 0 && 0 < alpha && alpha < 1 && 0.5 < power && power < 1, "an effect that can be found")
    self.alpha = alpha
    let planned = effect / (Self.bound(alpha) + Normal.quantile(power))
    spread = Self.mixture * planned * planned
  }

  /// How many standard deviations off the difference has to be at the planned size.
  private static func bound(_ alpha: Double) -> Double {
    let logarithm = Transcendental.log(((1 + mixture).squareRoot()) / alpha)
    return (2 * (1 + mixture) / mixture * logarithm).squareRoot()
  }

  /// The units of both arms together by which an effect is found with a probability, at the last look at the latest.
  ///
  /// - Parameters:
  ///   - variance: Of a unit.
  ///   - share: Of the units that are in the second arm.
  package static func unitCount(
    effect: Double, variance: Double, share: Double = 0.5, alpha: Double = 0.05, power: Double = 0.8
  ) -> Int {
    let deviations = bound(alpha) + Normal.quantile(power)
    let units = variance * (1 / share + 1 / (1 - share)) * deviations * deviations / (effect * effect)
    return units < 1e15 ? Int(units.rounded(.up)) : Int.max
  }

  /// The difference b − a with its interval; `nil`: too few units in an arm.
  package func difference(_ a: Arm, _ b: Arm) -> Bootstrap.Interval? {
    guard a.count > 1, b.count > 1 else { return nil }
    let difference = b.mean - a.mean
    let variance = a.variance / Double(a.count) + b.variance / Double(b.count)
    guard variance > 0 else { return nil }
    let width =
      (2 * variance * (variance + spread) / spread
      * Transcendental.log(((variance + spread) / variance).squareRoot() / alpha)).squareRoot()
    return Bootstrap.Interval(mean: difference, low: difference - width, high: difference + width)
  }

  /// Whether units came to the second arm as they should: a split that does not keep its shares is broken, and so is what
  /// it compares. Wrong in one of 1,000 experiments at most, however often it is asked.
  ///
  /// - Parameter share: Of the units that are to be in the second arm.
  package static func keepsShares(_ a: Int, _ b: Int, share: Double) -> Bool {
    let count = Double(a + b)
    guard count > 0 else { return true }
    let variance = share * (1 - share) / count
    // Shares that are off by a hundredth matter.
    let (spread, alpha) = (1e-4, 0.001)
    let off = Double(b) / count - share
    let limit =
      2 * variance * (variance + spread) / spread
      * Transcendental.log(((variance + spread) / variance).squareRoot() / alpha)
    return off * off <= limit
  }
}

/// The normal distribution.
enum Normal {
  /// The z below which a normal value lies with a probability between 0 and 1.
  static func quantile(_ probability: Double) -> Double {
    var (low, high) = (-40.0, 40.0)
    for _ in 0..<100 {
      let middle = (low + high) / 2
      if Transcendental.erfc(-middle / 2.0.squareRoot()) / 2 < probability { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
