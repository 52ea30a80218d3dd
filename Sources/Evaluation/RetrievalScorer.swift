import Kernels
import Ranking
import Vocabulary

/// The retrieval scores of items for one query: inner products, and what a table of neighbours adds to them.
struct RetrievalScorer {
  private let query: PaddedVector
  private let served: ServedModel
  private let kernels: KernelSet
  /// By row, ascending.
  private let added: [(row: Int, score: Float)]
  private let addedOfRow: [UInt32: Float]

  init(_ user: UserVectors, _ served: ServedModel, _ kernels: KernelSet) {
    (query, self.served, self.kernels) = (PaddedVector(user.query), served, kernels)
    let rows = user.neighbours.compactMap { id, score in served.ids.row(of: ItemID(id)).map { (row: $0, score: score) }
    }
    addedOfRow = Dictionary(uniqueKeysWithValues: rows.map { ($0.row, $0.score) })
    added = rows.map { (Int($0.row), $0.score) }.sorted { $0.row < $1.row }
  }

  /// The score of a row.
  func score(row: Int) -> Float {
    kernels.dot(query, served.embeddings, row: row) + (addedOfRow[UInt32(row)] ?? 0)
  }

  /// The scores of rows, `[n]`.
  func scores(of rows: [UInt32]) -> [Float] {
    var scores = [Float](repeating: 0, count: rows.count)
    kernels.dots(query, served.embeddings, rows: rows, into: &scores)
    guard !added.isEmpty else { return scores }
    for (place, row) in rows.enumerated() { scores[place] += addedOfRow[row] ?? 0 }
    return scores
  }

  /// Writes the scores of rows that follow each other to the front of an array.
  func write(_ rows: Range<Int>, into scores: inout [Float]) {
    kernels.dots(query, served.embeddings, rows: rows, into: &scores)
    guard !added.isEmpty else { return }
    var (low, high) = (0, added.count)
    while low < high {
      let middle = (low + high) / 2
      if added[middle].row < rows.lowerBound { low = middle + 1 } else { high = middle }
    }
    for (row, score) in added[low...].prefix(while: { $0.row < rows.upperBound }) {
      scores[row - rows.lowerBound] += score
    }
  }
}
