import DataSets
package import Evaluation
package import Towers
import Vocabulary

/// Fits how much each part of a search counts: softmax of the wanted item among candidates, every weight ≥ 0 (a weight
/// below 0 fits drawn candidates better and ranks a whole catalogue far worse).
package struct SearchFit: Sendable {
  /// What the wanted item of a search and its candidates have, part by part.
  package struct Event: Sendable {
    /// Candidates of which the first is the wanted one, `[candidates, parts]`.
    let rows: [Float]
    /// What the gate reads.
    let gate: [Float]

    /// Candidates of three kinds: some of the best by words and texts, the best by the shopper, and any.
    ///
    /// - Parameter number: Of the event, by which candidates are drawn.
    package init(_ parts: SearchParts, wanted: Int, number: Int, seed: UInt64 = 1) {
      var random = SplitMix64(seed: CounterRandom(seed: seed, stream: 0x5004).bits(UInt64(number)))
      let count = parts.columns[0].count
      func scores(_ chosen: [Int]) -> [Float] {
        var scores = [Float](repeating: 0, count: count)
        for part in chosen {
          for item in 0..<count { scores[item] += parts.columns[part][item] }
        }
        for item in parts.hidden { scores[item] = -.infinity }
        scores[wanted] = -.infinity
        return scores
      }
      var near = SearchFigures.best(scores([0, 1]), SearchFit.nearMax)
      var items = [wanted]
      for _ in 0..<min(SearchFit.near, near.count) { items.append(near.remove(at: random.below(near.count))) }
      items += SearchFigures.best(scores(Array(SearchParts.personal)), SearchFit.personal)
      for _ in 0..<SearchFit.uniform {
        let item = random.below(count)
        if item != wanted, !parts.hidden.contains(item) { items.append(item) }
      }
      rows = items.flatMap { item in parts.columns.map { $0[item] } }
      gate = parts.gate
    }
  }

  static let nearMax = 300
  static let near = 80, personal = 20, uniform = 40

  private let events: [Event]

  package init(_ events: [Event]) { self.events = events }

  /// The weights of the least loss, from those of a shop without a log on.
  ///
  /// - Parameters:
  ///   - parts: Which weights are fitted; others are 0.
  ///   - gated: Whether the gate is fitted too; else it is always open, 1.
  ///   - rounds: Steps of Adam over all events.
  package func fitted(
    _ start: SearchSettings, parts: Set<Int> = Set(0..<SearchWeights.count), gated: Bool = false, rounds: Int = 300
  ) -> SearchSettings {
    let parts = start.behaviour == 0 ? parts.subtracting([2, 3, 6]) : parts
    var settings = start
    let count = SearchWeights.count
    // In units of ten, so that the softmax of scores around 1 is sharp enough to learn from.
    var values = start.weights.values.map { max(Double($0), 0.1) } + start.gate.map(Double.init)
    for place in 0..<count { values[place] *= 10 }
    for place in 0..<count where !parts.contains(place) { values[place] = 0 }
    var first = values.map { _ in 0.0 }
    var second = first
    for round in 1...max(rounds, 1) {
      let slopes = slopes(values)
      let rate = 0.3 * (1 - Double(round - 1) / Double(rounds))
      for place in values.indices {
        guard place < count ? parts.contains(place) : gated else { continue }
        first[place] = 0.9 * first[place] + 0.1 * slopes[place]
        second[place] = 0.99 * second[place] + 0.01 * slopes[place] * slopes[place]
        let (bias, biasOfSquares) = (
          1 - Transcendental.power(0.9, Double(round)), 1 - Transcendental.power(0.99, Double(round))
        )
        let step = first[place] / bias / ((second[place] / biasOfSquares).squareRoot() + 1e-9)
        // The gate moves slower: its inputs are counts.
        values[place] -= rate * step * (place < count ? 1 : 0.1)
        if place < count { values[place] = max(0, values[place]) }
      }
    }
    // λ L + … ranks alike at any scale: that of the greatest weight is 1.
    let most = values[..<count].max() ?? 1
    settings.weights.values = values[..<count].map { Float(most > 0 ? $0 / most : 0) }
    settings.gate = values[count...].map { Float($0) }
    return settings
  }

  /// The mean loss.
  package func loss(_ settings: SearchSettings) -> Double {
    losses(settings.weights.values.map(Double.init) + settings.gate.map(Double.init)) { _, _ in }
  }

  /// The slopes of the mean loss by the weights, then the gate.
  package func slopes(_ values: [Double]) -> [Double] {
    var slopes = values.map { _ in 0.0 }
    _ = losses(values) { place, slope in slopes[place] += slope }
    return slopes
  }

  private func losses(_ values: [Double], _ add: (Int, Double) -> Void) -> Double {
    let count = SearchWeights.count
    var total = 0.0
    for event in events {
      let inputs = [1] + event.gate.map(Double.init)
      let sum = zip(values[count...], inputs).reduce(0) { $0 + $1.0 * $1.1 }
      let half = 1 / (1 + Transcendental.exp(-sum))
      let gate = 2 * half
      let candidates = event.rows.count / count
      var scores: [Double] = []
      var personal: [Double] = []
      for candidate in 0..<candidates {
        var (plain, own) = (0.0, 0.0)
        for part in 0..<count {
          let product = values[part] * Double(event.rows[candidate * count + part])
          if SearchParts.personal.contains(part) { own += product } else { plain += product }
        }
        scores.append(plain + gate * own)
        personal.append(own)
      }
      let most = scores.reduce(-Double.infinity) { max($0, $1) }
      let powers = scores.map { Transcendental.exp($0 - most) }
      let mass = powers.reduce(0, +)
      total += Transcendental.log(mass) - (scores[0] - most)
      var gateSlope = 0.0
      var partSlopes = [Double](repeating: 0, count: count)
      for candidate in 0..<candidates {
        let slope = powers[candidate] / mass - (candidate == 0 ? 1 : 0)
        gateSlope += slope * personal[candidate]
        for part in 0..<count { partSlopes[part] += slope * Double(event.rows[candidate * count + part]) }
      }
      let share = 1 / Double(events.count)
      for part in 0..<count {
        add(part, share * partSlopes[part] * (SearchParts.personal.contains(part) ? gate : 1))
      }
      for (place, input) in inputs.enumerated() {
        add(count + place, share * gateSlope * gate * (1 - half) * input)
      }
    }
    return total / Double(max(events.count, 1))
  }
}
