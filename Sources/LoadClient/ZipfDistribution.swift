import Glibc

/// Ranks from 1 to `count`, of which rank r comes up in proportion to r to the power of −s; 0 makes all equal.
///
/// Drawn by rejection-inversion (Hörmann, Derflinger 1996): no table, O(1) for every count.
package struct ZipfDistribution: Sendable {
  private let count: Double
  private let s: Double
  private let integralOfFirst: Double
  private let integralOfAll: Double
  private let squeeze: Double

  /// A distribution over `count` ranks.
  ///
  /// - Precondition: the count is above 0 and `s` is not negative.
  package init(count: UInt64, exponent s: Double) {
    precondition(count > 0 && s >= 0, "a distribution has something to draw")
    self.count = Double(count)
    self.s = s
    integralOfFirst = Self.integral(1.5, s) - 1
    integralOfAll = Self.integral(Double(count) + 0.5, s)
    squeeze = 2 - Self.inverse(Self.integral(2.5, s) - pow(2, -s), s)
  }

  /// A rank, `1…count`.
  package func rank(_ draws: inout RequestDraws) -> UInt64 {
    guard s > 0 else { return UInt64(min(draws.unit() * count, count - 1)) + 1 }
    // Each round accepts with a probability of more than a half; the bound guards against faults of rounding.
    for _ in 0..<1000 {
      let u = integralOfAll + draws.unit() * (integralOfFirst - integralOfAll)
      let x = Self.inverse(u, s)
      let k = min(max(x.rounded(), 1), count)
      if k - x <= squeeze || u >= Self.integral(k + 0.5, s) - pow(k, -s) { return UInt64(min(k, 0x1p63)) }
    }
    return 1
  }

  /// The integral of x to the power of −s, up to a constant.
  private static func integral(_ x: Double, _ s: Double) -> Double {
    s == 1 ? log(x) : (pow(x, 1 - s) - 1) / (1 - s)
  }

  private static func inverse(_ y: Double, _ s: Double) -> Double {
    s == 1 ? exp(y) : pow(max(0, 1 + y * (1 - s)), 1 / (1 - s))
  }
}
