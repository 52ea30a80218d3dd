package import Vocabulary

/// A query's words as they are searched for.
package struct WordQuery: Equatable, Sendable {
  /// A term, and how much it counts.
  package struct Weighted: Equatable, Sendable {
    package let term: ExactText
    /// 1 of a word that was typed, less of one that was added.
    package let weight: Float
    /// How much the term tells items apart.
    package let idf: Float

    /// What shards add up: idf times weight.
    package var product: Float { idf * weight }
  }

  /// Words that were added for one that was typed.
  package struct Change: Equatable, Sendable {
    /// By which rule.
    package enum Kind: String, Sendable {
      case corrected, split, joined, divided, completed, synonym
    }

    package let kind: Kind
    /// As it was typed, but folded.
    package let from: ExactText
    /// As the lexicon has them, in the order of their weights.
    package let to: [ExactText]
  }

  /// Terms of a query at most; what is beyond is left out.
  package static let termsMax = 64

  /// Those that were typed, in their order, then those that were added, by the word that they are for; each once, with its
  /// greatest weight.
  package internal(set) var terms: [Weighted] = []
  package internal(set) var changes: [Change] = []
  /// The terms of the text as it was typed, in its order, with repeats.
  package internal(set) var typed: [Term] = []
  /// Terms that were typed and that no item had when the lexicon was counted.
  package internal(set) var unknown: [ExactText] = []
  /// Whether there were more terms than `termsMax`.
  package internal(set) var isCut = false
}
