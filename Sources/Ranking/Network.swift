import Kernels

/// A model's layers with the user's share of the first one already summed, and room for one block.
struct Network {
  /// Rows of a block.
  let blockRows: Int
  /// The candidates' inputs, `[blockRows, columns]`.
  let inputs: FloatMatrix
  /// The outputs of each layer, `[blockRows, out]`.
  let outputs: [FloatMatrix]
  private let kernels: KernelSet
  private let layers: [NetworkLayers.Layer]
  private let activations: [Activation]
  private let rounded: NarrowMatrix
  private let scaling: LogitScaling?

  init(_ model: Model, user: [Float], scaling: LogitScaling?, columns: Int, kernels: KernelSet, blockRows: Int) {
    self.blockRows = blockRows
    self.kernels = kernels
    self.scaling = scaling
    layers = model.layers.starting(user: user, kernels: kernels)
    // Ranking is by the logit, so the last layer's sigmoid is left away.
    activations = model.manifest.layers.dropLast().map(\.activation) + [.none]
    inputs = FloatMatrix(rows: blockRows, columns: columns)
    outputs = model.manifest.layers.map { FloatMatrix(rows: blockRows, columns: $0.out) }
    let isNarrow = model.manifest.arithmetic != .float32
    let strideMax = ([inputs] + outputs).reduce(0) { max($0, $1.stride) }
    rounded = NarrowMatrix(rows: isNarrow ? blockRows : 0, bytes: 2 * strideMax)
  }

  /// The logits of the first `rows` rows of `inputs`.
  func logits(rows: Int) -> [Float] {
    var current = inputs
    for (index, layer) in layers.enumerated() {
      let (output, activation) = (outputs[index], activations[index])
      switch layer {
      case .float32(let layer): kernels.affine(layer, current, rows: 0..<rows, into: output, activation)
      case .bfloat16(let layer): kernels.affine(layer, current, rows: rows, rounded: rounded, into: output, activation)
      case .int8(let layer): kernels.affine(layer, current, rows: rows, rounded: rounded, into: output, activation)
      }
      current = output
    }
    return (0..<rows).map { scaling?.scaled(current[$0, 0]) ?? current[$0, 0] }
  }
}
