import Kernels

/// Some queries of a step on their way through the loss and back.
final class TextChunk {
  let rows: Range<Int>
  /// Against all items of the batch, `[rows, items]`; then their slopes.
  let logits: FloatMatrix
  /// The queries over the temperature, and the slopes of the queries, `[rows, d]`.
  let scaled, slopes: FloatMatrix
  private(set) var loss = 0.0

  init(rows: Range<Int>, dimension: Int, items: Int) {
    self.rows = rows
    logits = FloatMatrix(rows: rows.count, columns: items)
    scaled = FloatMatrix(rows: rows.count, columns: dimension)
    slopes = FloatMatrix(rows: rows.count, columns: dimension)
  }

  func run(
    _ batch: TextBatch, _ vectors: FloatMatrix, _ items: FloatMatrix, _ across: FloatMatrix, temperature: Float,
    scale: Float, _ kernels: KernelSet
  ) {
    for (row, query) in rows.enumerated() {
      scaled.setRow(row, vectors.row(query).map { $0 / temperature })
      let own = batch.numbers[query]
      // The same item by another way is no wrong answer.
      logits.withMutableRow(row) { logits in
        for (item, number) in batch.numbers.enumerated() where number == own && item != query { logits[item] = -1e30 }
      }
    }
    kernels.accumulate(scaled, across, rows: rows.count, into: logits)
    for (row, query) in rows.enumerated() {
      let weight = batch.weights[query]
      loss += Double(weight) * Double(kernels.softmax(logits, row: row, target: query, scale: scale * weight))
    }
    kernels.backward(logits, rows: rows.count, items, into: slopes)
    for row in 0..<rows.count {
      slopes.withMutableRow(row) { slope in for i in slope.indices { slope[i] /= temperature } }
    }
  }
}
