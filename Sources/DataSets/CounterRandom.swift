import Vocabulary

/// Random numbers by position instead of order: any thread, in any order, draws the same for the same place.
///
/// The output function of SplitMix64 (Steele, Lea, Flood 2014) over a key and a counter.
package struct CounterRandom {
  private let key: UInt64

  package init(seed: UInt64, stream: UInt64) {
    key = SplitMix64.mixed(seed &+ SplitMix64.mixed(stream &+ SplitMix64.step))
  }

  /// 64 random bits.
  package func bits(_ position: UInt64) -> UInt64 { SplitMix64.mixed(key &+ position &* SplitMix64.step) }

  /// An integer in 0..<bound.
  package func below(_ bound: Int, _ position: UInt64) -> Int {
    Int(bits(position).multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A number in 0..<1.
  package func fraction(_ position: UInt64) -> Double { Double(bits(position) >> 11) * 0x1p-53 }
}
