import Kernels

/// One thread's room for the normal equations of one vector.
final class SolveRoom {
  private static let blockRows = 256

  private let matrix, right: FloatMatrix
  private let block, weighted: FloatMatrix
  private let weights: FloatMatrix

  init(dimension: Int) {
    matrix = FloatMatrix(rows: dimension, columns: dimension)
    right = FloatMatrix(rows: 1, columns: dimension)
    block = FloatMatrix(rows: Self.blockRows, columns: dimension)
    weighted = FloatMatrix(rows: Self.blockRows, columns: dimension)
    weights = FloatMatrix(rows: Self.blockRows, columns: 1)
  }

  /// Sets up Σ w v vᵀ + gram on the left and Σ w v on the right.
  func load(
    _ others: FloatMatrix, _ indices: ArraySlice<UInt32>, _ values: ArraySlice<Float>, gram: FloatMatrix,
    kernels: KernelSet
  ) {
    for row in 0..<gram.rowCapacity { matrix.copyRow(row, of: gram, to: row) }
    right.setRow(0, [Float](repeating: 0, count: right.columns))
    let isPlain = values.allSatisfy { $0 == 1 }
    var start = indices.startIndex
    while start < indices.endIndex {
      let end = min(start + Self.blockRows, indices.endIndex)
      let count = end - start
      kernels.gather(others, indices[start..<end], into: block)
      for i in 0..<count { weights[i, 0] = values[start + i] }
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

  /// The vector, `[1, d]`; zeros should the equations have no solution in float32.
  func solution(penalty: Float, kernels: KernelSet) -> FloatMatrix {
    for i in 0..<matrix.rowCapacity { matrix[i, i] += penalty }
    if !kernels.solve(matrix, right, row: 0) { right.setRow(0, [Float](repeating: 0, count: right.columns)) }
    return right
  }
}

/// The rooms of a team, each of which only its own worker uses.
@safe struct SolveRooms: @unchecked Sendable {
  // SAFETY: worker i touches element i only.
  private let rooms: [SolveRoom]

  init(_ rooms: [SolveRoom]) { self.rooms = rooms }

  subscript(worker: Int) -> SolveRoom { rooms[worker] }
}
