package import Vocabulary

/// One of the 4,096 parts of the id space; every item lies in exactly one, for ever.
package struct Slot: RawRepresentable, Hashable, Comparable, Sendable {
  /// 0…4,095.
  package let rawValue: UInt16

  /// - Returns: `nil` outside 0…4,095.
  package init?(rawValue: UInt16) {
    guard rawValue < Limits.slotCount else { return nil }
    self.rawValue = rawValue
  }

  /// The slot in the top twelve bits of a hash.
  init(hash: UInt64) { rawValue = UInt16(truncatingIfNeeded: hash >> 52) }

  /// Every slot, ascending.
  package static let all = (0..<UInt16(Limits.slotCount)).compactMap(Slot.init(rawValue:))

  package static func < (a: Slot, b: Slot) -> Bool { a.rawValue < b.rawValue }
}

/// The slot of an item: the top twelve bits of its mixed id. Frozen: clients and shards of every version agree on it.
package func slot(of item: ItemID) -> Slot { Slot(hash: mixed(item.rawValue)) }

/// The 64-bit finaliser of MurmurHash3 (fmix64), a bijection in which every input bit moves every output bit.
func mixed(_ value: UInt64) -> UInt64 {
  var k = value
  k ^= k >> 33
  k = k &* 0xFF51_AFD7_ED55_8CCD
  k ^= k >> 33
  k = k &* 0xC4CE_B9FE_1A85_EC53
  k ^= k >> 33
  return k
}
