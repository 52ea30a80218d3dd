internal import CKernels

extension KernelSet {
  /// Binary cross-entropy on logits, value by value: weights · (max(z, 0) − z t + log(1 + e^−|z|)).
  ///
  /// - Parameters:
  ///   - scale: Factor of the gradients, which replace the logits; the losses are not scaled.
  ///   - losses: Room for as many values.
  package func crossEntropy(
    _ logits: inout [Float], targets: ArraySlice<Float>, weights: ArraySlice<Float>, scale: Float,
    losses: inout [Float], count: Int
  ) {
    precondition(count <= logits.count && count <= losses.count, "room for \(count)")
    precondition(count == targets.count && count == weights.count, "targets and weights of \(count)")
    // SAFETY: every array has `count` values, checked above.
    unsafe logits.withUnsafeMutableBufferPointer { logits in
      unsafe targets.withUnsafeBufferPointer { targets in
        unsafe weights.withUnsafeBufferPointer { weights in
          unsafe losses.withUnsafeMutableBufferPointer { losses in
            guard let z = logits.baseAddress, let t = targets.baseAddress, let w = weights.baseAddress,
              let l = losses.baseAddress
            else { return }
            unsafe wk_cross_entropy(isa, z, t, w, scale, z, l, count)
          }
        }
      }
    }
  }

  /// Softmax cross-entropy of `values[range]`, which become its gradients times `scale`.
  ///
  /// - Returns: The loss, −log of the share of the value at `target`, counted from the range's start.
  package func softmax(_ values: inout [Float], _ range: Range<Int>, target: Int, scale: Float) -> Float {
    precondition(range.lowerBound >= 0 && range.upperBound <= values.count, "range \(range)")
    precondition(target >= 0 && target < range.count, "target \(target) of \(range.count)")
    // SAFETY: range and target lie inside, checked above.
    return unsafe values.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return 0 }
      return unsafe wk_softmax(isa, base + range.lowerBound, range.count, target, scale)
    }
  }

  /// The same for row `row` of a matrix.
  package func softmax(_ matrix: FloatMatrix, row: Int, target: Int, scale: Float) -> Float {
    precondition(row >= 0 && row < matrix.rowCapacity && target >= 0 && target < matrix.columns, "row, target")
    // SAFETY: checked above.
    return unsafe wk_softmax(isa, matrix.base + row * matrix.stride, matrix.columns, target, scale)
  }

  /// Pairwise (BPR) loss of `values[range]`, whose first is the positive: the mean of log(1 + e^−(z₀ − zⱼ)).
  ///
  /// The values become its gradients times `scale`.
  package func pairwise(_ values: inout [Float], _ range: Range<Int>, scale: Float) -> Float {
    precondition(range.lowerBound >= 0 && range.upperBound <= values.count && range.count > 1, "range \(range)")
    // SAFETY: the range lies inside, checked above.
    return unsafe values.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return 0 }
      return unsafe wk_pairwise(isa, base + range.lowerBound, range.count, scale)
    }
  }

  /// Copies column 0 of the first `values.count`-bounded `rows` rows into `values`.
  package func readColumn(_ matrix: FloatMatrix, rows: Int, into values: inout [Float]) {
    precondition(rows >= 0 && rows <= min(matrix.rowCapacity, values.count) && matrix.columns > 0, "\(rows) rows")
    // SAFETY: checked above.
    for i in 0..<rows { values[i] = unsafe matrix.base[i * matrix.stride] }
  }

  /// Copies the first `rows` values into column 0.
  package func writeColumn(_ values: [Float], rows: Int, into matrix: FloatMatrix) {
    precondition(rows >= 0 && rows <= min(matrix.rowCapacity, values.count) && matrix.columns > 0, "\(rows) rows")
    // SAFETY: checked above.
    for i in 0..<rows { unsafe matrix.base[i * matrix.stride] = values[i] }
  }
}
