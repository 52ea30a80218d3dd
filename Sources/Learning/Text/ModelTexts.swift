package import Kernels
import Ranking
package import Text
package import Towers
import Vocabulary

/// What a model knows of texts: the words of the catalogue, the tower of texts, and what items' embeddings have besides
/// their behaviour.
package struct ModelTexts: Sendable {
  package let lexicon: Lexicon
  package let tower: TextTower
  /// What the tower's Adagrad has summed up of each row, `[rows, 1]`: a later training goes on with it.
  let squares: FloatMatrix
  package let settings: SearchSettings
  /// Of items, in the model's order, `[items, dt]`.
  package let vectors: FloatMatrix
  /// ln(1 + events), `[items]`.
  package let popularity: [Float]

  init(
    lexicon: Lexicon, tower: TextTower, squares: FloatMatrix, settings: SearchSettings, vectors: FloatMatrix,
    popularity: [Float]
  ) {
    (self.lexicon, self.tower, self.squares, self.settings) = (lexicon, tower, squares, settings)
    (self.vectors, self.popularity) = (vectors, popularity)
  }

  /// The settings of a collection that is searched by these words.
  var searchSettings: TextSettings { TextSettings(counted: lexicon) }

  /// The embeddings of all items, `[items, d]`.
  ///
  /// - Parameter behaviour: `[items, db]`.
  package func embeddings(_ behaviour: FloatMatrix) -> FloatMatrix {
    let rows = FloatMatrix(rows: behaviour.rowCapacity, columns: settings.embeddingDimension)
    for item in 0..<behaviour.rowCapacity {
      rows.setRow(
        item,
        settings.embedding(
          text: vectors.row(item), behaviour: behaviour.row(item), popularity: popularity[item]))
    }
    return rows
  }

  /// Vectors of behaviour, one behind the other, as those by which a query without words searches.
  func queries(_ behaviour: [Float]) -> [Float] {
    let zeros = [Float](repeating: 0, count: settings.dimension)
    let rest = [Float](repeating: 0, count: settings.behaviour + 1)
    return stride(from: 0, to: behaviour.count, by: settings.behaviour).flatMap {
      zeros + behaviour[$0..<$0 + settings.behaviour] + rest
    }
  }

  /// The content of `text.safetensors`.
  func file(_ storage: TensorStorage) -> [UInt8] {
    var writer = SafetensorsWriter()
    writer.add(
      TextTower.tensorName, TrainedModel.values(tower.table), shape: [tower.table.rowCapacity, tower.dimension],
      as: storage)
    return writer.file()
  }
}
