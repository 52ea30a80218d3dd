import DataSets
package import Ranking

extension TwoPhaseRanker {
  /// The ranges of what the network reads, over the candidates of users spread evenly over the log.
  ///
  /// - Parameters:
  ///   - samples: How many users to ask for at most.
  ///   - depth: Candidates of each.
  package func calibration(_ test: TestSet, samples: Int, depth: Int) -> Calibration {
    var calibration = Calibration(served.model, kernels: kernels)
    var room = CatalogueRoom()
    let known = (0..<test.learned.userCount).filter { !test.learned[$0].isEmpty }
    let step = max(1, (known.count + samples - 1) / max(samples, 1))
    for place in stride(from: 0, to: known.count, by: step) {
      let query = test.query(user: known[place])
      guard let user = vectors(of: query.user) else { continue }
      calibration.add(
        inputs(query, user, depth: depth, in: &room), user: user, context: query.eventContext.context)
    }
    return calibration
  }
}
