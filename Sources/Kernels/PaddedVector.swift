/// An immutable vector, `[count]`, padded with zeros to a multiple of 16 floats and aligned: a query, a bias.
package struct PaddedVector: Sendable {
  let storage: FloatMatrix

  package init(_ values: some Collection<Float>) {
    storage = FloatMatrix(rows: 1, columns: values.count)
    storage.setRow(0, values)
  }

  /// Takes over a matrix of one row; no code may write it from now on.
  init(storage: FloatMatrix) { self.storage = storage }

  package var count: Int { storage.columns }

  /// A copy of the values, `[count]`.
  package var values: [Float] { storage.row(0) }
}
