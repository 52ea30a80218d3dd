import Kernels

/// Causal convolutions, each over events twice as far apart as the one before it, then a norm.
final class ConvolutionBody: EncoderBody {
  private let shape: TowerShape
  /// What the blocks read and change, `[rows, d]`; the same of its slopes.
  private let h: FloatMatrix
  private lazy var dh = FloatMatrix(rows: h.rowCapacity, columns: shape.dimension)
  private let blocks: [ConvolutionBlock]
  private let norm: EncoderNorm
  private let scale: FloatMatrix
  private lazy var one = FloatMatrix(rows: h.rowCapacity, columns: shape.dimension)
  private lazy var two = FloatMatrix(rows: h.rowCapacity, columns: shape.dimension)
  private lazy var wide = FloatMatrix(rows: h.rowCapacity, columns: ConvolutionBlock.taps * shape.dimension)

  var outputs: FloatMatrix { norm.outputs }

  init(_ shape: TowerShape, rows: Int) {
    self.shape = shape
    h = FloatMatrix(rows: rows, columns: shape.dimension)
    let first = shape.encoderPart
    blocks = (0..<shape.blocks).map {
      ConvolutionBlock(shape, part: first + $0 * ConvolutionBlock.partCount, place: 1 + $0, rows: rows)
    }
    norm = EncoderNorm(
      part: first + shape.blocks * ConvolutionBlock.partCount, rows: rows, dimension: shape.dimension)
    // Event vectors are small beside what blocks add; four times them is a start from which both are heard.
    scale = FloatMatrix(rows: [[Float](repeating: 4, count: shape.dimension)], columns: shape.dimension)
  }

  func forward(_ step: EncoderStep, _ events: FloatMatrix, at offset: Int, from first: Int) {
    h.copyRows(offset..<offset + step.rows, of: events, to: 0)
    step.kernels.scale(scale, h, rows: 0..<step.rows, into: h)
    step.drop(h, place: 0)
    for (number, block) in blocks.enumerated() {
      block.forward(step, h, from: number == blocks.count - 1 ? first : 0)
    }
    norm.forward(step, h, rows: first..<step.rows)
  }

  func backward(_ step: EncoderStep, _ slopes: FloatMatrix, addingTo sums: TowerParameters, events: FloatMatrix) {
    norm.backward(step, slopes, addingTo: sums, adds: false, into: dh)
    for block in blocks.reversed() { block.backward(step, dh, addingTo: sums, one: one, two: two, wide: wide) }
    step.drop(dh, place: 0)
    step.kernels.addScaled(scale, dh, rows: 0..<step.rows, to: events)
  }
}
