internal import CKernels

/// Kernels that make a network's inputs.
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

  /// How many rows ahead memory is asked for one.
  private static let ahead = 8

  /// The values of rows of several matrices of one width, in the order asked for, `[rows.count, columns]`.
  ///
  /// - Parameter rows: The bits above `bits` say which matrix, those below which row of it.
  package static func values(
    of matrices: [FloatMatrix], at rows: [UInt32], bits: UInt32, columns: Int
  ) -> [Float] {
    precondition(matrices.allSatisfy { $0.columns == columns }, "matrices of one width")
    let stride = (columns + 15) / 16 * 16
    let capacities = matrices.map(\.rowCapacity)
    let bases = unsafe matrices.map { unsafe $0.base }
    // SAFETY: `row` checks that a row lies inside its matrix; all matrices outlive the call, and the array has room for
    // `columns` values a row.
    func row(_ address: UInt32) -> UnsafeMutablePointer<Float> {
      let (matrix, row) = (Int(address >> bits), Int(address & (1 << bits - 1)))
      precondition(matrix < capacities.count && row < capacities[matrix], "row \(row) of matrix \(matrix)")
      return unsafe bases[matrix] + row * stride
    }
    return withExtendedLifetime(matrices) {
      unsafe [Float](unsafeUninitializedCapacity: rows.count * columns) { values, count in
        for (i, address) in rows.enumerated() {
          // The rows lie all over memory: a few are on their way while one is copied.
          if i + ahead < rows.count { unsafe wk_prefetch(row(rows[i + ahead]), stride) }
          unsafe (values.baseAddress.map { unsafe $0 + i * columns })?.update(from: row(address), count: columns)
        }
        count = rows.count * columns
      }
    }
  }
}
