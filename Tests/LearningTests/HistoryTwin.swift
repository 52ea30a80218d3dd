import DataSets
import Foundation
import Kernels
import Learning
import Towers

/// The sampled softmax of a history tower with the decayed sum in float64, written for reading: what its slopes are
/// checked on.
struct HistoryTwin {
  /// e, w and c.
  var own, features: [[Double]]
  var constant: [Double]
  let content: ItemContent
  let decay: Double
  let probabilities: [Double]

  init(_ tower: HistoryTower, probabilities: [Double]) {
    own = Float64Twin.rows(tower.own)
    features = Float64Twin.rows(tower.features)
    constant = Float64Twin.rows(tower.parameters.matrices[0])[0]
    content = tower.content
    decay = Double(tower.options.shape.decay)
    self.probabilities = probabilities
  }

  func vector(_ item: Int) -> [Double] {
    let share = 1 / Double(content[item].count).squareRoot()
    return own[item].indices.map { k in
      own[item][k] + content[item].reduce(0) { $0 + share * features[Int($1)][k] }
    }
  }

  /// The mean loss of histories, each event of which is told from those before it, against drawn items.
  ///
  /// - Parameters:
  ///   - shares: What each event counts that is read, one history after another.
  ///   - weights: Of the events that are foretold, likewise.
  func loss(_ histories: [[UInt32]], drawn: [UInt32], shares: [Float], weights: [Float]) -> Double {
    var (sum, weight, row) = (0.0, 0.0, 0)
    for history in histories {
      for place in 1..<history.count {
        var query = constant
        for age in 0..<place {
          let source = vector(Int(history[place - 1 - age]))
          let share = pow(decay, Double(age)) * Double(shares[row - age])
          for k in query.indices { query[k] += share * source[k] }
        }
        let own = history[place]
        func logit(_ item: UInt32) -> Double {
          zip(query, vector(Int(item))).map(*).reduce(0, +) - log(Double(drawn.count) * probabilities[Int(item)])
        }
        let others = drawn.filter { $0 != own }.map { exp(logit($0)) }.reduce(0, +)
        sum += Double(weights[row]) * (log(exp(logit(own)) + others) - logit(own))
        weight += Double(weights[row])
        row += 1
      }
    }
    return sum / weight
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
