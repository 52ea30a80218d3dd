package import Bytes
import Vocabulary

/// A set of slots as a bitmap of 512 bytes.
package struct SlotSet: Hashable, Sendable {
  /// Bit `s % 64` of word `s / 64` is slot `s`.
  package private(set) var words: [UInt64]

  /// The empty set.
  package init() { words = [UInt64](repeating: 0, count: Limits.slotCount / 64) }

  /// The set of some slots.
  package init(_ slots: some Sequence<Slot>) {
    self.init()
    for slot in slots { insert(slot) }
  }

  /// The set of all 4,096 slots.
  package static var all: SlotSet {
    var set = SlotSet()
    for i in set.words.indices { set.words[i] = .max }
    return set
  }

  /// Whether a slot is in the set.
  package func contains(_ slot: Slot) -> Bool { words[Int(slot.rawValue >> 6)] >> UInt64(slot.rawValue & 63) & 1 == 1 }

  /// Adds a slot.
  package mutating func insert(_ slot: Slot) { words[Int(slot.rawValue >> 6)] |= 1 << UInt64(slot.rawValue & 63) }

  /// Takes a slot out.
  package mutating func remove(_ slot: Slot) { words[Int(slot.rawValue >> 6)] &= ~(1 << UInt64(slot.rawValue & 63)) }

  /// Adds every slot of another set.
  package mutating func formUnion(_ other: SlotSet) { for i in words.indices { words[i] |= other.words[i] } }

  /// Keeps only the slots that are also in another set.
  package mutating func formIntersection(_ other: SlotSet) { for i in words.indices { words[i] &= other.words[i] } }

  /// Takes out every slot of another set.
  package mutating func subtract(_ other: SlotSet) { for i in words.indices { words[i] &= ~other.words[i] } }

  /// Whether every slot of the set is in another one too.
  package func isSubset(of other: SlotSet) -> Bool { zip(words, other.words).allSatisfy { $0 & ~$1 == 0 } }

  /// Whether no slot of the set is in another one.
  package func isDisjoint(with other: SlotSet) -> Bool { zip(words, other.words).allSatisfy { $0 & $1 == 0 } }

  /// How many slots are in the set, 0…4,096.
  package var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// Whether no slot is in the set.
  package var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

  /// The slots, ascending.
  package var slots: [Slot] {
    var slots: [Slot] = []
    slots.reserveCapacity(count)
    for (place, word) in words.enumerated() {
      var rest = word
      while rest != 0 {
        if let slot = Slot(rawValue: UInt16(64 * place + rest.trailingZeroBitCount)) { slots.append(slot) }
        rest &= rest - 1
      }
    }
    return slots
  }

  /// Reads the 64 little-endian words of a set.
  package init(from reader: inout ByteReader) throws(ByteError) {
    words = try reader.readArray(count: Limits.slotCount / 64)
  }

  /// Writes the 64 little-endian words of the set.
  package func write(to writer: inout ByteWriter) { writer.write(array: words) }
}
