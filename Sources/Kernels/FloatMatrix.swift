/// Rows of float32 in memory aligned for the kernels, `[rowCapacity, columns]`; fresh rows are zero.
///
/// A row takes `stride` floats; those beyond `columns` are zero and stay zero. The matrix has one writer. Readers on
/// other threads only read rows that the writer finished before it published them (through a lock or an atomic).
@safe package final class FloatMatrix: Sendable {
  package let rowCapacity: Int
  package let columns: Int
  /// Floats from one row to the next: `columns` rounded up to 16, so every row starts at a 64-byte boundary.
  package let stride: Int

  // SAFETY: allocated in `init` for rowCapacity * stride floats, freed in `deinit` only; the rule of one writer and
  // published rows (above) keeps a float from being read while it is written.
  nonisolated(unsafe) let base: UnsafeMutablePointer<Float>

  /// A matrix of zeros, `[rows, columns]`.
  package init(rows: Int, columns: Int) {
    precondition(rows >= 0 && columns >= 0, "a matrix has no negative dimension")
    rowCapacity = rows
    self.columns = columns
    stride = (columns + 15) / 16 * 16
    let count = rows * stride
    // SAFETY: room for at least one float; bound and initialised before any other code sees it.
    unsafe base = UnsafeMutableRawPointer.allocate(byteCount: max(count, 16) * 4, alignment: 64)
      .bindMemory(to: Float.self, capacity: max(count, 16))
    unsafe base.initialize(repeating: 0, count: max(count, 16))
  }

  /// A matrix with the given rows, each of `columns` values.
  package convenience init(rows: [[Float]], columns: Int) {
    self.init(rows: rows.count, columns: columns)
    for (i, row) in rows.enumerated() { setRow(i, row) }
  }

  deinit {
    // SAFETY: allocated in `init`; a deinitialised object has no references left. Floats need no deinitialisation.
    unsafe UnsafeMutableRawPointer(base).deallocate()
  }

  /// Overwrites row `i` with `columns` values.
  @inlinable package func setRow(_ i: Int, _ values: some Collection<Float>) {
    precondition(values.count == columns, "a row has \(columns) values, not \(values.count)")
    write(values, row: i, column: 0)
  }

  /// Overwrites the values of row `i` from `column` on.
  @inlinable package func write(_ values: some Collection<Float>, row i: Int, column: Int) {
    withMutableRow(i) { row in
      precondition(column >= 0 && values.count <= row.count - column, "values end outside the row")
      // SAFETY: the range from `column` has room for `values.count` floats, checked above.
      unsafe row.withUnsafeMutableBufferPointer { buffer in
        _ = unsafe UnsafeMutableBufferPointer(rebasing: buffer[column...]).update(fromContentsOf: values)
      }
    }
  }

  /// Copies row `j` of a matrix of the same width to row `i`.
  package func copyRow(_ j: Int, of other: FloatMatrix, to i: Int) {
    precondition(other.columns == columns && (0..<other.rowCapacity).contains(j) && (0..<rowCapacity).contains(i))
    // SAFETY: both rows lie inside their matrices, checked above; `update` allows overlap.
    unsafe (base + i * stride).update(from: other.base + j * stride, count: stride)
  }

  /// Copies rows of a matrix of the same width to as many rows from `row` on.
  package func copyRows(_ rows: Range<Int>, of other: FloatMatrix, to row: Int) {
    precondition(other.columns == columns && rows.lowerBound >= 0 && rows.upperBound <= other.rowCapacity)
    precondition(row >= 0 && row + rows.count <= rowCapacity, "no room for \(rows.count) rows at \(row)")
    // SAFETY: both ranges lie inside their matrices, checked above; `update` allows overlap.
    unsafe (base + row * stride).update(from: other.base + rows.lowerBound * stride, count: rows.count * stride)
  }

  /// Makes rows zero.
  package func clearRows(_ rows: Range<Int>) {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCapacity, "rows \(rows)")
    // SAFETY: the rows lie inside the matrix, checked above.
    unsafe (base + rows.lowerBound * stride).update(repeating: 0, count: rows.count * stride)
  }

  /// A copy of row `i`, `[columns]`.
  package func row(_ i: Int) -> [Float] {
    precondition((0..<rowCapacity).contains(i), "row \(i) of \(rowCapacity)")
    // SAFETY: the row lies inside the matrix, checked above.
    return unsafe [Float](UnsafeBufferPointer(start: base + i * stride, count: columns))
  }

  /// The value in row `i` and a column.
  package subscript(i: Int, column: Int) -> Float {
    get { withRow(i) { $0[column] } }
    set { withMutableRow(i) { $0[column] = newValue } }
  }

  /// Lends row `i`, `[columns]`, to `body`.
  package func withRow<Result, Failure: Error>(_ i: Int, _ body: (Span<Float>) throws(Failure) -> Result)
    throws(Failure) -> Result
  {
    precondition((0..<rowCapacity).contains(i), "row \(i) of \(rowCapacity)")
    // SAFETY: the row lies inside the matrix, checked above, and the matrix outlives the call.
    return try body(unsafe Span(_unsafeStart: UnsafePointer(base + i * stride), count: columns))
  }

  /// Lends row `i`, `[columns]`, to `body` for writing.
  package func withMutableRow<Result, Failure: Error>(
    _ i: Int, _ body: (inout MutableSpan<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition((0..<rowCapacity).contains(i), "row \(i) of \(rowCapacity)")
    // SAFETY: as in `withRow`; the caller is the one writer.
    var span = unsafe MutableSpan(_unsafeStart: base + i * stride, count: columns)
    return try body(&span)
  }
}
