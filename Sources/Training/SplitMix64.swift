/// A generator of pseudo-random numbers of integer operations only: a seed gives the same shop on every machine.
///
/// Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014.
struct SplitMix64 {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// An integer in 0..<bound.
  mutating func below(_ bound: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(bound)).high) }

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
