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
  private let body: (any EncoderBody)?
  /// The gain of an encoder that stands alone.
  private let ones: FloatMatrix
  private lazy var keptEvents = FloatMatrix(rows: events.rowCapacity, columns: shape.dimension)
  private lazy var bodySlopes = FloatMatrix(rows: events.rowCapacity, columns: shape.dimension)
  private var windows = EncoderWindows(lengths: [])

  package init(_ shape: TowerShape, rowCapacity: Int, kernels: KernelSet = KernelSet()) {
    self.shape = shape
    self.kernels = kernels
    body = shape.body(rows: rowCapacity)
    ones = FloatMatrix(rows: [[Float](repeating: 1, count: shape.dimension)], columns: shape.dimension)
    func matrix() -> FloatMatrix { FloatMatrix(rows: rowCapacity, columns: shape.dimension) }
    (events, queries, querySlopes, eventSlopes) = (matrix(), matrix(), matrix(), matrix())
  }

  /// Makes the queries of all prefixes of the windows whose events stand in `events`.
  ///
  /// - Precondition: No window is longer than the shape's length, but for the sum alone.
  package func forward(_ parameters: TowerParameters, _ windows: EncoderWindows) {
    precondition(parameters.shape == shape && windows.rows <= events.rowCapacity, "the shape and the room of the pass")
    precondition(body == nil || windows.ranges.allSatisfy { $0.count <= shape.length }, "windows of the shape's length")
    self.windows = windows
    let (constant, step) = (parameters.constant, step(parameters))
    if shape.hasSum {
      let events = summedEvents(step)
      for window in windows.ranges {
        kernels.recur(
          events, rows: window, weights: windows.weights, decay: shape.decay, start: constant, into: queries)
      }
    }
    guard let body else { return }
    body.forward(step, events, at: 0, from: 0)
    if !shape.hasSum {
      for row in 0..<windows.rows { queries.copyRow(0, of: constant, to: row) }
    }
    kernels.addScaled(parameters.gain ?? ones, body.outputs, rows: 0..<windows.rows, to: queries)
  }

  /// Carries the slopes of the queries of the last `forward` back to the events, and adds those of the parameters.
  ///
  /// - Parameter sums: Takes Σ over the rows in order: windows one after another give the same bits as all at once.
  package func backward(_ parameters: TowerParameters, addingTo sums: TowerParameters) {
    precondition(parameters.shape == shape && sums.shape == shape, "the shape of the pass")
    let (rows, step) = (0..<windows.rows, step(parameters))
    kernels.addRows(windows.rows, of: querySlopes, to: sums.constant)
    if shape.hasSum {
      for window in windows.ranges {
        kernels.recurBack(
          querySlopes, rows: window, weights: windows.weights, decay: shape.decay, into: eventSlopes)
      }
      step.drop(eventSlopes, place: EncoderDropout.sumPlace)
    } else {
      eventSlopes.clearRows(rows)
    }
    guard let body else { return }
    var slopes = querySlopes
    if let gain = parameters.gain, let gainSums = sums.gain {
      kernels.addRows(windows.rows, of: querySlopes, times: body.outputs, to: gainSums)
      kernels.scale(gain, querySlopes, rows: rows, into: bodySlopes)
      slopes = bodySlopes
    }
    body.backward(step, slopes, addingTo: sums, events: eventSlopes)
  }

  /// The events as the decayed sum sees them.
  private func summedEvents(_ step: EncoderStep) -> FloatMatrix {
    guard let dropout = windows.dropout, dropout.sumRate > 0 else { return events }
    keptEvents.copyRows(0..<windows.rows, of: events, to: 0)
    step.drop(keptEvents, place: EncoderDropout.sumPlace)
    return keptEvents
  }

  private func step(_ parameters: TowerParameters) -> EncoderStep {
    EncoderStep(kernels: kernels, parameters: parameters, windows: windows)
  }
}
