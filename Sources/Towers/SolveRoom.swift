package import Kernels

/// One thread's room for the normal equations of one vector.
package final class SolveRoom {
  private static let blockRows = 256

  private let matrix, right: FloatMatrix
  private let block, weighted: FloatMatrix
  private let weights: FloatMatrix

  /// Room for vectors of `dimension` components.
  ///
  /// - Parameter blockRows: Events that are summed at a time; any number gives the same bits.
  package init(dimension: Int, blockRows: Int = SolveRoom.blockRows) {
    matrix = FloatMatrix(rows: dimension, columns: dimension)
    right = FloatMatrix(rows: 1, columns: dimension)
    block = FloatMatrix(rows: blockRows, columns: dimension)
    weighted = FloatMatrix(rows: blockRows, columns: dimension)
    weights = FloatMatrix(rows: blockRows, columns: 1)
  }

  /// Sets up Σ w v vᵀ + gram on the left and Σ t v on the right, where t is w unless there are `targets`.
  package func load(
    _ others: FloatMatrix, _ indices: ArraySlice<UInt32>, _ values: ArraySlice<Float>, targets: [Float]? = nil,
    gram: FloatMatrix, kernels: KernelSet
  ) {
    for row in 0..<gram.rowCapacity { matrix.copyRow(row, of: gram, to: row) }
    right.setRow(0, [Float](repeating: 0, count: right.columns))
    let isPlain = values.allSatisfy { $0 == 1 }
    var start = indices.startIndex
    while start < indices.endIndex {
      let end = min(start + block.rowCapacity, indices.endIndex)
      let count = end - start
      kernels.gather(others, indices[start..<end], into: block)
      for i in 0..<count { weights[i, 0] = targets?[start - indices.startIndex + i] ?? values[start + i] }
      if !isPlain {
        for i in 0..<count {
          weighted.copyRow(i, of: block, to: i)
          weighted.withMutableRow(i) { row in
            for column in row.indices { row[column] *= values[start + i] }
          }
        }
      }
      kernels.accumulateTransposed(isPlain ? block : weighted, block, rows: 0..<count, into: matrix)
      kernels.accumulateTransposed(weights, block, rows: 0..<count, into: right)
      start = end
    }
  }

  /// Takes a multiple of a vector off the right side: fma(−factor, vector, right).
  package func subtract(_ factor: Float, times vector: [Float]) {
    right.withMutableRow(0) { right in
      for column in right.indices { right[column].addProduct(-factor, vector[column]) }
    }
  }

  /// The vector, `[1, d]`; zeros should the equations have no solution in float32.
  package func solution(penalty: Float, kernels: KernelSet) -> FloatMatrix {
    for i in 0..<matrix.rowCapacity { matrix[i, i] += penalty }
    if !kernels.solve(matrix, right, row: 0) { right.setRow(0, [Float](repeating: 0, count: right.columns)) }
    return right
  }
}
