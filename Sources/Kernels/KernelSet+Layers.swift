internal import CKernels

/// Layers in training: weights `[inputs + 1, outputs]`, input by input, with the bias as the last row.
extension KernelSet {
  /// The sums of a layer: y[r, o] = bias[o], then inputs ascending by FMA, for the first `rows` rows.
  ///
  /// The same bits as `affine` with these weights packed.
  package func forward(_ x: FloatMatrix, rows: Int, _ weights: FloatMatrix, into y: FloatMatrix) {
    forward(x, rows: 0..<rows, weights, into: y)
  }

  /// The same for some rows, into the rows of the same numbers.
  package func forward(_ x: FloatMatrix, rows: Range<Int>, _ weights: FloatMatrix, into y: FloatMatrix) {
    precondition(
      weights.rowCapacity == x.columns + 1 && weights.columns == y.columns, "weights are [inputs + 1, outputs]")
    precondition(rows.lowerBound >= 0 && rows.upperBound <= min(x.rowCapacity, y.rowCapacity), "rows \(rows)")
    precondition(x !== y, "a layer cannot run in place")
    var shape = wk_affine_shape()
    shape.rows = rows.count
    shape.inputs = x.columns
    shape.outputs = y.columns
    shape.x_row = x.stride
    shape.x_step = 1
    shape.w_step = weights.stride
    shape.w_block = 16
    shape.start_row = 0
    shape.y_row = y.stride
    // SAFETY: rows and widths fit the matrices, checked above; rows are padded to 16 floats.
    unsafe wk_affine(
      isa, &shape, x.base + rows.lowerBound * x.stride, weights.base, weights.base + x.columns * weights.stride,
      y.base + rows.lowerBound * y.stride)
  }

  /// A gradient's way back through a layer: dx[r, i] = Σ dy[r, o] w[o, i], o ascending by FMA from +0.
  ///
  /// - Parameter transposed: The weights without the bias, `[outputs, inputs]`.
  package func backward(_ dy: FloatMatrix, rows: Int, _ transposed: FloatMatrix, into dx: FloatMatrix) {
    precondition(
      transposed.rowCapacity == dy.columns && transposed.columns == dx.columns, "weights are [outputs, inputs]")
    precondition(rows >= 0 && rows <= min(dy.rowCapacity, dx.rowCapacity), "\(rows) rows")
    precondition(dx !== dy, "a layer cannot run in place")
    var shape = wk_affine_shape()
    shape.rows = rows
    shape.inputs = dy.columns
    shape.outputs = dx.columns
    shape.x_row = dy.stride
    shape.x_step = 1
    shape.w_step = transposed.stride
    shape.w_block = 16
    shape.start_row = 0
    shape.y_row = dx.stride
    // SAFETY: as above; without a start the sums begin at +0.
    unsafe wk_affine(isa, &shape, dy.base, transposed.base, nil, dx.base)
  }

  /// A layer's weight gradient of the first `rows` rows, into rows `row...` of `sums`: Σ x[r, i] dy[r, o] and, as the
  /// last row, Σ dy[r, o]; r ascending by FMA from +0, or from what stands there if it is to continue.
  package func weightGradient(
    _ x: FloatMatrix, _ dy: FloatMatrix, rows: Int, into sums: FloatMatrix, at row: Int, continuing: Bool
  ) {
    precondition(
      row >= 0 && row + x.columns + 1 <= sums.rowCapacity && sums.columns == dy.columns, "[inputs + 1, outputs]")
    precondition(rows >= 0 && rows <= min(x.rowCapacity, dy.rowCapacity), "\(rows) rows")
    precondition(sums !== x && sums !== dy, "sums have their own memory")
    var shape = wk_affine_shape()
    shape.rows = x.columns
    shape.inputs = rows
    shape.outputs = dy.columns
    shape.x_row = 1
    shape.x_step = x.stride
    shape.w_step = dy.stride
    shape.w_block = 16
    shape.start_row = sums.stride
    shape.y_row = sums.stride
    let start = unsafe sums.base + row * sums.stride
    // SAFETY: rows and widths fit the matrices, checked above; rows are padded to 16 floats.
    unsafe wk_affine(isa, &shape, x.base, dy.base, continuing ? UnsafePointer(start) : nil, start)
    var one: Float = 1
    shape.rows = 1
    shape.x_step = 0
    let bias = unsafe start + x.columns * sums.stride
    // SAFETY: one input, read again for each row.
    unsafe wk_affine(isa, &shape, &one, dy.base, continuing ? UnsafePointer(bias) : nil, bias)
  }

  /// Copies rows `rows` of `matrix` to the columns of `transposed` with the same numbers.
  package func transpose(_ matrix: FloatMatrix, rows: Range<Int>, into transposed: FloatMatrix) {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= min(matrix.rowCapacity, transposed.columns), "rows \(rows)")
    precondition(transposed.rowCapacity == matrix.columns && transposed !== matrix, "[columns, rows]")
    // SAFETY: checked above.
    unsafe wk_transpose(
      isa, matrix.base + rows.lowerBound * matrix.stride, matrix.stride, rows.count, matrix.columns,
      transposed.base + rows.lowerBound, transposed.stride)
  }

  /// Multiplies the gradients of the first `rows` rows by an activation's derivative.
  ///
  /// - Parameters:
  ///   - sums: What the activation was applied to; read for GELU only.
  ///   - outputs: What came out.
  package func activateBack(
    _ activation: Activation, sums: FloatMatrix, outputs: FloatMatrix, gradients: FloatMatrix, rows: Int
  ) {
    precondition(sums.columns == gradients.columns && outputs.columns == gradients.columns, "matrices of one width")
    precondition(rows >= 0 && rows <= min(sums.rowCapacity, outputs.rowCapacity, gradients.rowCapacity), "\(rows) rows")
    guard activation != .none else { return }
    // SAFETY: whole rows, padding included: there the gradient is zero and stays zero.
    unsafe wk_activate_back(isa, activation.number, sums.base, outputs.base, gradients.base, rows * gradients.stride)
  }

  /// Sets a share of the values of the first `rows` rows to zero and scales the others by 1 / (1 − rate).
  ///
  /// Which ones is a hash of `key`, the row's number and the column: the same again for the gradient, at any split.
  /// - Parameter firstRow: The number of row 0.
  package func dropout(_ matrix: FloatMatrix, rows: Int, rate: Float, key: UInt32, firstRow: Int) {
    precondition(rows >= 0 && rows <= matrix.rowCapacity && rate >= 0 && rate < 1, "\(rows) rows, rate \(rate)")
    // SAFETY: whole rows; the padding's zeros stay zero.
    unsafe wk_dropout(
      isa, key, UInt32(truncatingIfNeeded: firstRow * matrix.stride), UInt32(rate * 0x1p32), 1 / (1 - rate),
      matrix.base, rows * matrix.stride)
  }
}
