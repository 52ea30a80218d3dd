import DataSets
import Foundation
import Kernels
import Learning

/// The sampled softmax of a history tower in float64, written for reading: what its gradients are checked on.
struct HistoryTwin {
  /// Target vectors, source vectors and the constant.
  var targets, sources: [[Double]]
  var constant: [Double]
  let isTied: Bool
  let histories: Histories
  let probabilities: [Double]

  init(_ tower: HistoryTower, _ histories: Histories, probabilities: [Double]) {
    targets = Float64Twin.rows(tower.targets)
    sources = Float64Twin.rows(tower.sources)
    constant = Float64Twin.rows(tower.constant)[0]
    isTied = tower.options.isTied
    self.histories = histories
    self.probabilities = probabilities
  }

  /// The mean loss of events against drawn items; `ages` says which earlier events count, from the latest, and `decay`
  /// how much.
  func loss(_ batch: [(user: UInt32, place: UInt32)], drawn: [UInt32], ages: [[Int]], decay: Double) -> Double {
    var sum = 0.0
    for (event, ages) in zip(batch, ages) {
      let history = Array(histories[Int(event.user)])
      let own = Int(history[Int(event.place)])
      var query = constant
      for age in ages {
        let source = (isTied ? targets : sources)[Int(history[Int(event.place) - 1 - age])]
        for k in query.indices { query[k] += pow(decay, Double(age)) * source[k] }
      }
      func logit(_ item: Int) -> Double {
        zip(query, targets[item]).map(*).reduce(0, +) - log(Double(drawn.count) * probabilities[item])
      }
      let others = drawn.filter { Int($0) != own }.map { exp(logit(Int($0))) }.reduce(0, +)
      sum += log(exp(logit(own)) + others) - logit(own)
    }
    return sum / Double(batch.count)
  }

  /// The central difference of `loss` when `value` is moved.
  mutating func slope(
    _ value: WritableKeyPath<HistoryTwin, Double>, _ loss: (HistoryTwin) -> Double
  ) -> Double {
    let (step, start) = (1e-6, self[keyPath: value])
    self[keyPath: value] = start + step
    let above = loss(self)
    self[keyPath: value] = start - step
    let below = loss(self)
    self[keyPath: value] = start
    return (above - below) / (2 * step)
  }
}
