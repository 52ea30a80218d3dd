import Foundation
import Testing

@testable import Privacy

/// The noise against its exact probabilities.
@Suite struct DiscreteGaussianTests {
  static let key = NoiseKey(random: (0..<32).map { UInt8($0) })

  private func draws(_ noise: DiscreteGaussian, count: Int, row: UInt64 = 0) -> [Int64] {
    var stream = NoiseStream(Self.key, .pairs, row: row)
    return (0..<count).map { _ in noise.draw(&stream) }
  }

  @Test(arguments: [(1, 2), (3, 1)] as [(UInt64, UInt64)]) func smallNoiseHasItsProbabilities(
    _ sigma: UInt64, _ parts: UInt64
  ) {
    let deviation = Double(sigma) / Double(parts)
    let count = 60_000
    let range = Int(deviation * 4 + 1)
    let weights = (-60...60).map { exp(-Double($0 * $0) / (2 * deviation * deviation)) }
    let total = weights.reduce(0, +)
    var seen: [Int64: Int] = [:]
    for draw in draws(DiscreteGaussian(sigma: sigma, parts: parts), count: count) { seen[draw, default: 0] += 1 }
    var (square, cells) = (0.0, 0)
    for value in -range...range {
      let expected = Double(count) * weights[value + 60] / total
      guard expected >= 5 else { continue }
      let difference = Double(seen[Int64(value)] ?? 0) - expected
      (square, cells) = (square + difference * difference / expected, cells + 1)
    }
    // χ² of as many cells lies within 6 deviations of its mean; the key is fixed, so the test is too.
    #expect(square < Double(cells) + 6 * (2 * Double(cells)).squareRoot())
  }

  @Test func fineNoiseHasTheMomentsAndTailsOfABell() {
    let scale = 0x1p24
    let values = draws(DiscreteGaussian(deviation: 1), count: 40_000).map { Double($0) / scale }
    let n = Double(values.count)
    let mean = values.reduce(0, +) / n
    let variance = values.reduce(0) { $0 + $1 * $1 } / n
    #expect(abs(mean) < 5 / n.squareRoot())
    #expect(abs(variance - 1) < 5 * (2 / n).squareRoot())
    for (end, share) in [(1.0, 0.3173105), (2.0, 0.0455003), (3.0, 0.0026998)] {
      let beyond = Double(values.count { abs($0) > end })
      #expect(abs(beyond - n * share) < 5 * (n * share).squareRoot())
    }
  }

  @Test func aRowsNoiseDependsOnKeyPurposeAndRowAlone() {
    let noise = DiscreteGaussian(deviation: 2)
    #expect(draws(noise, count: 50, row: 7) == draws(noise, count: 50, row: 7))
    #expect(draws(noise, count: 50, row: 7) != draws(noise, count: 50, row: 8))
    var other = NoiseStream(Self.key, .counts, row: 7)
    let drawn = (0..<50).map { _ in noise.draw(&other) }
    #expect(drawn != draws(noise, count: 50, row: 7))
  }

  @Test func aCoinOfAFractionIsExact() {
    var stream = NoiseStream(Self.key, .figures, row: 0)
    for (numerator, denominator) in [(1, 3), (1, UInt128(1) << 80), ((UInt128(1) << 90) / 3, UInt128(1) << 90)] {
      let count = 30_000
      let seen = Double((0..<count).count { _ in stream.happens(numerator, of: denominator) })
      let share = Double(numerator) / Double(denominator)
      #expect(abs(seen - Double(count) * share) <= 5 * (Double(count) * share * (1 - share)).squareRoot() + 1)
    }
    let (always, never) = (stream.happens(3, of: 3), stream.happens(0, of: 3))
    #expect(always && !never)
  }
}
