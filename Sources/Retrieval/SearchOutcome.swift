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
  /// Whether every owned item was scanned; if not, the candidates are the best of those that were and of some with long
  /// vectors.
  package internal(set) var isComplete = true

  /// Takes over what another part of the same search found and saw.
  package mutating func merge(_ other: SearchOutcome, limit: Int) {
    // Two parts of a search that did not come to its end may have the same rows with long vectors.
    let both = (Array(zip(candidates, rows)) + zip(other.candidates, other.rows)).sorted { $0.0 < $1.0 }
    let each = both.indices.filter { $0 == 0 || both[$0 - 1].1 != both[$0].1 }.prefix(limit)
    candidates = each.map { both[$0].0 }
    rows = each.map { both[$0].1 }
    ownedCount += other.ownedCount
    maskedCount += other.maskedCount
    scannedCount += other.scannedCount
    passedCount += other.passedCount
    isComplete = isComplete && other.isComplete
  }
}
