import DataSets
import Vocabulary

/// Draws from a fixed distribution in constant time (Walker's alias method as by Vose, 1991).
struct AliasTable: Sendable {
  private let shares: [Double]
  private let aliases: [UInt32]
  /// The probability of each outcome.
  let probabilities: [Double]

  /// - Parameter weights: ≥ 0, at least one above.
  init(_ weights: [Double]) {
    let total = weights.reduce(0, +)
    precondition(total > 0 && total.isFinite, "weights that add up to \(total)")
    probabilities = weights.map { $0 / total }
    var shares = weights.map { $0 / total * Double(weights.count) }
    var aliases = weights.indices.map(UInt32.init)
    var small = weights.indices.filter { shares[$0] < 1 }
    var large = weights.indices.filter { shares[$0] >= 1 }
    while let poor = small.popLast(), let rich = large.last {
      aliases[poor] = UInt32(rich)
      shares[rich] -= 1 - shares[poor]
      if shares[rich] < 1 {
        large.removeLast()
        small.append(rich)
      }
    }
    // Places left over by rounding get 1.
    for left in small + large where aliases[left] == UInt32(left) { shares[left] = 1 }
    self.shares = shares
    self.aliases = aliases
  }

  func draw(_ random: CounterRandom, _ position: UInt64) -> Int {
    let bits = random.bits(position)
    let column = Int(bits.multipliedFullWidth(by: UInt64(shares.count)).high)
    let fraction = Double((bits &* SplitMix64.step ^ bits >> 29) >> 11) * 0x1p-53
    return fraction < shares[column] ? column : Int(aliases[column])
  }
}
