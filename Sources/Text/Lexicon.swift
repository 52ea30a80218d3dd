package import Vocabulary

/// What a catalogue's texts are made of, counted once for a generation (`proto-spec/08-files/lexicon.md`): terms, words,
/// neighbours and lengths. The score of an item depends on it and not on what a shard happens to have.
package struct Lexicon: Equatable, Sendable {
  /// An attribute with text, and how many terms its texts have.
  package struct Field: Equatable, Sendable {
    package let name: String
    /// Terms of an item that has the field, on average.
    package let average: Float

    package init(name: String, average: Float) {
      self.name = name
      self.average = average
    }
  }

  package let language: TextLanguage
  /// Number N of items that were counted.
  package let items: UInt32
  package let fields: [Field]
  /// What items are matched by.
  package let terms: WordList
  /// Folded words that are not stemmed.
  package let words: WordList
  /// Places of two words that stand side by side: the first in the high half, ascending.
  let pairs: [UInt64]
  /// Items that have the pair.
  let pairCounts: [UInt32]
  /// `words`, to look for what is spelt like a word.
  let nearby: NearbyWords

  init(
    language: TextLanguage, items: UInt32, fields: [Field], terms: WordList, words: WordList, pairs: [UInt64],
    pairCounts: [UInt32]
  ) {
    (self.language, self.items, self.fields) = (language, items, fields)
    (self.terms, self.words, self.pairs, self.pairCounts) = (terms, words, pairs, pairCounts)
    nearby = NearbyWords(words)
  }

  package static func == (a: Lexicon, b: Lexicon) -> Bool { a.bytes == b.bytes }

  /// What it holds in memory, in bytes.
  package var memoryBytes: Int {
    terms.memoryBytes + words.memoryBytes + nearby.memoryBytes + 8 * pairs.count + 4 * pairCounts.count
  }

  /// Number of pairs of neighbours.
  package var pairCount: Int { pairs.count }

  /// Items in which a word stands directly before another; 0 if either is unknown.
  package func count(of first: ExactText, before second: ExactText) -> Int {
    guard let first = words.index(of: first), let second = words.index(of: second) else { return 0 }
    return count(first, second)
  }

  /// The same by the places of the words.
  func count(_ first: Int, _ second: Int) -> Int {
    let pair = UInt64(first) << 32 | UInt64(second)
    var (low, high) = (0, pairs.count)
    while low < high {
      let middle = (low + high) / 2
      if pairs[middle] < pair { low = middle + 1 } else { high = middle }
    }
    return low < pairs.count && pairs[low] == pair ? Int(pairCounts[low]) : 0
  }

  /// How much a term tells items apart: ln(1 + (N − df + 0.5) / (df + 0.5)) by the own logarithm, rounded to float32.
  package func idf(_ term: ExactText) -> Float {
    let count = Double(terms.count(of: term))
    return Float(SignedLog.log1p((Double(items) - count + 0.5) / (count + 0.5)))
  }
}
