import Kernels

/// A block of causal convolution, with room for a pass: h + Drop(W gelu(three taps of Norm h)).
final class ConvolutionBlock {
  static let taps = 3
  static let partCount = 3

  static func parts(_ name: String, _ d: Int) -> [TowerPart] {
    [.norm("\(name).norm", d), .convolution("\(name).convolution", d, d, taps: taps), .layer("\(name).out", d, d)]
  }

  /// How many events lie between two taps, plus one.
  private let dilation: Int
  /// The number of its dropout.
  private let place: Int
  private let norm: EncoderNorm
  private let convolution, out: EncoderLayer
  /// What the taps see of each row, the newest first, `[rows, taps * d]`.
  private let seen: FloatMatrix
  private let active: FloatMatrix

  init(_ shape: TowerShape, part: Int, place: Int, rows: Int) {
    let d = shape.dimension
    dilation = 1 << (place - 1)
    self.place = place
    norm = EncoderNorm(part: part, rows: rows, dimension: d)
    seen = FloatMatrix(rows: rows, columns: Self.taps * d)
    convolution = EncoderLayer(part: part + 1, rows: rows, inputs: Self.taps * d, outputs: d)
    active = FloatMatrix(rows: rows, columns: d)
    out = EncoderLayer(part: part + 2, rows: rows, inputs: d, outputs: d)
  }

  /// Takes all rows of `h` in, and changes those from `first` on.
  func forward(_ step: EncoderStep, _ h: FloatMatrix, from first: Int) {
    let (kernels, rows) = (step.kernels, first..<step.rows)
    norm.forward(step, h, rows: 0..<step.rows)
    kernels.spread(norm.outputs, rows: rows, taps: taps(step.windows), into: seen)
    convolution.forward(step, seen, rows: rows)
    active.copyRows(rows, of: convolution.outputs, to: first)
    kernels.activate(.gelu, active, rows: rows)
    out.forward(step, active, rows: rows)
    step.drop(out.outputs, place: place)
    kernels.add(out.outputs, rows: rows, to: h, at: first)
  }

  /// Turns the slopes of the block's outputs in `dh` into those of its inputs.
  ///
  /// - Parameters:
  ///   - one: Room, `[rows, d]`; `wide` is `[rows, taps * d]`.
  func backward(
    _ step: EncoderStep, _ dh: FloatMatrix, addingTo sums: TowerParameters, one: FloatMatrix, two: FloatMatrix,
    wide: FloatMatrix
  ) {
    out.backward(step, active, step.dropped(dh, place: place, room: one), addingTo: sums, into: two)
    step.kernels.activateBack(
      .gelu, sums: convolution.outputs, outputs: active, gradients: two, rows: step.rows)
    convolution.backward(step, seen, two, addingTo: sums, into: wide)
    step.kernels.collect(wide, rows: step.rows, taps: taps(step.windows), into: one)
    norm.backward(step, one, addingTo: sums, adds: true, into: dh)
  }

  /// The row that each tap of each row reads, taps by row; −1 where it reads zeros.
  private func taps(_ windows: EncoderWindows) -> [Int] {
    var taps: [Int] = []
    taps.reserveCapacity(windows.rows * Self.taps)
    for window in windows.ranges {
      for row in window {
        taps.append(row)
        for tap in 1..<Self.taps {
          let source = row - tap * dilation
          taps.append(source >= window.lowerBound && windows.weights[source] != 0 ? source : -1)
        }
      }
    }
    return taps
  }
}
