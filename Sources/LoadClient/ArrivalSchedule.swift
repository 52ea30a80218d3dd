import Glibc

/// When requests are due: at even distances, or at random ones as independent shoppers make them.
package struct ArrivalSchedule: Sendable {
  /// How arrivals are spread.
  package enum Kind: String, Sendable, CaseIterable {
    case constant
    /// Exponential distances, drawn from a seed.
    case poisson
  }

  private let kind: Kind
  private let nanosecondsMean: Double
  private var state: UInt64
  private var due: Double = 0

  /// Arrivals at so many a second; the first is due at once.
  ///
  /// - Precondition: the rate is above 0.
  package init(_ kind: Kind, rate: Double, seed: UInt64) {
    precondition(rate > 0, "arrivals need a rate")
    self.kind = kind
    nanosecondsMean = 1e9 / rate
    state = seed
  }

  /// When the next request is due, in nanoseconds since the start; never falls.
  package mutating func next() -> UInt64 {
    defer {
      switch kind {
      case .constant: due += nanosecondsMean
      case .poisson: due -= log(unit()) * nanosecondsMean
      }
    }
    return UInt64(min(due, 9e18))
  }

  /// A number above 0 and up to 1, by SplitMix64.
  private mutating func unit() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    return (Double(mixed(state) >> 11) + 1) * 0x1p-53
  }
}

/// The finaliser of SplitMix64: 64 well-spread bits from any 64.
package func mixed(_ value: UInt64) -> UInt64 {
  var z = value
  z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
  return z ^ (z >> 31)
}
