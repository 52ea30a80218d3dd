internal import CKernels

/// Layers whose inputs are rounded to 8 or 16 bits first.
extension KernelSet {
  /// Runs a layer over the first `rows` rows of `x`, `[rows, inputs]`, into as many of `y`, and applies an activation.
  ///
  /// Any split of the rows into calls gives the same bits.
  /// - Parameter rounded: Room for the rounded inputs: as many rows of at least `inputs` bytes.
  package func affine(
    _ layer: Int8Layer, _ x: FloatMatrix, rows: Int, rounded: NarrowMatrix, into y: FloatMatrix,
    _ activation: Activation = .none
  ) {
    check(x, y, rounded, rows: rows, inputs: layer.inputs, outputs: layer.outputs, size: 1)
    var shape = wk_narrow_shape(
      rows: rows, steps: (layer.inputs + 3) / 4, outputs: layer.outputs, x_row: rounded.rowBytes, y_row: y.stride,
      relu: activation == .relu ? 1 : 0)
    // SAFETY: rows of `x` are padded to 16 with zeros, as `low` and `inverse` are, and so are rows of `rounded`; starts,
    // scales, weights and rows of `y` are padded to 16 outputs. The rest was checked above.
    unsafe wk_to_int8(
      isa, layer.low.storage.base, layer.inverse.storage.base, x.base, x.stride, rows, x.stride,
      rounded.base.assumingMemoryBound(to: UInt8.self), rounded.rowBytes)
    unsafe wk_affine_int8(
      isa, &shape, rounded.base.assumingMemoryBound(to: UInt8.self),
      layer.weights.base.assumingMemoryBound(to: Int8.self), layer.scales.storage.base, layer.start.storage.base,
      y.base)
    if activation != .relu { activate(activation, y, rows: 0..<rows) }
  }

  /// Runs a layer over the first `rows` rows of `x`, `[rows, inputs]`, into as many of `y`, and applies an activation.
  ///
  /// Any split of the rows into calls gives the same bits.
  /// - Parameter rounded: Room for the rounded inputs: as many rows of at least 2 · `inputs` bytes.
  package func affine(
    _ layer: BFloat16Layer, _ x: FloatMatrix, rows: Int, rounded: NarrowMatrix, into y: FloatMatrix,
    _ activation: Activation = .none
  ) {
    check(x, y, rounded, rows: rows, inputs: layer.inputs, outputs: layer.outputs, size: 2)
    var shape = wk_narrow_shape(
      rows: rows, steps: (layer.inputs + 1) / 2, outputs: layer.outputs, x_row: rounded.rowBytes / 2, y_row: y.stride,
      relu: activation == .relu ? 1 : 0)
    // SAFETY: as above.
    unsafe wk_to_bf16(
      isa, x.base, x.stride, rows, x.stride, rounded.base.assumingMemoryBound(to: UInt16.self), rounded.rowBytes / 2)
    unsafe wk_affine_bf16(
      isa, &shape, rounded.base.assumingMemoryBound(to: UInt16.self),
      layer.weights.base.assumingMemoryBound(to: UInt16.self), layer.start.storage.base, y.base)
    if activation != .relu { activate(activation, y, rows: 0..<rows) }
  }

  private func check(
    _ x: FloatMatrix, _ y: FloatMatrix, _ rounded: NarrowMatrix, rows: Int, inputs: Int, outputs: Int, size: Int
  ) {
    precondition(x.columns == inputs && y.columns == outputs, "rows of \(x.columns) and \(y.columns)")
    precondition(rows >= 0 && rows <= min(x.rowCapacity, y.rowCapacity, rounded.rowCapacity), "\(rows) rows")
    precondition(x.stride * size <= rounded.rowBytes, "room for the rounded inputs")
  }

  /// Rows of `table` rounded to bf16 (nearest, ties to even; below 2^-40 zero), as float32.
  package func roundedToBFloat16(_ table: FloatMatrix, rows: Range<Int>) -> FloatMatrix {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= table.rowCapacity, "rows \(rows) of \(table.rowCapacity)")
    let rounded = FloatMatrix(rows: rows.count, columns: table.columns)
    // SAFETY: the rows exist and fit, checked above; both matrices have the same stride.
    unsafe wk_round_bf16(isa, table.base + rows.lowerBound * table.stride, rows.count * table.stride, rounded.base)
    return rounded
  }
}
