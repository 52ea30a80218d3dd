internal import CKernels

/// One step of Adam (Kingma, Ba 2015), with its bias corrections worked out.
package struct AdamStep: Sendable {
  let step: wk_adam_step

  /// - Parameters:
  ///   - rate: The learning rate.
  ///   - decay: L2: this share of a value is added to its gradient.
  ///   - number: Steps done, this one included, ≥ 1.
  package init(
    rate: Float, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, decay: Float = 0, number: Int
  ) {
    precondition(number > 0, "steps count from 1")
    let left1 = 1 - Self.power(Double(beta1), number)
    let left2 = 1 - Self.power(Double(beta2), number)
    step = wk_adam_step(
      beta1: beta1, one_minus_beta1: 1 - beta1, beta2: beta2, one_minus_beta2: 1 - beta2,
      step: Float(Double(rate) / left1), root_scale: Float(1 / left2.squareRoot()), epsilon: epsilon, decay: decay)
  }

  /// By squaring, so that every machine has the same bits.
  private static func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, square, rest) = (1.0, base, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result *= square }
      square *= square
      rest >>= 1
    }
    return result
  }
}

extension KernelSet {
  /// Applies a step to rows of a matrix and its two moments.
  ///
  /// - Parameter gradients: Of the same shape; `nil` stands for zeros.
  package func adam(
    _ step: AdamStep, _ gradients: FloatMatrix?, _ values: FloatMatrix, first: FloatMatrix, second: FloatMatrix,
    rows: Range<Int>
  ) {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= values.rowCapacity, "rows \(rows)")
    for other in [first, second, gradients ?? first] {
      precondition(other.rowCapacity >= values.rowCapacity && other.columns == values.columns, "matrices of one shape")
    }
    let offset = rows.lowerBound * values.stride
    var step = step.step
    // SAFETY: whole rows of matrices of one shape, checked above.
    unsafe wk_adam(
      isa, &step, gradients.map { unsafe UnsafePointer($0.base + offset) }, values.base + offset, first.base + offset,
      second.base + offset, rows.count * values.stride)
  }

  /// Adds up `parts` blocks of `blockRows` rows each, in order: rows `rows` of every block into the first block's.
  package func sum(blocksOf blockRows: Int, parts: Int, in matrix: FloatMatrix, rows: Range<Int>) {
    precondition(parts >= 1 && blockRows >= 0 && parts * blockRows <= matrix.rowCapacity, "\(parts) blocks")
    precondition(rows.lowerBound >= 0 && rows.upperBound <= blockRows, "rows \(rows) of \(blockRows)")
    let base = unsafe matrix.base + rows.lowerBound * matrix.stride
    // SAFETY: whole rows of blocks inside the matrix, checked above; element by element, in place is fine.
    unsafe wk_sum(isa, base, blockRows * matrix.stride, parts, base, rows.count * matrix.stride)
  }
}
