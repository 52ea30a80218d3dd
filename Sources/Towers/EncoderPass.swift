package import Kernels

/// Room for windows on their way through a tower and back: the caller fills `events` and `querySlopes`.
///
/// A window's rows have the same bits whichever windows stand beside it, and a place's the same wherever its window ends.
package final class EncoderPass {
  package let shape: TowerShape
  /// `[rows, d]`: vectors of events, window after window.
  package let events: FloatMatrix
  /// u of each prefix, `[rows, d]`: row j has read the events of its window up to row j.
  package let queries: FloatMatrix
  /// The slopes of the loss by `queries`, `[rows, d]`.
  package let querySlopes: FloatMatrix
  /// The slopes of the loss by `events`, `[rows, d]`.
  package let eventSlopes: FloatMatrix
  private let kernels: KernelSet
  private var windows = EncoderWindows(lengths: [])

  package init(_ shape: TowerShape, rowCapacity: Int, kernels: KernelSet = KernelSet()) {
    self.shape = shape
    self.kernels = kernels
    func matrix() -> FloatMatrix { FloatMatrix(rows: rowCapacity, columns: shape.dimension) }
    (events, queries, querySlopes, eventSlopes) = (matrix(), matrix(), matrix(), matrix())
  }

  /// Makes the queries of all prefixes of the windows whose events stand in `events`.
  package func forward(_ parameters: TowerParameters, _ windows: EncoderWindows) {
    precondition(parameters.shape == shape && windows.rows <= events.rowCapacity, "the shape and the room of the pass")
    self.windows = windows
    for window in windows.ranges {
      kernels.recur(
        events, rows: window, weights: windows.weights, decay: shape.decay, start: parameters.matrices[0], into: queries
      )
    }
  }

  /// Carries the slopes of the queries of the last `forward` back to the events, and adds those of the parameters.
  ///
  /// - Parameter slopes: Takes Σ over the rows in order: windows one after another give the same bits as all at once.
  package func backward(_ parameters: TowerParameters, addingTo slopes: TowerParameters) {
    precondition(parameters.shape == shape && slopes.shape == shape, "the shape of the pass")
    kernels.addRows(windows.rows, of: querySlopes, to: slopes.matrices[0])
    for window in windows.ranges {
      kernels.recurBack(
        querySlopes, rows: window, weights: windows.weights, decay: shape.decay, into: eventSlopes)
    }
  }
}
