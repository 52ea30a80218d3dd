import Kernels

/// A gated recurrent unit, then a layer. Its windows go side by side, a place after the other.
final class GatedBody: EncoderBody {
  private let shape: TowerShape
  private let events: FloatMatrix
  private let input, state, out: EncoderLayer
  /// The gates of each row, `[rows, 3 d]`, the state that it reads, and the one that it makes, `[rows, d]`.
  private let gates, before, after: FloatMatrix
  /// States and their sums of the windows that go side by side.
  private let block: FloatMatrix
  /// What the state says of each row, `[rows, 3 d]`.
  private let stateSums: FloatMatrix
  private lazy var room = GatedRoom(rows: events.rowCapacity, dimension: shape.dimension)

  var outputs: FloatMatrix { out.outputs }

  init(_ shape: TowerShape, rows: Int) {
    let d = shape.dimension
    self.shape = shape
    func matrix(_ columns: Int) -> FloatMatrix { FloatMatrix(rows: rows, columns: columns) }
    events = matrix(d)
    input = EncoderLayer(part: shape.encoderPart, rows: rows, inputs: d, outputs: 3 * d)
    state = EncoderLayer(part: shape.encoderPart + 1, rows: rows, inputs: d, outputs: 3 * d)
    out = EncoderLayer(part: shape.encoderPart + 2, rows: rows, inputs: d, outputs: d)
    (gates, stateSums) = (matrix(3 * d), matrix(3 * d))
    (before, after, block) = (matrix(d), matrix(d), matrix(d))
  }

  func forward(_ step: EncoderStep, _ events: FloatMatrix, at offset: Int, from first: Int) {
    self.events.copyRows(offset..<offset + step.rows, of: events, to: 0)
    step.drop(self.events, place: 0)
    input.forward(step, self.events, rows: 0..<step.rows)
    for place in Self.places(step.windows) {
      for (i, each) in place.enumerated() {
        if let source = each.source {
          block.copyRow(source, of: after, to: i)
        } else {
          block.clearRows(i..<i + 1)
        }
        before.copyRow(i, of: block, to: each.row)
      }
      state.forward(step, block, rows: 0..<place.count)
      for (i, each) in place.enumerated() {
        stateSums.copyRow(i, of: state.outputs, to: each.row)
        step.kernels.gate(
          input.outputs, row: each.row, state.outputs, state: block, step: i, gates: gates, into: after)
      }
    }
    out.forward(step, after, rows: first..<step.rows)
  }

  func backward(_ step: EncoderStep, _ slopes: FloatMatrix, addingTo sums: TowerParameters, events: FloatMatrix) {
    out.backward(step, after, slopes, addingTo: sums, into: room.after)
    state.transpose(step)
    for place in Self.places(step.windows).reversed() {
      for (i, each) in place.enumerated() {
        step.kernels.gateBack(
          stateSums, state: before, gates: gates, slopes: room.after, row: each.row, aSlopes: room.input,
          bSlopes: room.state, stateSlopes: room.before)
        room.block.copyRow(each.row, of: room.state, to: i)
      }
      state.backward(step, room.block, rows: place.count, into: room.through)
      for (i, each) in place.enumerated() {
        guard let source = each.source else { continue }
        step.kernels.add(room.before, rows: each.row..<each.row + 1, to: room.after, at: source)
        step.kernels.add(room.through, rows: i..<i + 1, to: room.after, at: source)
      }
    }
    state.addSlopes(step, before, room.state, to: sums)
    input.backward(step, self.events, room.input, addingTo: sums, into: room.before)
    step.drop(room.before, place: 0)
    step.kernels.add(room.before, rows: 0..<step.rows, to: events, at: 0)
  }

  /// The rows of each place of the windows, with the row whose state they go on from: the latest that is not left out.
  private static func places(_ windows: EncoderWindows) -> [[(row: Int, source: Int?)]] {
    let count = windows.ranges.map(\.count).max() ?? 0
    var places = [[(row: Int, source: Int?)]](repeating: [], count: count)
    for window in windows.ranges {
      var source: Int?
      for (place, row) in window.enumerated() {
        places[place].append((row, source))
        if windows.weights[row] != 0 { source = row }
      }
    }
    return places
  }
}

/// Slopes within a gated unit: `input`, `state` and `block` are `[rows, 3 d]`, the others `[rows, d]`.
private struct GatedRoom {
  let input, state, block, before, after, through: FloatMatrix

  init(rows: Int, dimension d: Int) {
    func matrix(_ columns: Int) -> FloatMatrix { FloatMatrix(rows: rows, columns: columns) }
    (input, state, block) = (matrix(3 * d), matrix(3 * d), matrix(3 * d))
    (before, after, through) = (matrix(d), matrix(d), matrix(d))
  }
}
