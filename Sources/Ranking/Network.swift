import Kernels

/// A model's layers with the user's share of the first one already summed, and room for one block.
struct Network {
  /// Rows of a block.
  let blockRows: Int
  /// The candidates' inputs, `[blockRows, candidateInputCount]`.
  let inputs: FloatMatrix
  private let kernels: KernelSet
  private let layers: [PackedLayer]
  private let activations: [Activation]
  private let outputs: [FloatMatrix]

  init(_ model: Model, user: [Float], kernels: KernelSet, blockRows: Int) {
    self.blockRows = blockRows
    self.kernels = kernels
    layers = [model.tail.starting(at: kernels.affine(model.head, PaddedVector(user)))] + model.upper
    // Ranking is by the logit, so the last layer's sigmoid is left away.
    activations = model.manifest.layers.dropLast().map(\.activation) + [.none]
    inputs = FloatMatrix(rows: blockRows, columns: model.manifest.candidateInputCount)
    outputs = layers.map { FloatMatrix(rows: blockRows, columns: $0.outputs) }
  }

  /// The logits of the first `rows` rows of `inputs`.
  func logits(rows: Int) -> [Float] {
    var current = inputs
    for (index, layer) in layers.enumerated() {
      kernels.affine(layer, current, rows: 0..<rows, into: outputs[index])
      kernels.activate(activations[index], outputs[index], rows: 0..<rows)
      current = outputs[index]
    }
    return (0..<rows).map { current[$0, 0] }
  }
}
