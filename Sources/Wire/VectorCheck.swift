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
      // Nearly all vectors are far below the bound. Four sums side by side tell that about four times as fast; no
      // rounding makes up for half of the bound.
      if squares(values, start..<end) < most / 2 {
        start = end
        continue
      }
      var sum = 0.0
      for value in values[start..<end] { sum += Double(value) * Double(value) }
      // A NaN fails every comparison; an infinity is above the bound.
      if !(sum <= most) { return values[start..<end].firstIndex { !$0.isFinite } ?? start }
      start = end
    }
    return nil
  }

  /// The sum of squares in another order than the rule's.
  private static func squares(_ values: [Float], _ range: Range<Int>) -> Double {
    var sums = SIMD4<Double>()
    var place = range.lowerBound
    while place + 4 <= range.upperBound {
      let four = SIMD4<Double>(
        Double(values[place]), Double(values[place + 1]), Double(values[place + 2]), Double(values[place + 3]))
      sums += four * four
      place += 4
    }
    var sum = (sums[0] + sums[1]) + (sums[2] + sums[3])
    while place < range.upperBound {
      sum += Double(values[place]) * Double(values[place])
      place += 1
    }
    return sum
  }
}
