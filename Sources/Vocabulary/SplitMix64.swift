/// A generator of pseudo-random numbers of integer operations only: a seed gives the same ones on every machine.
///
/// Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014.
package struct SplitMix64: RandomNumberGenerator, Sendable {
  @usableFromInline package var state: UInt64

  /// A generator that replays whenever it is made with the same seed.
  @inlinable package init(seed: UInt64) { state = seed }

  /// The next 64 uniformly distributed bits.
  @inlinable package mutating func next() -> UInt64 {
    state &+= Self.step
    return Self.mixed(state)
  }

  /// What the state grows by: 2⁶⁴ over the golden ratio, odd.
  @inlinable package static var step: UInt64 { 0x9E37_79B9_7F4A_7C15 }

  /// The generator's output function, a bijection: 64 well-spread bits from any 64.
  @inlinable package static func mixed(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
