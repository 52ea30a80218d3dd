import Vocabulary

/// What the synthetic shop and the trainers draw.
extension SplitMix64 {
  /// An integer in 0..<bound.
  package mutating func below(_ bound: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(bound)).high) }

  /// A bell-shaped integer in -32...32 around 0, of standard deviation 10.
  mutating func bell() -> Int { (0..<4).reduce(0) { sum, _ in sum + below(17) } - 32 }

  /// `count` different integers in 0..<bound, in random order.
  mutating func sample(_ count: Int, below bound: Int) -> [Int] {
    var chosen: [Int] = []
    while chosen.count < min(count, bound) {
      let candidate = below(bound)
      if !chosen.contains(candidate) { chosen.append(candidate) }
    }
    return chosen
  }
}
