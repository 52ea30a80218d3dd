package import DataSets
import Kernels
package import Learning

/// Towers that were each fitted on a log without one fold of its events.
///
/// A tower scores the events that it was fitted on higher than those to come; here each event is scored by the one
/// tower that has not seen it, and so are the negatives drawn for it.
package struct FoldedTowers: Sendable {
  /// Of each event of the log, `[events]`.
  private let folds: [UInt8]
  private let userCount, itemCount: Int
  /// The towers one below the other, `[folds · users, d]` and `[folds · items, d]`.
  private let stack: RetrievalTower

  /// Deals the events into folds and fits as many towers.
  ///
  /// - Parameter fit: A tower of as many users and items as the log that it is given has.
  package init(_ log: Interactions, count: Int, seed: UInt64 = 1, fit: (Interactions) -> RetrievalTower) {
    precondition((2...256).contains(count), "2…256 folds")
    let random = CounterRandom(seed: seed, stream: 0xF0)
    let folds = (0..<log.count).map { UInt8(random.below(count, UInt64($0))) }
    let towers = (0..<count).map { fold in fit(log.filter { Int(folds[$0]) != fold }) }
    stack = RetrievalTower(
      queries: Self.stack(towers.map(\.queries), rows: log.userCount),
      embeddings: Self.stack(towers.map(\.embeddings), rows: log.itemCount))
    self.folds = folds
    (userCount, itemCount) = (log.userCount, log.itemCount)
  }

  /// The scores of pairs, `[n]`, each by the tower that has not seen the event that the pair stands for.
  package func scores(users: [UInt32], items: [UInt32], events: [Int]) -> [Float] {
    let folds = events.map { UInt32(self.folds[$0]) }
    return stack.scores(
      users: zip(users, folds).map { $0 + $1 * UInt32(userCount) },
      items: zip(items, folds).map { $0 + $1 * UInt32(itemCount) })
  }

  private static func stack(_ matrices: [FloatMatrix], rows: Int) -> FloatMatrix {
    let stack = FloatMatrix(rows: matrices.count * rows, columns: matrices.first?.columns ?? 0)
    precondition(UInt32(exactly: stack.rowCapacity) != nil, "rows are numbered by u32")
    for (i, matrix) in matrices.enumerated() {
      precondition(matrix.rowCapacity == rows, "a row for each user and item")
      for row in 0..<rows { stack.copyRow(row, of: matrix, to: i * rows + row) }
    }
    return stack
  }
}
