package import Kernels
package import Text
package import Towers
import Vocabulary

/// A catalogue as a search by words meets it: its words, and the embeddings of its items.
package struct SearchCatalogue: Sendable {
  package let words: WordScores
  package let settings: SearchSettings
  /// `[items, d]`.
  package let embeddings: FloatMatrix
  private let tower: TextTower
  private let analyser: TextAnalyser
  private let kernels: KernelSet
  /// The parts of embeddings: `[items, dt]`, and with behaviour `[items, db]` twice.
  private let text, behaviour, unit: FloatMatrix

  /// - Parameter embeddings: `[items, d]`, as the settings say.
  package init(
    _ words: WordScores, _ tower: TextTower, _ settings: SearchSettings, embeddings: FloatMatrix,
    kernels: KernelSet = KernelSet()
  ) throws(TextError) {
    precondition(
      embeddings.columns == settings.embeddingDimension && embeddings.rowCapacity == words.itemCount, "embeddings")
    (self.words, self.tower, self.settings, self.embeddings) = (words, tower, settings, embeddings)
    self.kernels = kernels
    analyser = try TextAnalyser(language: words.lexicon.language)
    let (dt, db) = (settings.dimension, settings.behaviour)
    text = FloatMatrix(rows: embeddings.rowCapacity, columns: dt)
    behaviour = FloatMatrix(rows: embeddings.rowCapacity, columns: db)
    unit = FloatMatrix(rows: embeddings.rowCapacity, columns: db)
    for item in 0..<embeddings.rowCapacity {
      let row = embeddings.row(item)
      text.setRow(item, row[..<dt])
      behaviour.setRow(item, row[dt..<dt + db])
      unit.setRow(item, row[(dt + db)...].prefix(db))
    }
  }

  package var itemCount: Int { embeddings.rowCapacity }

  /// What a case's items have of each part of the score.
  ///
  /// - Parameters:
  ///   - query: The analysed text.
  ///   - user: x_u, `[db]`; zeros if nothing is known.
  package func parts(_ asked: SearchCase, _ query: WordQuery, user: [Float]) throws(TextError) -> SearchParts {
    let typed = try analyser.terms(ofQuery: asked.text)
    let vector = tower.vector([typed])
    let terms = Set(typed.map(\.text))
    let history = asked.history.suffix(QueryBlend.historyMax).map { embeddings.row(Int($0)) }
    let blend = QueryBlend(settings)
    let attention = blend.attention(vector, history)
    let zeros = [Float](repeating: 0, count: itemCount)
    func dots(_ vector: [Float], _ matrix: FloatMatrix) -> [Float] {
      guard matrix.columns > 0, vector.contains(where: { $0 != 0 }) else { return zeros }
      var scores = zeros
      kernels.dots(PaddedVector(vector), matrix, rows: 0..<itemCount, into: &scores)
      return scores
    }
    return SearchParts(
      columns: [
        words.scores(query), dots(vector, text), dots(user, behaviour), dots(attention.behaviour, unit),
        dots(blend.text(history), text), dots(attention.text, text),
        settings.behaviour > 0
          ? (0..<itemCount).map { embeddings[$0, settings.embeddingDimension - 1] } : zeros,
      ],
      gate: QueryBlend.gateInputs(
        .init(
          vector: vector, termCount: terms.count,
          greatestIDF: terms.reduce(0) { max($0, words.lexicon.idf($1)) }), historyCount: history.count,
        likeness: attention.likeness),
      hidden: asked.hidden)
  }
}
