package import Kernels

/// A tower as it serves: the vector of a shopper from the vectors of their events.
package struct HistoryEncoder: Sendable {
  package let parameters: TowerParameters
  private let kernels: KernelSet

  package init(_ parameters: TowerParameters, kernels: KernelSet = KernelSet()) {
    self.parameters = parameters
    self.kernels = kernels
  }

  /// The query after the first `count` events, `[count, d]` oldest first, `[d]`: the bits of training's last row.
  ///
  /// - Parameter weights: Of each event: its share of the decayed sum; 0 leaves it out. `nil` stands for ones.
  package func query(_ events: FloatMatrix, count: Int, weights: [Float]? = nil) -> [Float] {
    let shape = parameters.shape
    precondition(events.columns == shape.dimension, "vectors of \(shape.dimension) components")
    return kernels.recur(
      events, count: count, weights: weights, decay: shape.decay, start: parameters.matrices[0])
  }
}
