import Kernels

/// An affine layer of an encoder, with room for a pass.
final class EncoderLayer {
  /// The number of its weights in the parameters.
  private let part: Int
  private let inputs: Int
  /// `[rows, outputs]`.
  let outputs: FloatMatrix
  private lazy var transposed = FloatMatrix(rows: outputs.columns, columns: inputs)

  init(part: Int, rows: Int, inputs: Int, outputs: Int) {
    self.part = part
    self.inputs = inputs
    self.outputs = FloatMatrix(rows: rows, columns: outputs)
  }

  func forward(_ step: EncoderStep, _ x: FloatMatrix, rows: Range<Int>) {
    step.kernels.forward(x, rows: rows, step.parameters.matrices[part], into: outputs)
  }

  /// Adds the slopes of the weights to `sums`, and writes those of the inputs into `dx`.
  func backward(
    _ step: EncoderStep, _ x: FloatMatrix, _ slopes: FloatMatrix, addingTo sums: TowerParameters, into dx: FloatMatrix
  ) {
    addSlopes(step, x, slopes, to: sums)
    transpose(step)
    backward(step, slopes, rows: step.rows, into: dx)
  }

  /// Adds the slopes of the weights, rows ascending.
  func addSlopes(_ step: EncoderStep, _ x: FloatMatrix, _ slopes: FloatMatrix, to sums: TowerParameters) {
    step.kernels.weightGradient(x, slopes, rows: step.rows, into: sums.matrices[part], at: 0, continuing: true)
  }

  /// Makes the weights ready for the way back.
  func transpose(_ step: EncoderStep) {
    step.kernels.transpose(step.parameters.matrices[part], rows: 0..<inputs, into: transposed)
  }

  /// Writes the slopes of the inputs of the first rows, after `transpose`.
  func backward(_ step: EncoderStep, _ slopes: FloatMatrix, rows: Int, into dx: FloatMatrix) {
    step.kernels.backward(slopes, rows: rows, transposed, into: dx)
  }
}
