package import Text
import Vocabulary

/// What a text tower reads of a text: rows of its table, each with a weight, by hashes of words, of neighbouring words and
/// of the characters within words (`proto-spec/09-arithmetic.md`, 9.11).
package struct TextFeatures: Hashable, Sendable {
  /// Characters of the pieces of words.
  static let gramLengths = 3...5
  static let pairWeight: Float = 0.5

  package private(set) var rows: [UInt32] = []
  /// One a row.
  package private(set) var weights: [Float] = []
  private let mask: UInt64

  /// - Parameters:
  ///   - fields: The terms of each text of an item, or of a query's one text, as the analysis gives them.
  ///   - rowCount: Rows of the table, a power of two.
  package init(_ fields: [[Term]], rowCount: Int) {
    precondition(rowCount.nonzeroBitCount == 1 && rowCount <= 1 << 30, "\(rowCount) rows")
    mask = UInt64(rowCount - 1)
    for terms in fields {
      var before: Term?
      for term in terms where term.kind != .joined {
        add(term.text.text.utf8, 1)
        if term.kind == .word { addGrams(term.text.text) }
        if let before, before.hasNeighbours, term.hasNeighbours {
          add(Array(before.text.text.utf8) + [0x20] + Array(term.text.text.utf8), Self.pairWeight)
        }
        before = term
      }
    }
  }

  package var isEmpty: Bool { rows.isEmpty }

  private mutating func add(_ bytes: some Sequence<UInt8>, _ weight: Float) {
    rows.append(UInt32(truncatingIfNeeded: Self.hash(bytes) & mask))
    weights.append(weight)
  }

  /// The pieces of a word between `<` and `>`, shorter ones first.
  private mutating func addGrams(_ word: String) {
    let bytes = Array("<\(word)>".utf8)
    // Where characters begin, and the end.
    let starts = bytes.indices.filter { bytes[$0] & 0xC0 != 0x80 } + [bytes.count]
    let count = starts.count - 1
    let lengths = Self.gramLengths.filter { $0 <= count }
    let weight = 1 / Float(lengths.reduce(0) { $0 + count - $1 + 1 }).squareRoot()
    for length in lengths {
      for first in 0...count - length {
        add([0x7E] + bytes[starts[first]..<starts[first + length]], weight)
      }
    }
  }

  /// FNV-1a of 64 bits, and the finaliser of SplitMix64, by which the low bits depend on all.
  static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return SplitMix64.mixed(hash)
  }
}

extension Term {
  /// Whether it makes a pair with the term next to it: scripts without spaces have pairs of their own.
  fileprivate var hasNeighbours: Bool { kind != .character && kind != .pair }
}
