package import Vocabulary

/// What a search by words has found.
package struct LexicalOutcome: Sendable {
  /// In the one order, by lexical score.
  package internal(set) var candidates: [Candidate] = []
  /// Where each candidate lies in the snapshot that was searched.
  package internal(set) var rows: [RowAddress] = []
  /// The lexical scores of the rows that the caller named, in its order; 0 for a row that has no term.
  package internal(set) var scores: [Float]
  /// Items that the mask admits and that the search did not come to.
  package internal(set) var skippedCount = 0
}
