import Kernels
package import Towers

/// The queries of a window by `proto-spec/09-arithmetic.md`, section 9.9, a number at a time: in float32 the bits that
/// every kernel must have, in float64 what slopes are checked on.
package struct SlowTower<Number: SlowNumber> {
  package let shape: TowerShape
  /// The values of each tensor, in the order of its shape.
  package var tensors: [String: [Number]]
  /// What dropout leaves of a component at a place of the encoder, times the value; nothing by default.
  package var drop: (_ place: Int, _ row: Int, _ column: Int) -> Number = { _, _, _ in 1 }

  package init(_ parameters: TowerParameters) {
    shape = parameters.shape
    tensors = [:]
    for tensor in shape.tensors { tensors[tensor.name] = parameters.values(tensor).map { Number($0) } }
  }

  subscript(_ name: String) -> [Number] { tensors["history.\(name)"] ?? [] }

  /// u of each prefix of a window, `[m, d]`.
  ///
  /// - Parameter weights: Of each event; 0 leaves it out.
  package func queries(_ events: [[Number]], weights: [Number]) -> [[Number]] {
    let constant = self["constant"]
    var z = [Number](repeating: 0, count: shape.dimension)
    return events.indices.map { j in
      for i in z.indices { z[i] = (weights[j] * events[j][i]).addingProduct(Number(shape.decay), z[i]) }
      return zip(constant, z).map { $0 + $1 }
    }
  }
}
