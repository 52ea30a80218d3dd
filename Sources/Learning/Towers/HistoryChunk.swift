import DataSets
import Kernels
import Towers

/// Some windows of a step on their way through a tower, the loss, and back.
final class HistoryChunk {
  /// What all chunks of a step read.
  struct Step: Sendable {
    let tower: HistoryTower
    let histories: Histories
    let drawn: DrawnItems
    /// One over the sum of the step's weights.
    let scale: Float
    let number: Int
  }

  let pass: EncoderPass
  /// Slopes of the tower's parameters.
  let slopes: TowerParameters
  /// Logits against the drawn items and, last, the event's own, `[rows, negatives + 1]`; then their slopes.
  let logits: FloatMatrix
  /// Slopes of the vectors of the events' own items, `[rows, d]`.
  let ownSlopes: FloatMatrix
  /// The events that are read and those that are foretold, in the order of rows.
  private(set) var read: [UInt32] = []
  private(set) var own: [UInt32] = []
  /// What each event that is read counts.
  private(set) var shares: [Float] = []
  private(set) var loss = 0.0

  var count: Int { own.count }
  /// The events that are foretold, or read, and the slopes of their vectors.
  var ownSide: ([UInt32], FloatMatrix) { (own, ownSlopes) }
  var readSide: ([UInt32], FloatMatrix) { (read, pass.eventSlopes) }

  init(_ shape: TowerShape, rows: Int, negatives: Int, kernels: KernelSet) {
    pass = EncoderPass(shape, rowCapacity: rows, kernels: kernels)
    slopes = TowerParameters(shape)
    logits = FloatMatrix(rows: rows, columns: negatives + 1)
    ownSlopes = FloatMatrix(rows: rows, columns: shape.dimension)
  }

  /// - Parameter firstRow: The number within the step of the first window's first event.
  func run(_ windows: ArraySlice<HistoryWindows.Window>, firstRow: Int, _ step: Step) {
    let (tower, kernels) = (step.tower, step.tower.kernels)
    let weights = load(windows, firstRow: firstRow, step)
    let options = tower.options
    let key = CounterRandom(seed: options.seed, stream: 0x4001).bits(UInt64(step.number))
    kernels.gather(tower.vectors, read[...], into: pass.events)
    pass.forward(
      tower.parameters,
      EncoderWindows(
        lengths: windows.map(\.count), weights: shares,
        dropout: EncoderDropout(
          inputRate: options.componentDropout, blockRate: options.componentDropout, sumRate: options.sumDropout,
          key: key, firstRow: firstRow)))
    score(weights, step)
    slopes.clear()
    pass.backward(tower.parameters, addingTo: slopes)
  }

  /// Lists the events of windows; returns the weights of those that are foretold.
  private func load(
    _ windows: ArraySlice<HistoryWindows.Window>, firstRow: Int, _ step: Step
  ) -> [Float] {
    let options = step.tower.options
    let drop = CounterRandom(seed: options.seed, stream: 0x4000)
    var weights: [Float] = []
    read.removeAll(keepingCapacity: true)
    own.removeAll(keepingCapacity: true)
    shares.removeAll(keepingCapacity: true)
    for window in windows {
      let history = step.histories[Int(window.user)]
      let events = step.histories.weights(of: Int(window.user))
      for place in window.start..<window.start + window.count {
        let row = UInt64(firstRow + own.count)
        let isLeftOut =
          options.eventDropout > 0
          && drop.fraction(UInt64(step.number) << 32 + row) < Double(options.eventDropout)
        read.append(history[history.startIndex + place])
        own.append(history[history.startIndex + place + 1])
        shares.append(isLeftOut ? 0 : events[events.startIndex + place] / step.histories.weightMax)
        weights.append(events[events.startIndex + place + 1])
      }
    }
    return weights
  }

  /// The loss of the queries, and the slopes of queries and own items by it.
  private func score(_ weights: [Float], _ step: Step) {
    let (tower, drawn, kernels) = (step.tower, step.drawn, step.tower.kernels)
    let negatives = drawn.items.count
    loss = 0
    for row in 0..<count {
      let item = own[row]
      logits.withMutableRow(row) { logits in
        for i in 0..<negatives { logits[i] = drawn.items[i] == item ? -1e30 : drawn.corrections[i] }
        logits[negatives] = 0
      }
    }
    kernels.accumulate(pass.queries, drawn.across, rows: count, into: logits)
    let dots = FloatMatrix(rows: count, columns: 1)
    kernels.dots(
      RowPairs(pass.queries, [UInt32](0..<UInt32(count))[...], tower.vectors, own[...]), into: dots, column: 0)
    var links = RowLinks()
    for row in 0..<count {
      logits[row, negatives] = dots[row, 0] + (drawn.ownCorrections?[Int(own[row])] ?? 0)
      let loss = kernels.softmax(logits, row: row, target: negatives, scale: step.scale * weights[row])
      self.loss += Double(weights[row]) * Double(loss)
      links.append(from: UInt32(row), to: own[row], share: logits[row, negatives])
    }
    kernels.backward(logits, rows: count, drawn.vectors, into: pass.querySlopes)
    kernels.add(tower.vectors, by: links.reversed, to: pass.querySlopes, range: 0..<count)
    for row in 0..<count {
      let pull = logits[row, negatives]
      ownSlopes.withMutableRow(row) { out in
        pass.queries.withRow(row) { query in
          for column in out.indices { out[column] = pull * query[column] }
        }
      }
    }
  }
}
