import Kernels

/// A norm of an encoder, with room for a pass.
final class EncoderNorm {
  /// The number of its gains and offsets in the parameters.
  private let part: Int
  private let hat, scales: FloatMatrix
  /// `[rows, d]`.
  let outputs: FloatMatrix

  init(part: Int, rows: Int, dimension: Int) {
    self.part = part
    hat = FloatMatrix(rows: rows, columns: dimension)
    scales = FloatMatrix(rows: 1, columns: rows)
    outputs = FloatMatrix(rows: rows, columns: dimension)
  }

  func forward(_ step: EncoderStep, _ x: FloatMatrix, rows: Range<Int>) {
    step.kernels.norm(x, rows: rows, step.parameters.matrices[part], hat: hat, scales: scales, into: outputs)
  }

  /// Adds the slopes of gains and offsets to `sums`; those of the inputs are added to `dx` or written there.
  func backward(
    _ step: EncoderStep, _ slopes: FloatMatrix, addingTo sums: TowerParameters, adds: Bool, into dx: FloatMatrix
  ) {
    step.kernels.addRows(step.rows, of: slopes, times: hat, to: sums.matrices[part], row: 0)
    step.kernels.addRows(step.rows, of: slopes, to: sums.matrices[part], row: 1)
    step.kernels.normBack(
      slopes, rows: step.rows, step.parameters.matrices[part], hat: hat, scales: scales, adds: adds, into: dx)
  }
}
