import Kernels

/// What an encoder makes of the events beside their decayed sum, with room for a pass.
protocol EncoderBody: AnyObject {
  /// y of each row, `[rows, d]`.
  var outputs: FloatMatrix { get }

  /// Makes y for the rows from `first` on.
  ///
  /// - Parameter offset: The row of `events` that is row 0 of the windows.
  func forward(_ step: EncoderStep, _ events: FloatMatrix, at offset: Int, from first: Int)

  /// Carries the slopes of y, `[rows, d]`, back: adds those of the parameters to `sums` and those of the events to
  /// `eventSlopes`.
  func backward(_ step: EncoderStep, _ slopes: FloatMatrix, addingTo sums: TowerParameters, events: FloatMatrix)
}

/// What the parts of an encoder share in one pass.
struct EncoderStep {
  let kernels: KernelSet
  let parameters: TowerParameters
  let windows: EncoderWindows

  var rows: Int { windows.rows }

  /// Leaves components out at a place of the encoder: the same ones of values and of slopes.
  func drop(_ matrix: FloatMatrix, place: Int) {
    guard let dropout = windows.dropout else { return }
    let rate =
      switch place {
      case 0: dropout.inputRate
      case EncoderDropout.sumPlace: dropout.sumRate
      default: dropout.blockRate
      }
    guard rate > 0 else { return }
    kernels.dropout(matrix, rows: rows, rate: rate, key: dropout.key(place), firstRow: dropout.firstRow)
  }

  /// The slopes as they are before dropout at a place, in `room` if it changes any.
  func dropped(_ slopes: FloatMatrix, place: Int, room: FloatMatrix) -> FloatMatrix {
    guard let dropout = windows.dropout, dropout.blockRate > 0 else { return slopes }
    room.copyRows(0..<rows, of: slopes, to: 0)
    drop(room, place: place)
    return room
  }
}
