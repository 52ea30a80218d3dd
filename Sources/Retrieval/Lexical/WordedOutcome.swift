package import Kernels
import Vocabulary

/// What a search by vector and by words has found: the best of each, all of them with both scores.
package struct WordedOutcome: Sendable {
  /// The candidates of both in the order of the retrieval score; what was scanned is what both came to.
  package private(set) var outcome: SearchOutcome
  /// The lexical score of each candidate; 0: it has none of the words.
  package private(set) var lexicalScores: [Float]
  /// The last score of the best by vector; `nil`: they are all that pass.
  package let lastScore: Float?
  /// The last score of the best by words; `nil`: they are all that pass and have one of the words.
  package let lastLexicalScore: Float?

  /// Joins the outcome of a search by vector with what the same query finds by words, in the same snapshot.
  ///
  /// - Parameter shouldStop: Asked window by window.
  package init(
    _ dense: SearchOutcome, _ snapshot: Snapshot, _ query: SearchQuery, terms: [LexicalTerm],
    kernels: KernelSet = KernelSet(), shouldStop: () -> Bool = { false }
  ) {
    let words = LexicalScan(kernels: kernels, snapshot, query, terms: terms, scoring: dense.rows)
      .run(shouldStop: shouldStop)
    var found = Array(zip(zip(dense.candidates, dense.rows), words.scores))
    let known = Set(dense.rows)
    let fresh = words.rows.indices.filter { !known.contains(words.rows[$0]) }
    let products = snapshot.products(PaddedVector(query.vector), at: fresh.map { words.rows[$0] }, kernels: kernels)
    for (place, product) in zip(fresh, products) {
      // The product of a vector and an embedding that were checked is finite.
      guard let score = Score(product) else { continue }
      let candidate = Candidate(score: score, itemID: words.candidates[place].itemID)
      found.append(((candidate, words.rows[place]), words.candidates[place].score.value))
    }
    found.sort { $0.0.0 < $1.0.0 }
    outcome = dense
    outcome.candidates = found.map(\.0.0)
    outcome.rows = found.map(\.0.1)
    outcome.scannedCount = min(dense.scannedCount, dense.ownedCount - words.skippedCount)
    outcome.isComplete = dense.isComplete && words.skippedCount == 0
    let isFull = { (count: Int) in count == query.limit }
    lastScore = isFull(dense.candidates.count) ? dense.candidates.last?.score.value : nil
    lastLexicalScore = isFull(words.candidates.count) ? words.candidates.last?.score.value : nil
    lexicalScores = found.map(\.1)
  }
}
