/// An affine layer on inputs and weights of bf16 with float32 sums, `proto-spec/09-arithmetic.md` section 9.7.
package struct BFloat16Layer: Sendable {
  package let inputs: Int
  package let outputs: Int
  /// Where each output's sum starts, `[outputs]`: float32, and zero below 2^-64.
  let start: PaddedVector
  /// By blocks of 16 outputs, pairs of inputs, output, input.
  let weights: NarrowMatrix

  /// - Parameters:
  ///   - weights: `[outputs, inputs]`, row-major.
  ///   - start: `[outputs]`.
  package init(weights: [Float], start: PaddedVector) {
    outputs = start.count
    precondition(outputs > 0 && weights.count % outputs == 0, "weights are [outputs, inputs]")
    inputs = weights.count / outputs
    let pairs = (inputs + 1) / 2
    self.start = Self.withoutSmall(start)
    self.weights = NarrowMatrix(rows: (outputs + 15) / 16 * pairs, bytes: 64)
    for o in 0..<outputs {
      for k in 0..<inputs {
        let place = ((o / 16 * pairs + k / 2) * 16 + o % 16) * 2 + k % 2
        self.weights.set(place, to: Exact.bfloat16(weights[o * inputs + k]))
      }
    }
  }

  private init(_ layer: BFloat16Layer, start: PaddedVector) {
    (inputs, outputs, weights) = (layer.inputs, layer.outputs, layer.weights)
    self.start = Self.withoutSmall(start)
  }

  /// The same weights with another start, `[outputs]`.
  package func starting(at start: PaddedVector) -> BFloat16Layer {
    precondition(start.count == outputs, "a start of \(start.count) for \(outputs) outputs")
    return BFloat16Layer(self, start: start)
  }

  /// Products are multiples of 2^-94; with starts that are, too, no sum is ever subnormal, which not every processor
  /// computes with here.
  private static func withoutSmall(_ start: PaddedVector) -> PaddedVector {
    PaddedVector(start.values.map { $0.magnitude < 0x1p-64 ? 0 : $0 })
  }
}
