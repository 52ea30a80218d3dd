package import Vocabulary

/// A term of a query and what it counts.
package struct LexicalTerm: Equatable, Sendable {
  package let term: ExactText
  /// Above 0.
  package let weight: Float

  package init(_ term: ExactText, weight: Float) {
    self.term = term
    self.weight = weight
  }
}
