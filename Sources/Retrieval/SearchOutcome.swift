package import Vocabulary

/// What a search found and how much it saw.
package struct SearchOutcome: Equatable, Sendable {
  /// In the one order: score descending, then id ascending.
  package internal(set) var candidates: [Candidate] = []
  /// Where each candidate lies in the snapshot that was searched.
  package internal(set) var rows: [RowAddress] = []
  /// Items that the mask admits, in the whole snapshot, also if the search stopped early.
  package internal(set) var ownedCount = 0
  /// Items that the mask withholds, in the whole snapshot.
  package internal(set) var maskedCount = 0
  /// Owned items that the search came to.
  package internal(set) var scannedCount = 0
  /// Scanned items that passed the filter.
  package internal(set) var passedCount = 0
  /// Whether every owned item was scanned; if not, the candidates are the best of those that were.
  package internal(set) var isComplete = true
}
