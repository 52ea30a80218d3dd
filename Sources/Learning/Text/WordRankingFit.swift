import DataSets
package import Towers
import Vocabulary

/// Fits how the candidates of a search by words are ordered, by the candidates that searches do find: softmax of the wanted
/// one among all of them.
///
/// First how much the fused score and the network's logit count, both ≥ 0; then neurons that correct their sum, which begin
/// without a say.
package struct WordRankingFit: Sendable {
  /// What one search has found.
  package struct Search: Sendable {
    /// By the fused score.
    let candidates: [WordRanking.Candidate]
    /// What the order reads of the query.
    let query: [Float]
    /// The place of the wanted item among the candidates.
    let wanted: Int

    package init(_ candidates: [WordRanking.Candidate], query: [Float], wanted: Int) {
      (self.candidates, self.query, self.wanted) = (candidates, query, wanted)
    }
  }

  package static let neurons = 16
  private static let batch = 32
  /// Passes through the searches.
  private static let passes = 20
  private static let decay = 1e-4

  private let searches: [Search]
  private let seed: UInt64

  package init(_ searches: [Search], seed: UInt64 = 1) { (self.searches, self.seed) = (searches, seed) }

  /// The two weights, without a correction.
  package func linear() -> WordRanking {
    var ranking = WordRanking()
    // In units of 32 and 1, so that both move alike.
    var parameters = [1.0, 1.0]
    fit(&parameters, isAtLeastZero: { _ in true }) { parameters, search, slopes in
      let scores = search.candidates.map {
        32 * parameters[0] * Double($0.fused) + parameters[1] * Double($0.logit)
      }
      for (candidate, slope) in zip(search.candidates, Self.softmaxSlopes(scores, wanted: search.wanted)) {
        slopes[0] += slope * 32 * Double(candidate.fused)
        slopes[1] += slope * Double(candidate.logit)
      }
    }
    (ranking.fused, ranking.logit) = (Float(32 * parameters[0]), Float(parameters[1]))
    return ranking
  }

  /// The same with a correction on top.
  package func corrected(_ linear: WordRanking) -> WordRanking {
    var ranking = linear
    ranking.inputs = readings()
    let (count, width) = (ranking.inputs.count, ranking.inputs.count + 2)
    var random = SplitMix64(seed: CounterRandom(seed: seed, stream: 0x5006).bits(0))
    // Of each neuron its bias, its weights, and what it adds, which begins with 0.
    var parameters: [Double] = []
    for _ in 0..<Self.neurons {
      parameters.append(0)
      for _ in 0..<count {
        parameters.append((Double(random.next() >> 11) * 0x1p-53 - 0.5) / Double(count).squareRoot())
      }
      parameters.append(0)
    }
    let inputs = ranking.inputs
    fit(&parameters, isAtLeastZero: { _ in false }) { parameters, search, slopes in
      let rows = search.candidates.map { candidate in
        inputs.map { Double(($0.value(candidate, search.query) - $0.mean) * $0.scale) }
      }
      var sums = [[Double]](repeating: [Double](repeating: 0, count: Self.neurons), count: rows.count)
      var scores: [Double] = []
      for (place, row) in rows.enumerated() {
        let candidate = search.candidates[place]
        var score = Double(linear.fused) * Double(candidate.fused) + Double(linear.logit) * Double(candidate.logit)
        for neuron in 0..<Self.neurons {
          let start = neuron * width
          var sum = parameters[start]
          for i in 0..<count { sum += parameters[start + 1 + i] * row[i] }
          sums[place][neuron] = sum
          if sum > 0 { score += parameters[start + 1 + count] * sum }
        }
        scores.append(score)
      }
      for (place, slope) in Self.softmaxSlopes(scores, wanted: search.wanted).enumerated() {
        for neuron in 0..<Self.neurons where sums[place][neuron] > 0 {
          let start = neuron * width
          let out = slope * parameters[start + 1 + count]
          slopes[start] += out
          for i in 0..<count { slopes[start + 1 + i] += out * rows[place][i] }
          slopes[start + 1 + count] += slope * sums[place][neuron]
        }
      }
    }
    ranking.neurons = (0..<Self.neurons).map { neuron in
      let own = parameters[neuron * width..<(neuron + 1) * width].map { Float($0) }
      return WordRanking.Neuron(bias: own[0], weights: Array(own[1...count]), out: own[count + 1])
    }
    return ranking
  }

  /// Every input with its mean and the reciprocal of its deviation over all candidates.
  private func readings() -> [WordRanking.Reading] {
    WordRanking.Input.allCases.map { input in
      let reading = WordRanking.Reading(input, mean: 0, scale: 1)
      let values = searches.flatMap { search in search.candidates.map { Double(reading.value($0, search.query)) } }
      let mean = values.reduce(0, +) / Double(max(values.count, 1))
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(values.count, 1))
      return WordRanking.Reading(
        input, mean: Float(mean), scale: variance > 1e-12 ? Float(1 / variance.squareRoot()) : 0)
    }
  }

  /// The slopes of the loss by the scores: what softmax gives each, less 1 for the wanted one.
  private static func softmaxSlopes(_ scores: [Double], wanted: Int) -> [Double] {
    let most = scores.max() ?? 0
    let powers = scores.map { Transcendental.exp($0 - most) }
    let mass = powers.reduce(0, +)
    return powers.enumerated().map { $1 / mass - ($0 == wanted ? 1 : 0) }
  }

  /// Adam over small batches in a drawn order, with steps that become smaller.
  private func fit(
    _ parameters: inout [Double], isAtLeastZero: (Int) -> Bool,
    _ addSlopes: ([Double], Search, inout [Double]) -> Void
  ) {
    guard !searches.isEmpty else { return }
    let zeros = [Double](repeating: 0, count: parameters.count)
    var (first, second, step) = (zeros, zeros, 0)
    let steps = Self.passes * ((searches.count + Self.batch - 1) / Self.batch)
    for pass in 0..<Self.passes {
      var random = SplitMix64(seed: CounterRandom(seed: seed, stream: 0x5007).bits(UInt64(pass)))
      var order = Array(searches.indices)
      for place in stride(from: order.count - 1, to: 0, by: -1) { order.swapAt(place, random.below(place + 1)) }
      for start in stride(from: 0, to: order.count, by: Self.batch) {
        let chosen = order[start..<min(start + Self.batch, order.count)]
        var slopes = zeros
        for place in chosen { addSlopes(parameters, searches[place], &slopes) }
        step += 1
        let rate = 0.02 * (1 - Double(step - 1) / Double(steps))
        let biases = (1 - Transcendental.power(0.9, Double(step)), 1 - Transcendental.power(0.99, Double(step)))
        for place in parameters.indices {
          let slope = slopes[place] / Double(chosen.count) + Self.decay * parameters[place]
          first[place] = 0.9 * first[place] + 0.1 * slope
          second[place] = 0.99 * second[place] + 0.01 * slope * slope
          parameters[place] -= rate * first[place] / biases.0 / ((second[place] / biases.1).squareRoot() + 1e-9)
          if isAtLeastZero(place) { parameters[place] = max(0, parameters[place]) }
        }
      }
    }
  }
}
