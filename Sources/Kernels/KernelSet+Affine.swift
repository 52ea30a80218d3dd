internal import CKernels

extension KernelSet {
  /// Runs a layer over rows of `inputs`, `[rows.count, layer.inputs]`, into as many rows of `outputs` from `row` on, and
  /// applies an activation.
  ///
  /// Any split of the rows into calls gives the same bits.
  /// - Precondition: the matrices are as wide as the layer, and not the same.
  package func affine(
    _ layer: PackedLayer, _ inputs: FloatMatrix, rows: Range<Int>, into outputs: FloatMatrix, at row: Int = 0,
    _ activation: Activation = .none
  ) {
    precondition(inputs.columns == layer.inputs, "rows of \(inputs.columns) for \(layer.inputs) inputs")
    precondition(outputs.columns == layer.outputs, "rows of \(outputs.columns) for \(layer.outputs) outputs")
    precondition(rows.lowerBound >= 0 && rows.upperBound <= inputs.rowCapacity, "rows \(rows) of the inputs")
    precondition(row >= 0 && row + rows.count <= outputs.rowCapacity, "no room for \(rows.count) rows at \(row)")
    precondition(inputs !== outputs, "a layer cannot run in place")
    var shape = wk_affine_shape()
    shape.rows = rows.count
    shape.inputs = layer.inputs
    shape.outputs = layer.outputs
    shape.x_row = inputs.stride
    shape.x_step = 1
    shape.w_step = 16
    shape.w_block = layer.inputs * 16
    shape.start_row = 0
    shape.y_row = outputs.stride
    shape.relu = activation == .relu ? 1 : 0
    // SAFETY: rows and widths fit the matrices, checked above; weights and start are padded to 16 neurons.
    unsafe wk_affine(
      isa, &shape, inputs.base + rows.lowerBound * inputs.stride, layer.weights.base, layer.start.storage.base,
      outputs.base + row * outputs.stride)
    if activation != .relu { activate(activation, outputs, rows: row..<row + rows.count) }
  }

  /// Runs a layer over one vector: `[layer.inputs]` → `[layer.outputs]`.
  package func affine(_ layer: PackedLayer, _ input: PaddedVector) -> PaddedVector {
    let output = FloatMatrix(rows: 1, columns: layer.outputs)
    affine(layer, input.storage, rows: 0..<1, into: output)
    return PaddedVector(storage: output)
  }

  /// Adds aᵀ b to `sums`: sums[i, j] = fma(a[r, i], b[r, j], sums[i, j]), r ascending over `rows`.
  ///
  /// This is how a layer's weight gradient accumulates, `[a.columns, b.columns]`.
  package func accumulateTransposed(_ a: FloatMatrix, _ b: FloatMatrix, rows: Range<Int>, into sums: FloatMatrix) {
    precondition(sums.rowCapacity == a.columns && sums.columns == b.columns, "sums are [a.columns, b.columns]")
    precondition(rows.lowerBound >= 0 && rows.upperBound <= min(a.rowCapacity, b.rowCapacity), "rows \(rows)")
    precondition(sums !== a && sums !== b, "sums have their own memory")
    product(
      rows: a.columns, steps: rows.count, x: a, xOffset: rows.lowerBound * a.stride, xRow: 1, xStep: a.stride, b: b,
      bRow: rows.lowerBound, sums: sums)
  }

  /// The same for some columns of `a` only: sums[i, j] for i in `columns`, which start from +0 unless `continuing`.
  package func accumulateTransposed(
    _ a: FloatMatrix, columns: Range<Int>, _ b: FloatMatrix, rows: Int, into sums: FloatMatrix, continuing: Bool
  ) {
    precondition(
      columns.lowerBound >= 0 && columns.upperBound <= min(a.columns, sums.rowCapacity), "columns \(columns)")
    precondition(sums.columns == b.columns && rows >= 0 && rows <= min(a.rowCapacity, b.rowCapacity), "\(rows) rows")
    precondition(sums !== a && sums !== b, "sums have their own memory")
    var shape = wk_affine_shape()
    shape.rows = columns.count
    shape.inputs = rows
    shape.outputs = sums.columns
    shape.x_row = 1
    shape.x_step = a.stride
    shape.w_step = b.stride
    shape.w_block = 16
    shape.start_row = sums.stride
    shape.y_row = sums.stride
    let y = unsafe sums.base + columns.lowerBound * sums.stride
    // SAFETY: every dimension was checked; rows of `b` and `sums` are padded to 16 floats.
    unsafe wk_affine(isa, &shape, a.base + columns.lowerBound, b.base, continuing ? UnsafePointer(y) : nil, y)
  }

  /// Adds a b to `sums`: sums[r, j] = fma(a[r, k], b[k, j], sums[r, j]), k ascending, for the first `rows` rows.
  ///
  /// With weights as `[inputs, outputs]` this is a layer's forward pass from a copied bias, and with their transpose
  /// the way of a gradient back to its inputs.
  package func accumulate(_ a: FloatMatrix, _ b: FloatMatrix, rows: Int, into sums: FloatMatrix) {
    precondition(a.columns == b.rowCapacity && sums.columns == b.columns, "a [r, k], b [k, j], sums [r, j]")
    precondition(rows >= 0 && rows <= min(a.rowCapacity, sums.rowCapacity), "\(rows) rows")
    precondition(sums !== a && sums !== b, "sums have their own memory")
    product(rows: rows, steps: a.columns, x: a, xOffset: 0, xRow: a.stride, xStep: 1, b: b, bRow: 0, sums: sums)
  }

  private func product(
    rows: Int, steps: Int, x: FloatMatrix, xOffset: Int, xRow: Int, xStep: Int, b: FloatMatrix, bRow: Int,
    sums: FloatMatrix
  ) {
    var shape = wk_affine_shape()
    shape.rows = rows
    shape.inputs = steps
    shape.outputs = sums.columns
    shape.x_row = xRow
    shape.x_step = xStep
    shape.w_step = b.stride
    shape.w_block = 16
    shape.start_row = sums.stride
    shape.y_row = sums.stride
    // SAFETY: both callers checked every dimension; rows of `b` and `sums` are padded to 16 floats.
    unsafe wk_affine(isa, &shape, x.base + xOffset, b.base + bRow * b.stride, sums.base, sums.base)
  }

  /// Applies an activation in place to rows of a matrix.
  package func activate(_ activation: Activation, _ matrix: FloatMatrix, rows: Range<Int>) {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= matrix.rowCapacity, "rows \(rows) of \(matrix.rowCapacity)")
    guard activation != .none, matrix.columns > 0 else { return }
    if matrix.columns == matrix.stride {
      // SAFETY: whole rows inside the matrix, checked above.
      unsafe wk_activate(
        isa, activation.number, matrix.base + rows.lowerBound * matrix.stride, rows.count * matrix.stride)
    } else {
      for i in rows {
        // SAFETY: the columns of one row; the padding stays zero.
        unsafe wk_activate(isa, activation.number, matrix.base + i * matrix.stride, matrix.columns)
      }
    }
  }

  /// Applies an activation in place to every value.
  package func activate(_ activation: Activation, _ values: inout [Float]) {
    // SAFETY: the pointer and the count are those of one array.
    unsafe values.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      unsafe wk_activate(isa, activation.number, base, buffer.count)
    }
  }
}
