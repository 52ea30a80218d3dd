package import Kernels
package import Text

/// Makes vectors of texts: a row of a table for each hashed feature, added up and brought to length 1. One table serves
/// queries and items, so that both lie in one space (`proto-spec/09-arithmetic.md`, 9.11).
package struct TextTower: Sendable {
  /// `[rows, dt]`; a power of two rows.
  package let table: FloatMatrix

  /// - Parameter table: A power of two rows.
  package init(_ table: FloatMatrix) {
    precondition(table.rowCapacity.nonzeroBitCount == 1, "\(table.rowCapacity) rows")
    self.table = table
  }

  package static let tensorName = "table"

  package var dimension: Int { table.columns }

  /// The vector of a query's terms, or of those of an item's texts; zeros if there are none.
  package func vector(_ fields: [[Term]]) -> [Float] {
    vector(TextFeatures(fields, rowCount: table.rowCapacity))
  }

  /// The vector of a text by its features, `[dt]`.
  package func vector(_ features: TextFeatures) -> [Float] {
    let sum = FloatMatrix(rows: 1, columns: dimension)
    sum.addRows(features.rows, times: features.weights, of: table, to: 0)
    return Self.unit(sum.row(0))
  }

  /// A vector of length 1 in the same direction; zeros stay zeros.
  package static func unit(_ vector: [Float]) -> [Float] {
    let length = Exact.normSquared(vector).squareRoot()
    guard length > 0, length.isFinite else { return [Float](repeating: 0, count: vector.count) }
    return vector.map { Float(Double($0) / length) }
  }
}
