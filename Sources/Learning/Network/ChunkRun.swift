import Kernels

/// One chunk of a batch, forward and backward, block by block.
struct ChunkRun: Sendable {
  let batch: PairBatch
  let group: Int
  let loss: RankingLoss
  /// Factor of every pair's or event's gradient: one over their number.
  let scale: Float
  let dropout: Dropout?
  let kernels: KernelSet
  let weightGradients: [FloatMatrix]
  let userGradients, itemGradients: FloatMatrix

  func run(_ chunk: Int, rows: Range<Int>, on pass: NetworkPass) -> StepReport {
    precondition(group <= NetworkPass.blockRows, "an event and its negatives fit one block")
    var report = StepReport()
    var start = rows.lowerBound
    while start < rows.upperBound {
      let end = min(rows.upperBound, start + NetworkPass.blockRows / group * group)
      let users = batch.users[start..<end]
      let items = batch.items[start..<end]
      var values = pass.forward(
        users: users, items: items, events: batch.events.isEmpty ? nil : batch.events[start..<end],
        scores: batch.retrievalScores.isEmpty ? nil : batch.retrievalScores[start..<end],
        strangers: batch.strangers.map { StrangerRows.Block($0, start..<end) }, dropout: dropout,
        firstRow: start)
      report += loss.score(&values, batch, start..<end, group: group, scale: scale, kernels: kernels)
      pass.backward(
        values, users: users, items: items, dropout: dropout, firstRow: start, weightGradients: weightGradients,
        chunk: chunk, continuing: start > rows.lowerBound, userGradients: userGradients, itemGradients: itemGradients)
      start = end
    }
    return report
  }
}
