internal import CKernels

/// Rows of two tables in pairs, as a batch of interactions names them.
package struct RowPairs {
  let a, b: FloatMatrix
  let aRows, bRows: ArraySlice<UInt32>

  /// - Precondition: As many rows of each, all of them there.
  package init(_ a: FloatMatrix, _ aRows: ArraySlice<UInt32>, _ b: FloatMatrix, _ bRows: ArraySlice<UInt32>) {
    precondition(aRows.count == bRows.count, "rows in pairs")
    RowPairs.check(a, aRows)
    RowPairs.check(b, bRows)
    (self.a, self.b, self.aRows, self.bRows) = (a, b, aRows, bRows)
  }

  static func check(_ table: FloatMatrix, _ rows: ArraySlice<UInt32>) {
    let capacity = UInt32(clamping: table.rowCapacity)
    var most: UInt32 = 0
    for row in rows { most = max(most, row) }
    precondition(rows.isEmpty || most < capacity, "row \(most) of \(capacity)")
  }

  func withKernelPairs(_ body: (inout wk_pairs) -> Void) {
    // SAFETY: the tables and slices outlive the call, and every index was checked by `init`.
    unsafe aRows.withUnsafeBufferPointer { aRows in
      unsafe bRows.withUnsafeBufferPointer { bRows in
        guard let aBase = aRows.baseAddress, let bBase = bRows.baseAddress else { return }
        var pairs = unsafe wk_pairs(
          a: a.base, b: b.base, a_indices: aBase, b_indices: bBase, stride: a.stride, count: aRows.count)
        unsafe body(&pairs)
      }
    }
  }
}

extension KernelSet {
  /// Copies row `rows[i]` of a table into row i of `x`, from `column` on.
  package func gather(_ table: FloatMatrix, _ rows: ArraySlice<UInt32>, into x: FloatMatrix, column: Int = 0) {
    RowPairs.check(table, rows)
    precondition(rows.count <= x.rowCapacity && column >= 0 && column + table.columns <= x.columns, "room for the rows")
    // SAFETY: every row is there and has room, checked above.
    unsafe rows.withUnsafeBufferPointer { rows in
      guard let base = rows.baseAddress else { return }
      unsafe wk_gather(table.base, table.stride, base, rows.count, table.columns, x.base + column, x.stride)
    }
  }

  /// Writes the elementwise products of pairs into x from `column` on.
  package func products(_ pairs: RowPairs, into x: FloatMatrix, column: Int) {
    let columns = pairs.a.columns
    precondition(pairs.b.columns == columns && pairs.aRows.count <= x.rowCapacity, "rows of one width")
    precondition(column >= 0 && column + columns <= x.columns, "room for the products")
    // SAFETY: checked above.
    unsafe pairs.withKernelPairs { unsafe wk_products(isa, &$0, columns, x.base + column, x.stride) }
  }

  /// Writes the inner products of pairs into a column of x.
  package func dots(_ pairs: RowPairs, into x: FloatMatrix, column: Int) {
    precondition(pairs.b.columns == pairs.a.columns && pairs.aRows.count <= x.rowCapacity, "rows of one width")
    precondition(column >= 0 && column < x.columns, "column \(column)")
    // SAFETY: checked above.
    unsafe pairs.withKernelPairs { unsafe wk_pair_dots(isa, &$0, x.base + column, x.stride) }
  }

  /// Adds the gradients of products and inner products to those of the pairs' rows, from row `row` on.
  ///
  /// - Parameters:
  ///   - productColumn: Where the products stood in `dx`, if there were any.
  ///   - dotColumn: Where the inner product stood.
  package func pairsBack(
    _ pairs: RowPairs, _ dx: FloatMatrix, productColumn: Int?, dotColumn: Int?, a: FloatMatrix, b: FloatMatrix, row: Int
  ) {
    let count = pairs.aRows.count
    let columns = pairs.a.columns
    precondition(pairs.b.columns == columns && a.columns == columns && b.columns == columns, "rows of one width")
    precondition(count <= dx.rowCapacity && row >= 0 && row + count <= min(a.rowCapacity, b.rowCapacity), "room")
    precondition((productColumn ?? 0) >= 0 && (productColumn ?? 0) + (productColumn == nil ? 0 : columns) <= dx.columns)
    precondition((dotColumn ?? 0) >= 0 && (dotColumn ?? 0) < dx.columns)
    let offset = row * a.stride
    // SAFETY: checked above.
    unsafe pairs.withKernelPairs {
      unsafe wk_pairs_back(
        isa, &$0, columns, productColumn.map { unsafe UnsafePointer(dx.base + $0) },
        dotColumn.map { unsafe UnsafePointer(dx.base + $0) }, dx.stride, a.base + offset, b.base + offset)
    }
  }

  /// Copies columns of the first `rows` rows of `dx` to rows `row...` of `gradients`, or zeros if there are none.
  package func takeColumns(_ dx: FloatMatrix, from column: Int?, rows: Int, into gradients: FloatMatrix, row: Int) {
    precondition(rows >= 0 && rows <= dx.rowCapacity && row >= 0 && row + rows <= gradients.rowCapacity, "\(rows) rows")
    precondition((column ?? 0) >= 0 && (column ?? 0) + (column == nil ? 0 : gradients.columns) <= dx.columns, "columns")
    for i in 0..<rows {
      // SAFETY: rows and columns exist, checked above.
      let to = unsafe gradients.base + (row + i) * gradients.stride
      if let column {
        unsafe to.update(from: dx.base + i * dx.stride + column, count: gradients.columns)
      } else {
        unsafe to.update(repeating: 0, count: gradients.columns)
      }
    }
  }

  /// Solves a x = b for a symmetric positive definite matrix `[n, n]`, of which the upper triangle is read.
  ///
  /// Overwrites `a`; row `row` of `b` becomes x.
  /// - Returns: Whether the matrix was positive definite in float32.
  package func solve(_ a: FloatMatrix, _ b: FloatMatrix, row: Int) -> Bool {
    precondition(a.rowCapacity == a.columns && b.columns == a.columns && row >= 0 && row < b.rowCapacity, "[n, n], [n]")
    // SAFETY: checked above; rows are padded alike.
    return unsafe wk_solve(isa, a.base, a.stride, a.columns, b.base + row * b.stride) != 0
  }
}
