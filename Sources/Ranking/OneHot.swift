import Vocabulary

/// The words that have an input of their own, and perhaps one more for all other words.
package struct OneHot: Sendable {
  static let wordsMax = 16_384

  /// In the order of their inputs; no word twice.
  package let words: [String]
  /// Whether a last input stands for every word that is not in the list.
  package let hasOther: Bool

  package init(words: [String], hasOther: Bool = false) {
    self.words = words
    self.hasOther = hasOther
  }

  /// Number of inputs.
  package var width: Int { words.count + (hasOther ? 1 : 0) }
}

/// Words are the same if their bytes are.
extension OneHot: Hashable {
  package static func == (a: OneHot, b: OneHot) -> Bool {
    a.hasOther == b.hasOther && a.words.map(\.exact) == b.words.map(\.exact)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(hasOther)
    hasher.combine(words.map(\.exact))
  }
}
