import Vocabulary

/// The rule of `proto-spec/02-types.md` for vectors.
package enum VectorCheck {
  /// Finds the first vector that has a NaN, an infinity, or a float64 sum of squares above 1e36.
  ///
  /// - Parameters:
  ///   - values: Vectors row by row, `[n, dimension]`.
  /// - Returns: the index in `values` of the first value that is not finite, or of the first value of a vector that is
  ///   too long; `nil` if all are good.
  /// - Complexity: O(n·dimension).
  package static func firstFault(in values: [Float], dimension: Int) -> Int? {
    guard dimension > 0 else { return nil }
    let most = Limits.vectorNormMax * Limits.vectorNormMax
    var start = 0
    while start < values.count {
      let end = min(start + dimension, values.count)
      var sum = 0.0
      for value in values[start..<end] { sum += Double(value) * Double(value) }
      // A NaN fails every comparison; an infinity is above the bound.
      if !(sum <= most) { return values[start..<end].firstIndex { !$0.isFinite } ?? start }
      start = end
    }
    return nil
  }
}
