import Kernels
import Vocabulary

/// Makes one vector of a query's words and its shopper, whose inner product with an item's embedding is the score of both
/// (`proto-spec/09-arithmetic.md`, 9.12).
package struct QueryBlend: Sendable {
  /// A query's words.
  package struct Words: Sendable {
    /// t_q, `[dt]`.
    package let vector: [Float]
    /// Terms that were typed.
    package let termCount: Int
    /// The greatest idf of the typed terms.
    package let greatestIDF: Float

    package init(vector: [Float], termCount: Int, greatestIDF: Float) {
      (self.vector, self.termCount, self.greatestIDF) = (vector, termCount, greatestIDF)
    }
  }

  /// Items of the history that count: the latest.
  package static let historyMax = 30

  private static let decay: Float = 0.9
  private static let sharpness: Float = 8
  /// 0.9 to the power of 0.3.
  private static let attentionDecay: Float = 0x1.f011d8p-1

  package let settings: SearchSettings

  package init(_ settings: SearchSettings) { self.settings = settings }

  /// What a history says about some words.
  package struct Attention: Sendable {
    /// ā, `[dt]`, of length 1, and ā_y, `[db]`.
    package let text, behaviour: [Float]
    /// The greatest t_q · t_h; 0 without a history.
    package let likeness: Float
  }

  /// A query vector, and what the gate has read of the query.
  package struct Blended: Sendable {
    /// `[d]`
    package let vector: [Float]
    package let inputs: [Float]
  }

  /// The query vector.
  ///
  /// - Parameters:
  ///   - user: x_u, `[db]`; zeros if nothing is known.
  ///   - history: The embeddings of the shopper's items, `[d]` each, oldest first.
  package func query(_ words: Words, user: [Float], history: [[Float]]) -> Blended {
    precondition(user.count == settings.behaviour, "a shopper of \(user.count) components")
    let history = history.suffix(Self.historyMax)
    let weights = settings.weights
    let attention = attention(words.vector, history)
    let inputs = Self.gateInputs(words, historyCount: history.count, likeness: attention.likeness)
    let gate = Self.gate(settings.gate, inputs)
    let past = text(history)
    var query = words.vector.indices.map { i in
      (weights.text * words.vector[i])
        + gate * ((weights.history * past[i]) + (weights.attendedHistory * attention.text[i]))
    }
    guard settings.behaviour > 0 else { return Blended(vector: query, inputs: inputs) }
    query += user.map { (gate * weights.user) * $0 }
    query += attention.behaviour.map { (gate * weights.attended) * $0 }
    return Blended(vector: query + [weights.popularity], inputs: inputs)
  }

  /// ū, `[dt]`: the decayed sum of the history's texts, of length 1.
  package func text(_ history: some BidirectionalCollection<[Float]>) -> [Float] {
    var sum = zeros(settings.dimension)
    for item in history.suffix(Self.historyMax) {
      for i in sum.indices { sum[i] = (Self.decay * sum[i]) + item[i] }
    }
    return TextTower.unit(sum)
  }

  /// What the history says about a query.
  package func attention(_ query: [Float], _ history: some BidirectionalCollection<[Float]>) -> Attention {
    let (dt, db) = (settings.dimension, settings.behaviour)
    let history = Array(history.suffix(Self.historyMax))
    let likeness = history.map { Exact.dot(query, Array($0[..<dt])) }
    guard let most = likeness.max() else { return Attention(text: zeros(dt), behaviour: zeros(db), likeness: 0) }
    var decays = [Float](repeating: 1, count: history.count)
    for place in decays.indices.dropLast().reversed() { decays[place] = decays[place + 1] * Self.attentionDecay }
    let powers = zip(likeness, decays).map { Exact.exp(Self.sharpness * ($0 - most)) * $1 }
    let total = powers.reduce(0, +)
    var (text, behaviour) = (zeros(dt), zeros(db))
    for (item, power) in zip(history, powers) {
      let share = power / total
      for i in 0..<dt { text[i] += share * item[i] }
      for i in 0..<db { behaviour[i] += share * item[dt + db + i] }
    }
    return Attention(text: TextTower.unit(text), behaviour: behaviour, likeness: most)
  }

  /// g, 0…2: how much the shopper counts beside the words.
  ///
  /// - Parameters:
  ///   - weights: Of the settings, the start first.
  package static func gate(_ weights: [Float], _ inputs: [Float]) -> Float {
    var sum = weights[0]
    for (weight, input) in zip(weights.dropFirst(), inputs) { sum += weight * input }
    return 2 * Exact.sigmoid(sum)
  }

  /// What the gate reads: number of terms, greatest idf, history and likeness.
  package static func gateInputs(_ words: Words, historyCount: Int, likeness: Float) -> [Float] {
    [
      Float(words.termCount), words.greatestIDF / 10, Float(SignedLog.log1p(Double(min(historyCount, historyMax)))),
      likeness,
    ]
  }

  private func zeros(_ count: Int) -> [Float] { [Float](repeating: 0, count: count) }
}
