import Kernels

/// A set of rows of one block, a bit each.
package struct RowBits: Equatable, Sendable {
  /// Row r is bit r mod 64 of word r / 64; rows beyond the capacity have no bit.
  package private(set) var words: [UInt64]

  /// The empty set for a block of `capacity` rows.
  package init(capacity: Int) { words = [UInt64](repeating: 0, count: (capacity + 63) / 64) }

  /// The rows 0..<count of a block of `capacity` rows.
  package init(first count: Int, capacity: Int) {
    self.init(capacity: capacity)
    for word in words.indices {
      let bits = count - word * 64
      words[word] = bits >= 64 ? .max : bits <= 0 ? 0 : (1 << UInt64(bits)) - 1
    }
  }

  /// The rows 0..<count that pass a test, of a block of `capacity` rows.
  @inline(__always)
  init(capacity: Int, count: Int, where passes: (Int) -> Bool) {
    self.init(capacity: capacity)
    for word in words.indices where word * 64 < count {
      var bits: UInt64 = 0
      for bit in 0..<min(64, count - word * 64) where passes(word * 64 + bit) { bits |= 1 << UInt64(bit) }
      words[word] = bits
    }
  }

  /// Whether no row is in the set.
  package var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

  /// How many rows are in the set.
  package var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// The first row of the set, or `nil` if it is empty.
  package var first: Int? {
    guard let word = words.firstIndex(where: { $0 != 0 }) else { return nil }
    return word * 64 + words[word].trailingZeroBitCount
  }

  /// Whether a row is in the set.
  package subscript(row: Int) -> Bool {
    get { words[row >> 6] >> UInt64(row & 63) & 1 == 1 }
    set {
      let bit: UInt64 = 1 << UInt64(row & 63)
      if newValue { words[row >> 6] |= bit } else { words[row >> 6] &= ~bit }
    }
  }

  /// Adds the rows of one word.
  mutating func add(_ bits: UInt64, word: Int) { words[word] |= bits }

  /// Becomes the rows whose byte lies in a range; a byte for each row of the block.
  mutating func take(_ bytes: [UInt8], within range: ClosedRange<UInt8>, kernels: KernelSet) {
    kernels.within(range, bytes, into: &words)
  }

  /// Keeps the rows that are in `other` too.
  package mutating func formIntersection(_ other: RowBits) {
    for word in words.indices { words[word] &= other.words[word] }
  }

  /// Keeps the rows that pass a test, asked once for each row of the set.
  @inline(__always)
  package mutating func keep(where passes: (Int) -> Bool) {
    for word in words.indices {
      var rest = words[word]
      while rest != 0 {
        let bit = rest & ~(rest - 1)
        if !passes(word * 64 + bit.trailingZeroBitCount) { words[word] ^= bit }
        rest ^= bit
      }
    }
  }

  /// Takes away the rows that are in other words of bits, and tells how many they are.
  @inline(__always)
  mutating func take(_ other: (_ word: Int) -> UInt64) -> Int {
    var taken = 0
    var own = words.mutableSpan
    for word in own.indices {
      let found = own[word] & other(word)
      own[word] ^= found
      taken += found.nonzeroBitCount
    }
    return taken
  }

  /// Adds the rows of `other`.
  package mutating func formUnion(_ other: RowBits) {
    for word in words.indices { words[word] |= other.words[word] }
  }

  /// Removes the rows of `other`.
  package mutating func subtract(_ other: RowBits) {
    for word in words.indices { words[word] &= ~other.words[word] }
  }

  /// Calls `body` with each row, ascending.
  @inline(__always)
  package func forEach(_ body: (Int) -> Void) {
    for word in words.indices {
      var rest = words[word]
      while rest != 0 {
        body(word * 64 + rest.trailingZeroBitCount)
        rest &= rest - 1
      }
    }
  }
}
