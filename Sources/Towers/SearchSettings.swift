/// What a model's manifest says of search by words: sizes of vectors, and how their parts count.
package struct SearchSettings: Hashable, Sendable {
  /// dt, of the vectors of texts.
  package var dimension: Int
  /// Rows of the table, a power of two.
  package var rowCount: Int
  /// db, of the vectors of behaviour; 0: the model has none.
  package var behaviour: Int
  package var weights: SearchWeights
  /// Of the gate: its start, then what number of terms, greatest idf, history and likeness add.
  package var gate: [Float]
  /// How candidates are ordered; `nil`: as a model does that has not learned it.
  package var ranking: WordRanking?

  package static let gateCount = 5
  package static let rowsMax = 1 << 22

  package init(
    dimension: Int, rowCount: Int, behaviour: Int = 0, weights: SearchWeights = SearchWeights(),
    gate: [Float] = [Float](repeating: 0, count: gateCount)
  ) {
    (self.dimension, self.rowCount, self.behaviour) = (dimension, rowCount, behaviour)
    (self.weights, self.gate) = (weights, gate)
  }

  /// d: components of an item's embedding, which is its text vector and, with behaviour, its behaviour vector, the same
  /// brought to length 1, and its popularity.
  package var embeddingDimension: Int { dimension + (behaviour > 0 ? 2 * behaviour + 1 : 0) }

  /// Which components of an embedding are its behaviour: those that a query without words searches by.
  package var behaviourComponents: Range<Int> { dimension..<dimension + behaviour }

  /// The embedding of an item, `[d]`.
  ///
  /// - Parameters:
  ///   - text: `[dt]`.
  ///   - behaviour: `[db]`.
  ///   - popularity: ln(1 + events).
  package func embedding(text: [Float], behaviour: [Float], popularity: Float) -> [Float] {
    precondition(text.count == dimension && behaviour.count == self.behaviour, "\(text.count), \(behaviour.count)")
    return self.behaviour > 0 ? text + behaviour + TextTower.unit(behaviour) + [popularity] : text
  }
}
