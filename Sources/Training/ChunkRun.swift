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
      var values = pass.forward(users: users, items: items, dropout: dropout, firstRow: start)
      report += score(&values, start..<end)
      pass.backward(
        values, users: users, items: items, dropout: dropout, firstRow: start, weightGradients: weightGradients,
        chunk: chunk, continuing: start > rows.lowerBound, userGradients: userGradients, itemGradients: itemGradients)
      start = end
    }
    return report
  }

  /// Turns logits into their gradients.
  private func score(_ values: inout [Float], _ rows: Range<Int>) -> StepReport {
    var report = StepReport()
    guard loss.isGrouped else {
      var losses = [Float](repeating: 0, count: rows.count)
      for (value, target) in zip(values, batch.targets[rows]) where (value > 0) == (target > 0.5) {
        report.correct += 1
      }
      kernels.crossEntropy(
        &values, targets: batch.targets[rows], weights: batch.weights[rows], scale: scale, losses: &losses,
        count: rows.count)
      for loss in losses { report.lossSum += Double(loss) }
      report.count = rows.count
      return report
    }
    for start in stride(from: 0, to: rows.count, by: group) {
      let range = start..<start + group
      if values[range].dropFirst().allSatisfy({ $0 < values[start] }) { report.correct += 1 }
      let weight = batch.weights[rows.lowerBound + start]
      let loss =
        loss == .pairwise
        ? kernels.pairwise(&values, range, scale: scale * weight)
        : kernels.softmax(&values, range, target: 0, scale: scale * weight)
      report.lossSum += Double(loss * weight)
      report.count += 1
    }
    return report
  }
}
