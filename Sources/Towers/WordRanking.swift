package import Vocabulary

/// How a search by words orders its candidates: by the score of both arms, the network's logit, and a correction that reads
/// both and the query (`proto-spec/09-arithmetic.md`, 9.13).
package struct WordRanking: Hashable, Sendable {
  /// What a candidate brings.
  package struct Candidate: Hashable, Sendable {
    package let lexical: Float
    /// The inner product with the query vector.
    package let product: Float
    /// The one score of both.
    package let fused: Float
    /// Of the network.
    package let logit: Float

    package init(lexical: Float, product: Float, fused: Float, logit: Float) {
      (self.lexical, self.product, self.fused, self.logit) = (lexical, product, fused, logit)
    }
  }

  /// A value that the correction can read.
  package enum Input: String, Sendable, CaseIterable {
    case fused, lexical, product, logit
    /// Of the query, as the gate reads them.
    case terms, idf, history, likeness
  }

  /// An input as the correction reads it: the value less the mean, times the scale.
  package struct Reading: Hashable, Sendable {
    package let input: Input
    package let mean, scale: Float

    package init(_ input: Input, mean: Float, scale: Float) {
      (self.input, self.mean, self.scale) = (input, mean, scale)
    }
  }

  /// One of the correction's neurons: what is above 0 of its sum counts.
  package struct Neuron: Hashable, Sendable {
    package let bias: Float
    /// Of each input.
    package let weights: [Float]
    /// What it adds to the score, times what it has.
    package let out: Float

    package init(bias: Float, weights: [Float], out: Float) {
      (self.bias, self.weights, self.out) = (bias, weights, out)
    }
  }

  package static let neuronsMax = 64
  package static let weightMax: Float = 1e6

  /// How much the fused score and the logit count. With a network that has not learned from words an item with all of them
  /// goes before one with half of them, unless the shopper's taste says otherwise very clearly.
  package var fused: Float = 32
  package var logit: Float = 1
  package var inputs: [Reading] = []
  package var neurons: [Neuron] = []

  /// That of a model that says nothing.
  package init() {}

  /// What the query itself brings where nothing is known of it.
  package static let noQuery = [Float](repeating: 0, count: SearchSettings.gateCount - 1)

  /// The score of a candidate; `nil` where it is not finite.
  ///
  /// - Parameter query: What the gate reads.
  package func score(_ candidate: Candidate, query: [Float] = Self.noQuery) -> Score? {
    let own = (fused * candidate.fused) + (logit * candidate.logit)
    return Score(neurons.isEmpty ? own : own + correction(candidate, query))
  }

  private func correction(_ candidate: Candidate, _ query: [Float]) -> Float {
    let values = inputs.map { ($0.value(candidate, query) - $0.mean) * $0.scale }
    var sum: Float = 0
    for neuron in neurons {
      var own = neuron.bias
      for (weight, value) in zip(neuron.weights, values) { own += weight * value }
      if own > 0 { sum += neuron.out * own }
    }
    return sum
  }
}

extension WordRanking.Reading {
  /// The value itself.
  package func value(_ candidate: WordRanking.Candidate, _ query: [Float]) -> Float {
    switch input {
    case .fused: candidate.fused
    case .lexical: candidate.lexical
    case .product: candidate.product
    case .logit: candidate.logit
    case .terms: query[0]
    case .idf: query[1]
    case .history: query[2]
    case .likeness: query[3]
    }
  }
}
