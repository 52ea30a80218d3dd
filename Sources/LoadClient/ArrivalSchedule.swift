import Glibc
import Vocabulary

/// When requests are due: at even distances, at random ones as independent shoppers make them, or as a list says.
package struct ArrivalSchedule: Sendable {
  /// How arrivals are spread.
  package enum Kind: String, Sendable, CaseIterable {
    case constant
    /// Exponential distances, drawn from a seed.
    case poisson
  }

  private enum Source: Sendable {
    /// The first rate for `steady` seconds, then an even climb to the last within `climb` seconds.
    case drawn(Kind, LoadRate, steady: Double, climb: Double)
    case listed([UInt64])
  }

  private let source: Source
  private var random: SplitMix64
  /// Requests that are expected before the next one.
  private var expected: Double = 0
  private var index = 0

  /// Arrivals at a rate; the first is due at once.
  ///
  /// - Parameters:
  ///   - steadyMicroseconds: How long the first rate holds.
  ///   - climbMicroseconds: How long the climb to the last rate takes after that.
  package init(
    _ kind: Kind, rate: LoadRate, steadyMicroseconds: UInt64 = 0, climbMicroseconds: UInt64 = 1, seed: UInt64
  ) {
    source = .drawn(kind, rate, steady: Double(steadyMicroseconds) / 1e6, climb: Double(climbMicroseconds) / 1e6)
    random = SplitMix64(seed: seed)
  }

  /// Arrivals at these microseconds since the start, ascending.
  package init(microseconds: [UInt64]) {
    source = .listed(microseconds)
    random = SplitMix64(seed: 0)
  }

  /// When the next request is due, in nanoseconds since the start; never falls; `nil` behind the last of a list.
  package mutating func next() -> UInt64? {
    switch source {
    case .listed(let times):
      guard index < times.count else { return nil }
      defer { index += 1 }
      return times[index].multipliedReportingOverflow(by: 1000).partialValue
    case .drawn(let kind, let rate, let steady, let climb):
      defer { expected += kind == .constant ? 1 : -log(unit()) }
      return UInt64(min((Self.seconds(expected, rate, steady, climb) * 1e9).rounded(), 9e18))
    }
  }

  /// The time by which `expected` requests are expected: the inverse of the integral of the rate.
  private static func seconds(_ expected: Double, _ rate: LoadRate, _ steady: Double, _ climb: Double) -> Double {
    let rest = expected - rate.first * steady
    guard rest > 0, rate.first != rate.last else { return expected / rate.first }
    let slope = (rate.last - rate.first) / climb
    return steady + 2 * rest / (rate.first + max(0, rate.first * rate.first + 2 * slope * rest).squareRoot())
  }

  /// A number above 0 and up to 1.
  private mutating func unit() -> Double { (Double(random.next() >> 11) + 1) * 0x1p-53 }
}
