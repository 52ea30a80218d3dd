import Foundation
import Kernels
import Learning
import Ranking

/// The loss of a network over a batch, in float64 and written for reading: what the trainer's gradients are checked on.
struct Float64Twin {
  /// Rows of each parameter, in the order of `RankingNetwork.parameters`.
  var parameters: [[[Double]]]
  let shape: NetworkShape
  let profiles, attributes: [[Double]]?
  let retrieval: (queries: [[Double]], embeddings: [[Double]], mean: Double, scale: Double)?
  let side: SideInputs
  var dropout: (rate: Double, isKept: (_ layer: Int, _ row: Int, _ column: Int) -> Bool)?

  init(_ network: RankingNetwork) {
    parameters = network.parameters.map(Self.rows)
    shape = network.shape
    side = network.side
    profiles = network.side.profiles.map(Self.rows)
    attributes = network.side.attributes.map(Self.rows)
    retrieval = network.side.retrieval.map {
      (
        Self.rows($0.queries), Self.rows($0.embeddings), Double($0.normalisation.mean), Double($0.normalisation.scale)
      )
    }
  }

  static func rows(_ matrix: FloatMatrix) -> [[Double]] {
    (0..<matrix.rowCapacity).map { matrix.row($0).map(Double.init) }
  }

  func loss(_ batch: PairBatch, _ loss: RankingLoss, group: Int) -> Double {
    let logits = (0..<batch.count).map {
      logit(
        Int(batch.users[$0]), Int(batch.items[$0]), row: $0, event: batch.events.isEmpty ? nil : Int(batch.events[$0]))
    }
    if loss == .crossEntropy {
      let losses = logits.indices.map { i in
        Double(batch.weights[i])
          * (max(logits[i], 0) - logits[i] * Double(batch.targets[i]) + log1p(exp(-abs(logits[i]))))
      }
      return losses.reduce(0, +) / Double(batch.count)
    }
    var sum = 0.0
    for start in stride(from: 0, to: batch.count, by: group) {
      let z = Array(logits[start..<start + group])
      let weight = Double(batch.weights[start])
      if loss == .pairwise {
        sum += weight * z.dropFirst().map { log1p(exp(-(z[0] - $0))) }.reduce(0, +) / Double(group - 1)
      } else {
        sum += weight * (log(z.map(exp).reduce(0, +)) - z[0])
      }
    }
    return sum / Double(batch.count / group)
  }

  func logit(_ user: Int, _ item: Int, row: Int, event: Int? = nil) -> Double {
    let moments = event == nil ? side.users : side.events
    let place = event ?? user
    let earlier = moments?.profiles.map { $0.table.row(Int($0.rows[place])).map(Double.init) }
    let profile = earlier ?? profiles?[user] ?? []
    let (u, v) = (parameters[0][user], parameters[1][item])
    let product = shape.usesProduct || shape.usesDot ? zip(u, v).map(*) : []
    var x: [Double] = []
    if shape.usesUser { x += u + profile }
    if shape.usesItem { x += v }
    if shape.usesProduct { x += product }
    if shape.usesDot { x.append(product.reduce(0, +)) }
    if let retrieval {
      let score = zip(retrieval.queries[user], retrieval.embeddings[item]).map(*).reduce(0, +)
      x.append((score - retrieval.mean) * retrieval.scale)
    }
    var known = attributes?[item] ?? []
    if let drift = side.drift, let periods = moments?.periods {
      known[drift.column] = Double(drift.values[Int(periods[place]) * parameters[1].count + item])
    }
    x += known
    for each in side.crosses {
      switch each.items[item] {
      case .input(let number): x.append(Double(number) - profile[0])
      case .places(let places): x.append(places.map { profile[$0] }.reduce(0, +))
      // As the age of `MomentGradientTests` is normalised.
      case .number(let start): x.append((max(0, Double(moments?.days?[place] ?? 0) - start) - 3) * 0.25)
      case .missing: x.append(0.5)
      }
    }
    if let contexts = side.contexts, let moments { x += contexts.row(Int(moments.contexts[place])).map(Double.init) }
    for (layer, weights) in parameters.dropFirst(2).enumerated() {
      var y = weights[x.count]
      for (k, value) in x.enumerated() {
        for o in y.indices { y[o] += value * weights[k][o] }
      }
      if layer < shape.layers.count - 1 {
        y = y.map { activate($0, shape.layers[layer].activation) }
        if let dropout {
          y = y.indices.map { dropout.isKept(layer, row, $0) ? y[$0] / (1 - dropout.rate) : 0 }
        }
      }
      x = y
    }
    return x[0]
  }

  private func activate(_ x: Double, _ activation: Activation) -> Double {
    switch activation {
    case .none: x
    case .relu: max(x, 0)
    case .sigmoid: 1 / (1 + exp(-x))
    case .tanh: tanh(x)
    case .gelu: x * 0.5 * erfc(-x * 0.5.squareRoot())
    }
  }

  /// The central difference for one parameter.
  mutating func slope(_ at: (Int, Int, Int), _ batch: PairBatch, _ loss: RankingLoss, group: Int) -> Double {
    let step = 1e-6
    let value = parameters[at.0][at.1][at.2]
    parameters[at.0][at.1][at.2] = value + step
    let above = self.loss(batch, loss, group: group)
    parameters[at.0][at.1][at.2] = value - step
    let below = self.loss(batch, loss, group: group)
    parameters[at.0][at.1][at.2] = value
    return (above - below) / (2 * step)
  }
}
