import DataSets
import Kernels

/// Some events of a batch on their way through a history tower and back.
final class HistoryChunk {
  /// User vectors `[rows, d]`, and their gradients.
  let queries, gradients: FloatMatrix
  /// Logits against the drawn items and, last, the event's own, `[rows, negatives + 1]`; then their gradients.
  let logits: FloatMatrix
  private(set) var bags: [(items: [UInt32], shares: [Float])] = []
  private(set) var loss = 0.0
  /// Events of this batch.
  private(set) var count = 0
  private let room: BagRoom

  init(rows: Int, negatives: Int, _ options: HistoryTower.Options) {
    queries = FloatMatrix(rows: rows, columns: options.dimension)
    gradients = FloatMatrix(rows: rows, columns: options.dimension)
    logits = FloatMatrix(rows: rows, columns: negatives + 1)
    room = BagRoom(options)
  }

  /// - Parameters:
  ///   - drawn: Vectors of the drawn items, and a row of zeros; `drawnAcross` is its transpose.
  ///   - corrections: Added to the logits of drawn items.
  ///   - positiveCorrection: Each item's probability of being drawn, if they differ.
  ///   - targetRows: Takes the gradient of each event's own item, behind the drawn ones' rows.
  func run(
    _ events: ArraySlice<(user: UInt32, place: UInt32)>, firstRow: Int, batchCount: Int, step: Int,
    tower: HistoryTower, histories: Histories, drawn: FloatMatrix, drawnAcross: FloatMatrix, items: [UInt32],
    corrections: [Float], positiveCorrection: [Double]?, targetRows: FloatMatrix
  ) {
    let options = tower.options
    let kernels = tower.kernels
    let negatives = items.count
    let drop = CounterRandom(seed: options.seed, stream: 0x4000)
    count = events.count
    loss = 0
    bags.removeAll(keepingCapacity: true)
    var own: [UInt32] = []
    for (row, event) in events.enumerated() {
      let history = histories[Int(event.user)]
      let at = history.startIndex + Int(event.place)
      own.append(history[at])
      room.load(history[..<at].suffix(options.length), decay: options.decay) { age in
        let place = UInt64(step * batchCount + firstRow + row) * UInt64(options.length) + UInt64(age)
        return options.dropout == 0 || drop.fraction(place) >= Double(options.dropout)
      }
      room.sum(tower.sources, tower.constant, into: queries, row: row, kernels: kernels)
      bags.append((room.items, room.shares))
      logits.withMutableRow(row) { logits in
        for i in 0..<negatives { logits[i] = items[i] == own[row] ? -1e30 : corrections[i] }
        logits[negatives] = 0
      }
    }
    kernels.accumulate(queries, drawnAcross, rows: count, into: logits)
    let dots = FloatMatrix(rows: count, columns: 1)
    kernels.dots(RowPairs(queries, [UInt32](0..<UInt32(count))[...], tower.targets, own[...]), into: dots, column: 0)
    let scale = Float(1 / Double(batchCount))
    for row in 0..<count {
      var logit = dots[row, 0]
      if let positiveCorrection {
        let expected = Double(negatives) * max(positiveCorrection[Int(own[row])], 1e-12)
        logit -= Float(Transcendental.log(expected))
      } else {
        logit -= Float(Transcendental.log(Double(negatives) / Double(tower.targets.rowCapacity)))
      }
      logits[row, negatives] = logit
      loss += Double(kernels.softmax(logits, row: row, target: negatives, scale: scale))
    }
    kernels.backward(logits, rows: count, drawn, into: gradients)
    for row in 0..<count {
      let pull = logits[row, negatives]
      let item = Int(own[row])
      targetRows.withMutableRow(negatives + firstRow + row) { out in
        queries.withRow(row) { query in
          for column in out.indices { out[column] = pull * query[column] }
        }
      }
      gradients.withMutableRow(row) { out in
        tower.targets.withRow(item) { target in
          for column in out.indices { out[column].addProduct(pull, target[column]) }
        }
      }
    }
  }
}
