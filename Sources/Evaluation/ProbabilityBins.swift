import DataSets

/// Whether probabilities are what happens: of pairs in the order of their probability, in ten bins of equally many, how
/// probable they are said to be and how often they are events.
package struct ProbabilityBins: Sendable, Equatable, Codable {
  /// Some pairs of about one probability.
  package struct Bin: Sendable, Equatable, Codable {
    package let pairs: Int
    /// The mean probability, and the share that are events.
    package let predicted, observed: Double
  }

  package let logLoss: Double
  package let bins: [Bin]

  /// The largest distance between a predicted and an observed rate.
  package var gapMax: Double { bins.reduce(0) { max($0, abs($1.predicted - $1.observed)) } }

  /// - Parameter labels: 1 for an event, 0 for a negative.
  package init(_ logits: [Float], labels: [Float], count: Int = 10) {
    logLoss = logits.isEmpty ? 0 : Metrics.logLoss(logits, labels: labels)
    let order = logits.indices.sorted { (logits[$0], $0) < (logits[$1], $1) }
    bins = (0..<count).compactMap { bin in
      let places = order[order.count * bin / count..<order.count * (bin + 1) / count]
      guard !places.isEmpty else { return nil }
      func mean(_ value: (Int) -> Double) -> Double { places.reduce(0) { $0 + value($1) } / Double(places.count) }
      return Bin(
        pairs: places.count, predicted: mean { 1 / (1 + Transcendental.exp(-Double(logits[$0]))) },
        observed: mean { Double(labels[$0]) })
    }
  }
}
