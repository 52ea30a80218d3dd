/// An affine layer on inputs of 8 bits, `proto-spec/09-arithmetic.md` section 9.8: exact sums of whole numbers.
package struct Int8Layer: Sendable {
  package let inputs: Int
  package let outputs: Int
  /// The start of each output's sum, `[outputs]`: the layer's output where every input is at its low.
  let start: PaddedVector
  /// Input k is read as low[k] + step[k] · q with q in 0...255; `inverse` is 1 / step.
  let low, inverse: PaddedVector
  /// Output o's sum counts in these, `[outputs]`.
  let scales: PaddedVector
  /// By blocks of 16 outputs, groups of 4 inputs, output, input.
  let weights: NarrowMatrix

  /// - Parameters:
  ///   - weights: `[outputs, inputs]`, row-major.
  ///   - start: The layer's outputs at `low`, by the affine rule.
  ///   - low: `[inputs]`.
  ///   - step: `[inputs]`, above zero.
  package init(weights: [Float], start: PaddedVector, low: [Float], step: [Float]) {
    (inputs, outputs) = (low.count, start.count)
    precondition(step.count == inputs && weights.count == inputs * outputs, "weights are [outputs, inputs]")
    self.start = start
    self.low = PaddedVector(low)
    inverse = PaddedVector(step.map { 1 / $0 })
    let groups = (inputs + 3) / 4
    let packed = NarrowMatrix(rows: (outputs + 15) / 16 * groups, bytes: 64)
    var scales: [Float] = []
    for o in 0..<start.count {
      let row = low.indices.map { weights[o * low.count + $0] * step[$0] }
      let scale = row.reduce(0) { max($0, $1.magnitude) } / 127
      scales.append(scale)
      for k in row.indices where scale > 0 {
        let whole = max(-127, min(127, (row[k] / scale).rounded(.toNearestOrEven)))
        packed.set(((o / 16 * groups + k / 4) * 16 + o % 16) * 4 + k % 4, to: Int8(whole))
      }
    }
    self.scales = PaddedVector(scales)
    self.weights = packed
  }

  private init(_ layer: Int8Layer, start: PaddedVector) {
    (inputs, outputs, low, inverse) = (layer.inputs, layer.outputs, layer.low, layer.inverse)
    (scales, weights) = (layer.scales, layer.weights)
    self.start = start
  }

  /// The same weights with another start, `[outputs]`.
  package func starting(at start: PaddedVector) -> Int8Layer {
    precondition(start.count == outputs, "a start of \(start.count) for \(outputs) outputs")
    return Int8Layer(self, start: start)
  }
}
