package import Vocabulary

/// A term of an analysed text: what an item and a query are matched by.
package struct Term: Hashable, Sendable {
  /// How the text gave it.
  package enum Kind: UInt8, Sendable {
    /// A word, by its stem.
    case word
    /// The parts of a word with hyphens as one word.
    case joined
    case number
    /// A word for a unit, by its short form; or the sign of inches or feet behind a number.
    case unit
    /// One character of a script without spaces.
    case character
    /// Two neighbours of a script without spaces.
    case pair
    case symbol
  }

  /// What is compared.
  package let text: ExactText
  /// The folded word before its unit's short form or its stem; of other kinds the term itself.
  package let surface: ExactText
  package let kind: Kind
  /// Which run of the text it comes from, counted from 0; a joined word has the place of its first part.
  package let place: Int

  package init(text: ExactText, surface: ExactText, kind: Kind, place: Int) {
    (self.text, self.surface, self.kind, self.place) = (text, surface, kind, place)
  }

  /// Whether it comes from letters with spaces around, so that its surface can be misspelt.
  package var isWord: Bool { kind == .word || kind == .joined || (kind == .unit && surface.text.utf8.count > 1) }
}
