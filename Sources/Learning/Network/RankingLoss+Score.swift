import Kernels

extension RankingLoss {
  /// Turns the logits of some of a batch's pairs, whole groups, into their gradients.
  ///
  /// - Parameter scale: Factor of every pair's or event's gradient.
  func score(
    _ values: inout [Float], _ batch: PairBatch, _ rows: Range<Int>, group: Int, scale: Float, kernels: KernelSet
  ) -> StepReport {
    var report = StepReport()
    guard isGrouped else {
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
        self == .pairwise
        ? kernels.pairwise(&values, range, scale: scale * weight)
        : kernels.softmax(&values, range, target: 0, scale: scale * weight)
      report.lossSum += Double(loss * weight)
      report.count += 1
    }
    return report
  }

  /// The loss of a network on a batch, without learning from it.
  func measure(_ network: RankingNetwork, _ batch: PairBatch, group: Int) -> StepReport {
    var values = network.logits(users: batch.users, items: batch.items)
    return score(&values, batch, 0..<batch.count, group: group, scale: 1, kernels: network.kernels)
  }
}
