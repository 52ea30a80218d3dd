import Evaluation

/// An experiment with two arms whose shoppers click or do not, which is looked at as it grows.
package struct SimulatedExperiment {
  /// The share of shoppers of the first arm who click.
  package static let rate = 0.5
  /// The gain that the test is made to find, as a share of the rate.
  package static let gain = 0.02
  private static let looks = 20

  /// The shoppers of an arm that the calculator asks for: to find the gain in four experiments of five.
  package static var perArm: Int { SequentialTest.unitCount(effect: rate * gain, variance: rate * (1 - rate)) / 2 }

  /// The looks at which its interval excludes 0, 1…20.
  package let exclusions: [Int]

  /// Runs it.
  ///
  /// - Parameter gain: What the second arm's rate is above the first one's, as a share of that.
  package init(seed: UInt64, gain: Double) {
    var random = SeededRandom(seed: seed)
    let test = SequentialTest(effect: Self.rate * Self.gain)
    var (a, b) = (SequentialTest.Arm(), SequentialTest.Arm())
    // Draws below these of 2³² are clicks; two draws of a number.
    let (first, second) = (UInt64(Self.rate * 0x1p32), UInt64(Self.rate * (1 + gain) * 0x1p32))
    exclusions = (1...Self.looks).filter { _ in
      for _ in 0..<(Self.perArm / Self.looks) {
        let bits = random.next()
        a.add(bits >> 32 < first ? 1 : 0)
        b.add(bits & 0xFFFF_FFFF < second ? 1 : 0)
      }
      return test.difference(a, b)?.excludesZero ?? false
    }
  }

  /// How many of these find a difference at some look.
  package static func found(_ seeds: Range<UInt64>, gain: Double) -> Int {
    seeds.count { !SimulatedExperiment(seed: $0, gain: gain).exclusions.isEmpty }
  }
}
