package import Kernels
import Ranking
package import Towers

/// What search by words goes on from: the text tower and the weights of a model that is trained further.
///
/// The rows of the table belong to hashes of words, so that they stay what they are for any newer catalogue.
package struct TextStart: Sendable {
  private static let prefix = "text."

  /// Sizes, weights and the order of candidates, which stay.
  package let settings: SearchSettings
  /// `[rows, dt]`, and what Adagrad has summed up of each row, `[rows, 1]`.
  package let table, squares: FloatMatrix

  /// Reads what a training kept.
  ///
  /// - Parameter settings: Of the manifest.
  /// - Throws: If the checkpoint has no such table.
  init(_ checkpoint: SafetensorsFile, _ settings: SearchSettings) throws(ModelError) {
    func matrix(_ name: String, columns: Int) throws(ModelError) -> FloatMatrix {
      let values = try checkpoint.floats(Self.prefix + name, shape: [settings.rowCount, columns])
      let matrix = FloatMatrix(rows: settings.rowCount, columns: columns)
      for row in 0..<settings.rowCount { matrix.setRow(row, values[row * columns..<(row + 1) * columns]) }
      return matrix
    }
    self.settings = settings
    table = try matrix("table", columns: settings.dimension)
    squares = try matrix("squares", columns: 1)
  }

  /// Adds to a checkpoint what a later training goes on from.
  static func write(_ texts: ModelTexts, to checkpoint: inout SafetensorsWriter) {
    for (name, matrix) in [("table", texts.tower.table), ("squares", texts.squares)] {
      checkpoint.add(
        prefix + name, TrainedModel.values(matrix), shape: [matrix.rowCapacity, matrix.columns])
    }
  }
}
