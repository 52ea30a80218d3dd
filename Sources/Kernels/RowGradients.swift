internal import CKernels

/// The gradients of a table's rows in one step: only rows that the batch names have one.
///
/// Rows are shared out between writers by number; two writers never touch the same row.
@safe package final class RowGradients: Sendable {
  /// `[rows, columns]`; a row is meaningful if it is stamped with the step's number.
  package let sums: FloatMatrix
  // SAFETY: one stamp and one place in the list a row, allocated in `init`, freed in `deinit`; the rule above keeps
  // writers apart.
  nonisolated(unsafe) private let stamps: UnsafeMutablePointer<UInt32>
  nonisolated(unsafe) private let touched: UnsafeMutablePointer<UInt32>

  package init(rows: Int, columns: Int) {
    sums = FloatMatrix(rows: rows, columns: columns)
    unsafe stamps = .allocate(capacity: max(rows, 1))
    unsafe touched = .allocate(capacity: max(rows, 1))
    unsafe stamps.initialize(repeating: 0, count: max(rows, 1))
    unsafe touched.initialize(repeating: 0, count: max(rows, 1))
  }

  deinit {
    unsafe stamps.deallocate()
    unsafe touched.deallocate()
  }

  /// Adds row i of `rows` to row `indices[i]`, i ascending, for those in `range`; forgets what an earlier step left.
  ///
  /// - Parameter step: The step's number, > 0.
  /// - Returns: How many rows of the range the batch names; `touchedRow` lists them.
  package func add(
    _ rows: FloatMatrix, to indices: ArraySlice<UInt32>, range: Range<Int>, step: UInt32, kernels: KernelSet
  ) -> Int {
    precondition(rows.columns == sums.columns && indices.count <= rows.rowCapacity && step > 0, "rows, step")
    precondition(range.lowerBound >= 0 && range.upperBound <= sums.rowCapacity, "range \(range)")
    // SAFETY: the kernel writes rows, stamps and list entries of the range only, all of which exist.
    return unsafe indices.withUnsafeBufferPointer { indices in
      guard let base = indices.baseAddress else { return 0 }
      return unsafe wk_add_rows(
        kernels.isa, rows.base, rows.stride, base, indices.count, UInt32(range.lowerBound), UInt32(range.upperBound),
        step, stamps, sums.base, touched + range.lowerBound)
    }
  }

  /// Adds rows of another table by links, in their order, for those that end in `range`; forgets what an earlier step left.
  ///
  /// - Returns: How many rows of the range the links name; `touchedRow` lists them.
  package func add(
    _ rows: FloatMatrix, by links: RowLinks, range: Range<Int>, step: UInt32, kernels: KernelSet
  ) -> Int {
    precondition(rows.columns == sums.columns && step > 0, "rows of one width, a step")
    precondition(links.rowsNeeded.from <= rows.rowCapacity && links.rowsNeeded.to <= sums.rowCapacity, "rows of links")
    precondition(range.lowerBound >= 0 && range.upperBound <= sums.rowCapacity, "range \(range)")
    // SAFETY: the kernel reads rows that are there and writes rows, stamps and list entries of the range only.
    return unsafe links.withKernelLinks { links in
      unsafe wk_add_links(
        kernels.isa, rows.base, &links, rows.stride, UInt32(range.lowerBound), UInt32(range.upperBound), step, stamps,
        sums.base, touched + range.lowerBound)
    }
  }

  /// Applies Adam to rows of the table: to all of them, those without a gradient included, or only to those with one.
  ///
  /// Rows without a gradient do not decay by L2.
  package func adam(
    _ step: AdamStep, idle: AdamStep?, _ values: FloatMatrix, first: FloatMatrix, second: FloatMatrix,
    range: Range<Int>, touchedCount: Int, stamp: UInt32, kernels: KernelSet
  ) {
    for matrix in [values, first, second] {
      precondition(matrix.rowCapacity == sums.rowCapacity && matrix.columns == sums.columns, "tables of one shape")
    }
    precondition(range.lowerBound >= 0 && range.upperBound <= sums.rowCapacity, "range \(range)")
    precondition(touchedCount <= range.count, "\(touchedCount) rows of \(range.count)")
    let stride = sums.stride
    var with = step.step
    func apply(_ step: inout wk_adam_step, _ row: Int, count: Int, hasGradient: Bool) {
      let at = row * stride
      // SAFETY: `count` rows from `row` on lie inside the range, and all tables have one shape.
      unsafe wk_adam(
        kernels.isa, &step, hasGradient ? UnsafePointer(sums.base + at) : nil, values.base + at, first.base + at,
        second.base + at, count * stride)
    }
    guard let idle else {
      for i in 0..<touchedCount {
        // SAFETY: the list has an entry for each row of the range, and `add` wrote rows of the range.
        apply(&with, Int(unsafe touched[range.lowerBound + i]), count: 1, hasGradient: true)
      }
      return
    }
    var without = idle.step
    var row = range.lowerBound
    while row < range.upperBound {
      // SAFETY: rows of the range.
      let has = unsafe stamps[row] == stamp
      var end = row + 1
      while end < range.upperBound, unsafe (stamps[end] == stamp) == has { end += 1 }
      if has {
        apply(&with, row, count: end - row, hasGradient: true)
      } else {
        apply(&without, row, count: end - row, hasGradient: false)
      }
      row = end
    }
  }

  /// Applies row-wise Adagrad to the rows with a gradient: a row's rate is `rate` over the root of the mean squares of all
  /// its gradients so far.
  ///
  /// - Parameter squares: Their sum, `[rows, 1]`, to which those of this step are added.
  package func adagrad(
    rate: Float, _ values: FloatMatrix, squares: FloatMatrix, range: Range<Int>, touchedCount: Int
  ) {
    precondition(values.rowCapacity == sums.rowCapacity && values.columns == sums.columns, "tables of one shape")
    precondition(squares.rowCapacity == sums.rowCapacity && squares.columns == 1, "a sum of squares a row")
    precondition(range.lowerBound >= 0 && range.upperBound <= sums.rowCapacity, "range \(range)")
    precondition(touchedCount <= range.count, "\(touchedCount) rows of \(range.count)")
    for i in 0..<touchedCount {
      // SAFETY: the list has an entry for each row of the range, and `add` wrote rows of the range.
      let row = Int(unsafe touched[range.lowerBound + i])
      // SAFETY: a row of the range, and so of both tables; a row has `stride` floats.
      let (slopes, row0) = unsafe (sums.base + row * sums.stride, values.base + row * values.stride)
      var square: Float = 0
      for k in 0..<sums.columns { square += unsafe slopes[k] * slopes[k] }
      guard square > 0 else { continue }
      squares[row, 0] += square / Float(sums.columns)
      let factor = rate / squares[row, 0].squareRoot()
      for k in 0..<sums.columns { unsafe row0[k] -= factor * slopes[k] }
    }
  }

  /// The gradient of a row in the step, or zeros, `[columns]`.
  package func gradient(of row: Int, stamp: UInt32) -> [Float] {
    precondition((0..<sums.rowCapacity).contains(row), "row \(row)")
    // SAFETY: checked above.
    return unsafe stamps[row] == stamp ? sums.row(row) : [Float](repeating: 0, count: sums.columns)
  }
}
