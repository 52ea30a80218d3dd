import Kernels

/// A block of attention, with room for a pass: h + Drop(attention of Norm h), then that + Drop(feed forward of its Norm).
final class AttentionBlock {
  private let shape: AttentionShape
  /// The number of the first of its three dropouts.
  private let place: Int
  private let attentionNorm, forwardNorm: EncoderNorm
  private let qkv, out, up, down: EncoderLayer
  private let shares, read, active: FloatMatrix

  static let partCount = 6

  static func parts(_ name: String, _ d: Int) -> [TowerPart] {
    [
      .norm("\(name).norm1", d), .layer("\(name).qkv", d, 3 * d), .layer("\(name).out", d, d),
      .norm("\(name).norm2", d), .layer("\(name).up", d, 2 * d), .layer("\(name).down", 2 * d, d),
    ]
  }

  init(_ tower: TowerShape, part: Int, place: Int, rows: Int, shape: AttentionShape) {
    let d = tower.dimension
    self.shape = shape
    self.place = place
    attentionNorm = EncoderNorm(part: part, rows: rows, dimension: d)
    qkv = EncoderLayer(part: part + 1, rows: rows, inputs: d, outputs: 3 * d)
    shares = FloatMatrix(rows: rows, columns: shape.sharesColumns)
    read = FloatMatrix(rows: rows, columns: d)
    out = EncoderLayer(part: part + 2, rows: rows, inputs: d, outputs: d)
    forwardNorm = EncoderNorm(part: part + 3, rows: rows, dimension: d)
    up = EncoderLayer(part: part + 4, rows: rows, inputs: d, outputs: 2 * d)
    active = FloatMatrix(rows: rows, columns: 2 * d)
    down = EncoderLayer(part: part + 5, rows: rows, inputs: 2 * d, outputs: d)
  }

  /// Takes all rows of `h` in, and changes those from `first` on.
  func forward(_ step: EncoderStep, _ h: FloatMatrix, from first: Int) {
    let (kernels, rows) = (step.kernels, first..<step.rows)
    attentionNorm.forward(step, h, rows: 0..<step.rows)
    qkv.forward(step, attentionNorm.outputs, rows: 0..<step.rows)
    for window in step.windows.ranges where window.upperBound > first {
      kernels.attend(
        shape, qkv.outputs, window: window, first: max(first, window.lowerBound), weights: step.windows.weights,
        shares: shares, into: read)
    }
    out.forward(step, read, rows: rows)
    step.drop(out.outputs, place: place)
    kernels.add(out.outputs, rows: rows, to: h, at: first)
    forwardNorm.forward(step, h, rows: rows)
    up.forward(step, forwardNorm.outputs, rows: rows)
    active.copyRows(rows, of: up.outputs, to: first)
    kernels.activate(.gelu, active, rows: rows)
    step.drop(active, place: place + 1)
    down.forward(step, active, rows: rows)
    step.drop(down.outputs, place: place + 2)
    kernels.add(down.outputs, rows: rows, to: h, at: first)
  }

  /// Turns the slopes of the block's outputs in `dh` into those of its inputs.
  func backward(_ step: EncoderStep, _ dh: FloatMatrix, addingTo sums: TowerParameters, _ room: AttentionRoom) {
    down.backward(
      step, active, step.dropped(dh, place: place + 2, room: room.one), addingTo: sums, into: room.two)
    step.drop(room.two, place: place + 1)
    step.kernels.activateBack(.gelu, sums: up.outputs, outputs: active, gradients: room.two, rows: step.rows)
    up.backward(step, forwardNorm.outputs, room.two, addingTo: sums, into: room.one)
    forwardNorm.backward(step, room.one, addingTo: sums, adds: true, into: dh)
    out.backward(step, read, step.dropped(dh, place: place, room: room.one), addingTo: sums, into: room.read)
    for window in step.windows.ranges {
      step.kernels.attendBack(
        shape, qkv.outputs, window: window, shares: shares, slopes: room.read, scratch: room.shares, into: room.three)
    }
    qkv.backward(step, attentionNorm.outputs, room.three, addingTo: sums, into: room.one)
    attentionNorm.backward(step, room.one, addingTo: sums, adds: true, into: dh)
  }
}

/// Slopes within a block of attention: `one` and `read` are `[rows, d]`, `two` `[rows, 2 d]`, `three` `[rows, 3 d]`.
struct AttentionRoom {
  let one, two, three, read, shares: FloatMatrix

  init(rows: Int, dimension d: Int, _ shape: AttentionShape) {
    one = FloatMatrix(rows: rows, columns: d)
    two = FloatMatrix(rows: rows, columns: 2 * d)
    three = FloatMatrix(rows: rows, columns: 3 * d)
    read = FloatMatrix(rows: rows, columns: d)
    shares = FloatMatrix(rows: 1, columns: shape.sharesColumns)
  }
}
