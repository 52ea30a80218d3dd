/// Random numbers by position instead of order: any thread, in any order, draws the same for the same place.
///
/// The output function of SplitMix64 (Steele, Lea, Flood 2014) over a key and a counter.
struct CounterRandom {
  private let key: UInt64

  init(seed: UInt64, stream: UInt64) {
    key = CounterRandom.mix(seed &+ CounterRandom.mix(stream &+ 0x9E37_79B9_7F4A_7C15))
  }

  func bits(_ position: UInt64) -> UInt64 { CounterRandom.mix(key &+ position &* 0x9E37_79B9_7F4A_7C15) }

  /// An integer in 0..<bound.
  func below(_ bound: Int, _ position: UInt64) -> Int {
    Int(bits(position).multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A number in 0..<1.
  func fraction(_ position: UInt64) -> Double { Double(bits(position) >> 11) * 0x1p-53 }

  private static func mix(_ x: UInt64) -> UInt64 {
    var z = x
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
