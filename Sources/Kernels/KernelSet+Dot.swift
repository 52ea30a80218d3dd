internal import CKernels

extension KernelSet {
  /// The inner product of a query and one row.
  package func dot(_ query: PaddedVector, _ matrix: FloatMatrix, row: Int) -> Float {
    var score: Float = 0
    check(query, matrix)
    precondition((0..<matrix.rowCapacity).contains(row), "row \(row) of \(matrix.rowCapacity)")
    // SAFETY: query and row have `stride` floats each, checked above; `score` has room for one.
    unsafe wk_dots(isa, query.storage.base, matrix.base + row * matrix.stride, matrix.stride, 1, &score)
    return score
  }

  /// The inner product of two rows of a matrix.
  package func dot(_ matrix: FloatMatrix, rows a: Int, _ b: Int) -> Float {
    var score: Float = 0
    let rows = 0..<matrix.rowCapacity
    precondition(rows.contains(a) && rows.contains(b), "rows \(a) and \(b) of \(matrix.rowCapacity)")
    // SAFETY: both rows have `stride` floats, checked above; `score` has room for one.
    unsafe wk_dots(isa, matrix.base + a * matrix.stride, matrix.base + b * matrix.stride, matrix.stride, 1, &score)
    return score
  }

  /// The inner products of a query and consecutive rows, into the first `rows.count` elements of `scores`.
  package func dots(_ query: PaddedVector, _ matrix: FloatMatrix, rows: Range<Int>, into scores: inout [Float]) {
    check(query, matrix)
    precondition(rows.lowerBound >= 0 && rows.upperBound <= matrix.rowCapacity, "rows \(rows) of \(matrix.rowCapacity)")
    precondition(rows.count <= scores.count, "no room for \(rows.count) scores")
    // SAFETY: the rows lie inside the matrix and the scores fit, checked above.
    unsafe scores.withUnsafeMutableBufferPointer { buffer in
      guard let out = buffer.baseAddress else { return }
      unsafe wk_dots(
        isa, query.storage.base, matrix.base + rows.lowerBound * matrix.stride, matrix.stride, rows.count, out)
    }
  }

  /// The inner products of a query and the first `count` listed rows (all by default), into the front of `scores`.
  package func dots(
    _ query: PaddedVector, _ matrix: FloatMatrix, rows indices: [UInt32], count: Int? = nil,
    into scores: inout [Float]
  ) {
    let count = count ?? indices.count
    check(query, matrix)
    precondition(count >= 0 && count <= indices.count && count <= scores.count, "no room for \(count) scores")
    let capacity = matrix.rowCapacity
    precondition(indices[..<count].allSatisfy { Int($0) < capacity }, "a row beyond \(capacity)")
    // SAFETY: every listed row lies inside the matrix and the scores fit, checked above.
    unsafe scores.withUnsafeMutableBufferPointer { buffer in
      unsafe indices.withUnsafeBufferPointer { indices in
        guard let out = buffer.baseAddress, let rows = indices.baseAddress else { return }
        unsafe wk_dots_at(isa, query.storage.base, matrix.base, matrix.stride, rows, count, out)
      }
    }
  }

  /// Writes the rows `firstRow + i`, i < `count`, whose `scores[i] >= threshold` and whose bit of `mask` is set, in
  /// ascending order to the front of `selected`; a NaN is never selected.
  ///
  /// - Parameters:
  ///   - firstRow: a multiple of 64.
  ///   - mask: bit r % 64 of word r / 64 belongs to row r (not to i); `nil` selects by score alone.
  /// - Returns: how many rows were written.
  package func select(
    scores: [Float], count: Int, firstRow: Int = 0, atLeast threshold: Float, mask: [UInt64]?,
    into selected: inout [UInt32]
  ) -> Int {
    precondition(count >= 0 && count <= scores.count && count <= selected.count, "no room for \(count) rows")
    precondition(firstRow >= 0 && firstRow % 64 == 0, "a block of rows starts at a multiple of 64")
    precondition(UInt32(exactly: firstRow + count) != nil, "a row is a u32")
    let word = firstRow / 64
    if let mask { precondition(word + (count + 63) / 64 <= mask.count, "the mask is too short") }
    guard count > 0 else { return 0 }
    // SAFETY: `count` scores, results and mask bits exist, checked above.
    return unsafe scores.withUnsafeBufferPointer { scores in
      unsafe selected.withUnsafeMutableBufferPointer { selected in
        guard let scores = scores.baseAddress, let selected = selected.baseAddress else { return 0 }
        guard let mask else {
          return unsafe wk_select(isa, scores, count, threshold, nil, UInt32(firstRow), selected)
        }
        return unsafe mask.withUnsafeBufferPointer { mask in
          guard let bits = mask.baseAddress else { return 0 }
          return unsafe wk_select(isa, scores, count, threshold, bits + word, UInt32(firstRow), selected)
        }
      }
    }
  }

  /// The float64 sum of squares of a vector, ascending; NaN or infinite if an element is.
  package func normSquared(_ values: [Float]) -> Double {
    // SAFETY: the pointer and the count are those of one array.
    unsafe values.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return 0 }
      return unsafe wk_norm_squared(base, buffer.count)
    }
  }

  /// Whether a vector is one that Winnow takes: all finite, and the sum of squares at most 1e36.
  package func isValidVector(_ values: [Float]) -> Bool { normSquared(values) <= 1e36 }

  private func check(_ query: PaddedVector, _ matrix: FloatMatrix) {
    precondition(query.count == matrix.columns, "query of \(query.count), rows of \(matrix.columns)")
  }
}
