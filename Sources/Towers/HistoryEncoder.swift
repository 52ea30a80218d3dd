package import Kernels

/// A tower as it serves: the vector of a shopper from the vectors of their events.
package struct HistoryEncoder: Sendable {
  package let parameters: TowerParameters
  private let shape: TowerShape
  private let constant: FloatMatrix
  private let kernels: KernelSet

  package init(_ parameters: TowerParameters, kernels: KernelSet = KernelSet()) {
    self.parameters = parameters
    shape = parameters.shape
    constant = parameters.constant
    self.kernels = kernels
  }

  /// Writes the query after the first `count` events, `[count, d]` oldest first, into a row of `queries`, `[…, d]`: the bits
  /// of training's last row.
  ///
  /// - Parameter weights: Of each event: its share of the decayed sum; 0 leaves it out. `nil` stands for ones.
  package func query(
    _ events: FloatMatrix, count: Int, weights: [Float]? = nil, into queries: FloatMatrix, row: Int = 0
  ) {
    precondition(events.columns == shape.dimension, "vectors of \(shape.dimension) components")
    precondition(count >= 0 && count <= events.rowCapacity && count <= weights?.count ?? count, "\(count) events")
    kernels.recur(
      events, count: shape.hasSum ? count : 0, weights: weights, decay: shape.decay, start: constant, into: queries,
      row: row)
    let rows = min(count, shape.reach)
    guard rows > 0, let body = shape.body(rows: rows) else { return }
    let windows = EncoderWindows(lengths: [rows], weights: weights.map { Array($0[..<count].suffix(rows)) })
    body.forward(
      EncoderStep(kernels: kernels, parameters: parameters, windows: windows), events, at: count - rows, from: rows - 1)
    body.outputs.withRow(rows - 1) { y in
      queries.withMutableRow(row) { query in
        for i in query.indices { query[i].addProduct(parameters.gain?[0, i] ?? 1, y[i]) }
      }
    }
  }

  /// The same as an array, `[d]`.
  package func query(_ events: FloatMatrix, count: Int, weights: [Float]? = nil) -> [Float] {
    let query = FloatMatrix(rows: 1, columns: shape.dimension)
    self.query(events, count: count, weights: weights, into: query)
    return query.row(0)
  }
}
