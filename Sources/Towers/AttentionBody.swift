import Kernels

/// Causal self-attention over places and events: blocks, then a norm.
final class AttentionBody: EncoderBody {
  private let shape: TowerShape
  private let attention: AttentionShape
  /// What the blocks read and change, `[rows, d]`; the same of its slopes.
  private let h: FloatMatrix
  private lazy var dh = FloatMatrix(rows: h.rowCapacity, columns: shape.dimension)
  private let blocks: [AttentionBlock]
  private let norm: EncoderNorm
  private lazy var room = AttentionRoom(rows: h.rowCapacity, dimension: shape.dimension, attention)

  var outputs: FloatMatrix { norm.outputs }

  init(_ shape: TowerShape, rows: Int) {
    self.shape = shape
    let attention = AttentionShape(dimension: shape.dimension, heads: shape.heads, length: min(rows, shape.length))
    self.attention = attention
    h = FloatMatrix(rows: rows, columns: shape.dimension)
    let first = shape.encoderPart + 1
    blocks = (0..<shape.blocks).map {
      AttentionBlock(
        shape, part: first + $0 * AttentionBlock.partCount, place: 1 + 3 * $0, rows: rows, shape: attention)
    }
    norm = EncoderNorm(
      part: first + shape.blocks * AttentionBlock.partCount, rows: rows, dimension: shape.dimension)
  }

  func forward(_ step: EncoderStep, _ events: FloatMatrix, at offset: Int, from first: Int) {
    h.copyRows(offset..<offset + step.rows, of: events, to: 0)
    let places = step.parameters.matrices[shape.encoderPart]
    for window in step.windows.ranges { step.kernels.add(places, rows: 0..<window.count, to: h, at: window.lowerBound) }
    step.drop(h, place: 0)
    for (number, block) in blocks.enumerated() {
      block.forward(step, h, from: number == blocks.count - 1 ? first : 0)
    }
    norm.forward(step, h, rows: first..<step.rows)
  }

  func backward(_ step: EncoderStep, _ slopes: FloatMatrix, addingTo sums: TowerParameters, events: FloatMatrix) {
    norm.backward(step, slopes, addingTo: sums, adds: false, into: dh)
    for block in blocks.reversed() { block.backward(step, dh, addingTo: sums, room) }
    step.drop(dh, place: 0)
    let places = sums.matrices[shape.encoderPart]
    for window in step.windows.ranges { step.kernels.add(dh, rows: window, to: places, at: 0) }
    step.kernels.add(dh, rows: 0..<step.rows, to: events, at: 0)
  }
}
