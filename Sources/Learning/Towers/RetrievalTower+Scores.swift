import Kernels

extension RetrievalTower {
  /// The scores of pairs, `[n]`, as serving computes them.
  package func scores(users: [UInt32], items: [UInt32]) -> [Float] {
    let kernels = KernelSet()
    let column = FloatMatrix(rows: users.count, columns: 1)
    kernels.dots(RowPairs(queries, users[...], embeddings, items[...]), into: column, column: 0)
    var scores = [Float](repeating: 0, count: users.count)
    kernels.readColumn(column, rows: users.count, into: &scores)
    return scores
  }
}
