internal import CKernels

/// What makes a network's inputs.
extension KernelSet {
  /// How a number becomes an input: perhaps its signed logarithm, rounded to float32, then (x − mean) · scale.
  package struct Normalisation: Sendable {
    package var mean, scale: Float
    /// The input where the number is missing: a NaN, or no finite float32.
    package var missing: Float
    package var takesLog: Bool

    package init(mean: Float, scale: Float, missing: Float, takesLog: Bool) {
      (self.mean, self.scale, self.missing, self.takesLog) = (mean, scale, missing, takesLog)
    }
  }

  /// Writes the inputs of the numbers `rows` into a column of the first rows of `matrix`.
  package func normalise(
    _ numbers: [Double], rows: Range<Int>, _ how: Normalisation, into matrix: FloatMatrix, column: Int
  ) {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= numbers.count, "rows \(rows) of \(numbers.count)")
    precondition(rows.count <= matrix.rowCapacity && column >= 0 && column < matrix.columns, "no room for the inputs")
    var kernel = wk_normalisation(
      mean: how.mean, scale: how.scale, missing: how.missing, takes_log: how.takesLog ? 1 : 0)
    // SAFETY: the numbers and the rows of the column exist, checked above.
    unsafe numbers.withUnsafeBufferPointer { numbers in
      guard let base = numbers.baseAddress else { return }
      unsafe wk_normalise(
        isa, &kernel, base + rows.lowerBound, rows.count, matrix.base + column, matrix.stride)
    }
  }
}

extension FloatMatrix {
  /// Overwrites row `i` with the values of `values` from `offset` on.
  package func setRow(_ i: Int, from values: [Float], at offset: Int) {
    precondition((0..<rowCapacity).contains(i), "row \(i) of \(rowCapacity)")
    precondition(offset >= 0 && columns <= values.count - offset, "\(columns) values from \(offset) on")
    // SAFETY: `columns` values and the row exist, checked above.
    unsafe values.withUnsafeBufferPointer { values in
      guard let from = values.baseAddress else { return }
      unsafe (base + i * stride).update(from: from + offset, count: columns)
    }
  }

  /// Appends the values of row `i`.
  package func append(row i: Int, to values: inout [Float]) {
    precondition((0..<rowCapacity).contains(i), "row \(i) of \(rowCapacity)")
    // SAFETY: the row lies inside the matrix, checked above.
    unsafe values.append(contentsOf: UnsafeBufferPointer(start: base + i * stride, count: columns))
  }

  /// Asks memory for row `i`, which is read soon.
  package func prefetch(_ i: Int) {
    precondition((0..<rowCapacity).contains(i), "row \(i) of \(rowCapacity)")
    // SAFETY: as above; nothing is read.
    unsafe wk_prefetch(base + i * stride, stride)
  }
}
