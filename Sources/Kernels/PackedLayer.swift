/// An affine layer ready for the kernels: y = start + W x, `[outputs, inputs]`, inputs ascending.
///
/// `start` is the bias, or what earlier inputs have already summed to: `layer.split(at: u)` gives the layer of the
/// first u inputs and the layer of the rest, and running the rest from the head's result has the bits of the whole.
package struct PackedLayer: Sendable {
  package let inputs: Int
  package let outputs: Int
  /// Where each output's sum starts, `[outputs]`.
  package let start: PaddedVector

  /// Row b * inputs + k holds the weights of input k for neurons 16 b … 16 b + 15.
  let weights: FloatMatrix

  /// - Parameters:
  ///   - weights: `[outputs, inputs]`, row-major.
  ///   - bias: `[outputs]`.
  package init(weights: [Float], bias: [Float]) {
    precondition(!bias.isEmpty && weights.count % bias.count == 0, "weights are [outputs, inputs], the bias [outputs]")
    outputs = bias.count
    inputs = weights.count / bias.count
    start = PaddedVector(bias)
    self.weights = FloatMatrix(rows: (outputs + 15) / 16 * inputs, columns: 16)
    for o in 0..<outputs {
      for k in 0..<inputs { self.weights[o / 16 * inputs + k, o % 16] = weights[o * inputs + k] }
    }
  }

  private init(inputs: Int, outputs: Int, start: PaddedVector, weights: FloatMatrix) {
    self.inputs = inputs
    self.outputs = outputs
    self.start = start
    self.weights = weights
  }

  /// The same weights, with every output's sum starting elsewhere, `[outputs]`.
  package func starting(at start: PaddedVector) -> PackedLayer {
    precondition(start.count == outputs, "a start of \(start.count) for \(outputs) outputs")
    return PackedLayer(inputs: inputs, outputs: outputs, start: start, weights: weights)
  }

  /// The layer of the first `count` inputs and that of the rest; both start at this layer's start.
  package func split(at count: Int) -> (head: PackedLayer, tail: PackedLayer) {
    precondition((0...inputs).contains(count), "\(count) of \(inputs) inputs")
    return (part(0..<count), part(count..<inputs))
  }

  private func part(_ range: Range<Int>) -> PackedLayer {
    let blocks = (outputs + 15) / 16
    let copy = FloatMatrix(rows: blocks * range.count, columns: 16)
    for b in 0..<blocks {
      for (i, k) in range.enumerated() { copy.copyRow(b * inputs + k, of: weights, to: b * range.count + i) }
    }
    return PackedLayer(inputs: range.count, outputs: outputs, start: start, weights: copy)
  }
}
