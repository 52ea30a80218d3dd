extension FloatMatrix {
  /// Adds rows of a matrix of the same width to row `i`, each times its weight: in their order, component by component the
  /// product and then the sum, nothing fused, so that the bits are the same on every instruction set.
  package func addRows(_ rows: [UInt32], times weights: [Float], of other: FloatMatrix, to i: Int) {
    precondition(rows.count == weights.count, "a weight a row")
    for (row, weight) in zip(rows, weights) { addRow(Int(row), times: weight, of: other, to: i) }
  }

  /// Adds row `j` of a matrix of the same width, times `weight`, to row `i`.
  package func addRow(_ j: Int, times weight: Float, of other: FloatMatrix, to i: Int) {
    precondition(other.columns == columns && (0..<other.rowCapacity).contains(j) && (0..<rowCapacity).contains(i))
    // SAFETY: both rows lie inside their matrices, checked above, and have `stride` floats.
    let (from, to) = unsafe (other.base + j * stride, base + i * stride)
    for k in 0..<stride { unsafe to[k] += weight * from[k] }
  }
}
