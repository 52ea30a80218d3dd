import DataSets

/// The layers of a private re-ranker: the retrieval score of an item and what is public of it → a hidden layer → a logit.
package struct PrivateNetwork: Sendable, Equatable {
  /// Neurons of the hidden layer.
  static let hidden = 16

  /// n of one item, its retrieval score first.
  let inputs: Int
  /// The hidden layer's weights `[hidden, inputs]` and biases `[hidden]`, then the weights of the logit `[hidden]`.
  private(set) var parameters: [Double]

  /// A network that leaves the order of retrieval as it is: two neurons pass the score on, the others count nothing yet.
  init(inputs: Int) {
    self.inputs = inputs
    let random = CounterRandom(seed: 1, stream: 0x50_5249_564E)
    let bound = (6 / Double(inputs)).squareRoot()
    let weights = Self.hidden * inputs
    parameters = (0..<weights).map { (random.fraction(UInt64($0)) * 2 - 1) * bound }
    parameters += [Double](repeating: 0, count: 2 * Self.hidden)
    for (neuron, sign) in [1.0, -1].enumerated() {
      for input in 0..<inputs { parameters[neuron * inputs + input] = input == 0 ? sign : 0 }
      parameters[weights + Self.hidden + neuron] = sign
    }
  }

  /// Moves all parameters.
  mutating func move(_ steps: [Double]) {
    for (place, step) in steps.enumerated() { parameters[place] -= step }
  }

  /// Layer by layer, `[out, in]` of weights and `[out]` of biases.
  var layers: [(weights: [Float], biases: [Float])] {
    let (weights, hidden) = (Self.hidden * inputs, Self.hidden)
    let values = parameters.map { Float($0) }
    return [
      (Array(values[..<weights]), Array(values[weights..<weights + hidden])),
      (Array(values[(weights + hidden)...]), [0]),
    ]
  }

  /// The slope of −ln softmax of the first row of a list, added to `gradient` with a weight.
  ///
  /// - Parameter rows: `[n, inputs]`, that of the item which came next first.
  func addGradient(_ rows: [Double], weight: Double, to gradient: inout [Double]) {
    let (count, hidden) = (rows.count / inputs, Self.hidden)
    let (biasesAt, logitAt) = (hidden * inputs, hidden * inputs + hidden)
    var outputs = [Double](repeating: 0, count: count * hidden)
    var logits = [Double](repeating: 0, count: count)
    for row in 0..<count {
      for neuron in 0..<hidden {
        var sum = parameters[biasesAt + neuron]
        for input in 0..<inputs { sum += parameters[neuron * inputs + input] * rows[row * inputs + input] }
        outputs[row * hidden + neuron] = max(sum, 0)
        logits[row] += parameters[logitAt + neuron] * max(sum, 0)
      }
    }
    let most = logits.max() ?? 0
    var shares = logits.map { Transcendental.exp($0 - most) }
    let mass = shares.reduce(0, +)
    for row in 0..<count { shares[row] = (shares[row] / mass - (row == 0 ? 1 : 0)) * weight }
    for row in 0..<count {
      for neuron in 0..<hidden where outputs[row * hidden + neuron] > 0 {
        gradient[logitAt + neuron] += shares[row] * outputs[row * hidden + neuron]
        let slope = shares[row] * parameters[logitAt + neuron]
        gradient[biasesAt + neuron] += slope
        for input in 0..<inputs { gradient[neuron * inputs + input] += slope * rows[row * inputs + input] }
      }
    }
  }

  /// The logit of one item.
  package func logit(_ row: [Double]) -> Double {
    let (biasesAt, logitAt) = (Self.hidden * inputs, Self.hidden * inputs + Self.hidden)
    return (0..<Self.hidden).reduce(0.0) { logit, neuron in
      var sum = parameters[biasesAt + neuron]
      for input in 0..<inputs { sum += parameters[neuron * inputs + input] * row[input] }
      return logit + parameters[logitAt + neuron] * max(sum, 0)
    }
  }
}
