internal import CKernels

/// Sums along a history and over its rows.
extension KernelSet {
  /// The decayed sum of each prefix of a window: z = fma(decay, z, weight · event) and row = start + z, oldest first.
  ///
  /// - Parameters:
  ///   - weights: One an event of `events`, by its row.
  ///   - rows: The window's rows of `events` and `sums`.
  ///   - start: `[1, d]`.
  package func recur(
    _ events: FloatMatrix, rows: Range<Int>, weights: [Float], decay: Float, start: FloatMatrix, into sums: FloatMatrix
  ) {
    check(rows, events, sums)
    precondition(start.rowCapacity == 1 && start.columns == events.columns, "start is [1, d]")
    precondition(rows.upperBound <= weights.count, "a weight for each event")
    let offset = rows.lowerBound * events.stride
    // SAFETY: rows, weights and start exist, checked above.
    unsafe weights.withUnsafeBufferPointer { weights in
      unsafe wk_recur(
        isa, decay, weights.baseAddress.map { unsafe $0 + rows.lowerBound }, events.base + offset, events.stride,
        rows.count, events.columns, start.base, sums.base + offset, sums.stride)
    }
  }

  /// Writes the decayed sum of the first `count` events alone into row `row` of `sums`.
  ///
  /// - Parameter weights: One an event; `nil` stands for ones.
  package func recur(
    _ events: FloatMatrix, count: Int, weights: [Float]?, decay: Float, start: FloatMatrix, into sums: FloatMatrix,
    row: Int
  ) {
    precondition(count >= 0 && count <= events.rowCapacity && count <= weights?.count ?? count, "\(count) events")
    precondition(start.rowCapacity == 1 && start.columns == events.columns, "start is [1, d]")
    precondition(row >= 0 && row < sums.rowCapacity && sums.columns == events.columns, "row \(row) of the sums")
    // SAFETY: rows, weights and start exist, checked above; the row of sums is not stepped over.
    func run(_ weights: UnsafePointer<Float>?) {
      unsafe wk_recur(
        isa, decay, weights, events.base, events.stride, count, events.columns, start.base,
        sums.base + row * sums.stride, 0)
    }
    if let weights {
      unsafe weights.withUnsafeBufferPointer { unsafe run($0.baseAddress) }
    } else {
      run(nil)
    }
  }

  /// The way back of `recur`: row j of `slopes` becomes weight · Σ decay^(i − j) · slope i over the window's rows i ≥ j.
  package func recurBack(
    _ slopes: FloatMatrix, rows: Range<Int>, weights: [Float], decay: Float, into events: FloatMatrix
  ) {
    check(rows, slopes, events)
    precondition(rows.upperBound <= weights.count, "a weight for each event")
    let offset = rows.lowerBound * events.stride
    // SAFETY: rows and weights exist, checked above.
    unsafe weights.withUnsafeBufferPointer { weights in
      guard let base = weights.baseAddress else { return }
      unsafe wk_recur_back(
        isa, decay, base + rows.lowerBound, slopes.base + offset, rows.count, slopes.stride, events.base + offset)
    }
  }

  /// Adds a gain's multiple of rows to those of another matrix, component by component: fma(gain, y, sum).
  ///
  /// - Parameter gain: `[1, d]`.
  package func addScaled(_ gain: FloatMatrix, _ y: FloatMatrix, rows: Range<Int>, to sums: FloatMatrix) {
    scale(gain, y, rows: rows, adds: true, into: sums)
  }

  /// Writes a gain's multiple of rows into those of another matrix, component by component.
  package func scale(_ gain: FloatMatrix, _ y: FloatMatrix, rows: Range<Int>, into products: FloatMatrix) {
    scale(gain, y, rows: rows, adds: false, into: products)
  }

  private func scale(_ gain: FloatMatrix, _ y: FloatMatrix, rows: Range<Int>, adds: Bool, into to: FloatMatrix) {
    check(rows, y, to)
    precondition(gain.rowCapacity >= 1 && gain.columns == y.columns, "a gain is [1, d]")
    let offset = rows.lowerBound * y.stride
    // SAFETY: rows and gain exist, checked above; all rows are padded alike.
    unsafe wk_scale_rows(isa, gain.base, y.base + offset, rows.count, y.stride, adds ? 1 : 0, to.base + offset)
  }

  /// Adds the first `rows` rows to row `row` of `sums`, in order; times the rows of `factors` by FMA if there are any.
  package func addRows(
    _ rows: Int, of a: FloatMatrix, times factors: FloatMatrix? = nil, to sums: FloatMatrix, row: Int = 0
  ) {
    check(0..<rows, a, factors ?? a)
    precondition(row >= 0 && row < sums.rowCapacity && sums.columns == a.columns, "row \(row) of the sums")
    // SAFETY: checked above; all rows are padded alike.
    unsafe wk_chain(
      isa, a.base, factors.map { unsafe UnsafePointer($0.base) }, rows, a.stride, sums.base + row * sums.stride)
  }

  private func check(_ rows: Range<Int>, _ a: FloatMatrix, _ b: FloatMatrix) {
    precondition(a.columns == b.columns, "matrices of one width")
    precondition(rows.lowerBound >= 0 && rows.upperBound <= min(a.rowCapacity, b.rowCapacity), "rows \(rows)")
  }
}
