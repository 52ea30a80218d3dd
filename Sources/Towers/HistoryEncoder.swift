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

  /// The query after the first `count` events, `[count, d]` oldest first, `[d]`: the bits of training's last row.
  ///
  /// - Parameter weights: Of each event: its share of the decayed sum; 0 leaves it out. `nil` stands for ones.
  package func query(_ events: FloatMatrix, count: Int, weights: [Float]? = nil) -> [Float] {
    precondition(events.columns == shape.dimension, "vectors of \(shape.dimension) components")
    precondition(count >= 0 && count <= events.rowCapacity && count <= weights?.count ?? count, "\(count) events")
    var query = kernels.recur(
      events, count: shape.hasSum ? count : 0, weights: weights, decay: shape.decay, start: constant)
    guard shape.encoder != .sum else { return query }
    let rows = min(count, shape.reach)
    guard rows > 0, let body = shape.body(rows: rows) else { return query }
    let windows = EncoderWindows(lengths: [rows], weights: weights.map { Array($0[..<count].suffix(rows)) })
    body.forward(
      EncoderStep(kernels: kernels, parameters: parameters, windows: windows), events, at: count - rows, from: rows - 1)
    body.outputs.withRow(rows - 1) { y in
      for i in query.indices { query[i].addProduct(parameters.gain?[0, i] ?? 1, y[i]) }
    }
    return query
  }
}
