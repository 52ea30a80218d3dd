package import Vocabulary

/// The outcome of a search: its candidates and how much it saw.
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
  /// Whether every owned item was scanned; if not, the candidates are the best of those that were, or better ones: some
  /// items with long vectors are looked at first.
  package internal(set) var isComplete = true

  /// Takes over what another part of the same search found and saw.
  package mutating func merge(_ other: SearchOutcome, limit: Int) {
    var merged: [(Candidate, RowAddress)] = []
    merged.reserveCapacity(limit)
    var (own, others) = (0, 0)
    while merged.count < limit, own < candidates.count || others < other.candidates.count {
      if others == other.candidates.count || own < candidates.count && candidates[own] < other.candidates[others] {
        merged.append((candidates[own], rows[own]))
        own += 1
      } else {
        // Two parts of a search that did not come to its end may have the same row with a long vector.
        if own < candidates.count, rows[own] == other.rows[others] { own += 1 }
        merged.append((other.candidates[others], other.rows[others]))
        others += 1
      }
    }
    candidates = merged.map { $0.0 }
    rows = merged.map { $0.1 }
    ownedCount += other.ownedCount
    maskedCount += other.maskedCount
    scannedCount += other.scannedCount
    passedCount += other.passedCount
    isComplete = isComplete && other.isComplete
  }
}
