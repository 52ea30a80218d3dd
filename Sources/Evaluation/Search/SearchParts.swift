import Kernels
package import Towers

/// What the score of every item of a catalogue is made of, for one query and its shopper.
package struct SearchParts: Sendable {
  /// In the order of `SearchWeights`, `[items]` each.
  package let columns: [[Float]]
  /// What the gate reads.
  package let gate: [Float]
  /// Items that are left out.
  package let hidden: Set<Int>

  /// The parts of one query.
  package init(columns: [[Float]], gate: [Float], hidden: Set<Int>) {
    self.columns = columns
    self.gate = gate
    self.hidden = hidden
  }

  /// The parts that say what the shopper likes, which the gate multiplies.
  package static let personal = 2..<6

  /// λ L, and the inner product with the query vector, of each item; −∞ for those left out.
  ///
  /// - Parameter isPersonal: Whether the shopper counts.
  package func scores(_ settings: SearchSettings, isPersonal: Bool = true) -> [Float] {
    let gate = QueryBlend.gate(settings.gate, gate)
    let weights = settings.weights.values.enumerated().map { place, weight in
      Self.personal.contains(place) ? (isPersonal ? gate * weight : 0) : weight
    }
    var scores = [Float](repeating: 0, count: columns[0].count)
    for (column, weight) in zip(columns, weights) where weight > 0 {
      for item in scores.indices { scores[item] += weight * column[item] }
    }
    for item in hidden { scores[item] = -.infinity }
    return scores
  }

  /// The lexical scores alone; −∞ for items without one.
  package var lexical: [Float] {
    var scores = columns[0].map { $0 > 0 ? $0 : -.infinity }
    for item in hidden { scores[item] = -.infinity }
    return scores
  }

  /// The inner products of texts alone.
  package var dense: [Float] {
    var scores = columns[1]
    for item in hidden { scores[item] = -.infinity }
    return scores
  }

  /// The candidates of both arms, the best 100 of each, by their fused scores.
  package func candidates(_ settings: SearchSettings, isPersonal: Bool = true, depth: Int = 100) -> [Int] {
    var weights = settings
    weights.weights.lexical = 0
    let fused = scores(settings, isPersonal: isPersonal)
    let union = Set(SearchFigures.best(lexical, depth))
      .union(SearchFigures.best(scores(weights, isPersonal: isPersonal), depth))
    return union.sorted { (fused[$1], $0) < (fused[$0], $1) }
  }
}
