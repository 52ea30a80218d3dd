import Vocabulary

/// The one check on vectors: a norm of at most 1e18 keeps every partial sum of every product finite.
enum Norm {
  /// Whether all values are finite and the norm, summed in float64, is within the limit.
  static func isWithinLimit(_ vector: some Sequence<Float>) -> Bool {
    var squares = 0.0
    for value in vector { squares += Double(value) * Double(value) }
    return squares <= Limits.vectorNormMax * Limits.vectorNormMax
  }

  /// The first row of `[rows, columns]` that fails the check.
  static func firstRowBeyondLimit(_ values: [Float], columns: Int) -> Int? {
    guard columns > 0 else { return nil }
    return (0..<values.count / columns).first { !isWithinLimit(values[$0 * columns..<($0 + 1) * columns]) }
  }
}
