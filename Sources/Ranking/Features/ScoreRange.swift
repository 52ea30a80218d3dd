/// The least and the greatest retrieval score that a network has learned from: a score beyond counts as the nearer one.
///
/// Outside of it a network only goes on in a straight line, and says what no data has taught it.
package struct ScoreRange: Hashable, Sendable {
  package let low, high: Float

  /// - Returns: `nil` unless both are finite and `low` is at most `high`.
  package init?(low: Float, high: Float) {
    guard low.isFinite, high.isFinite, low <= high else { return nil }
    (self.low, self.high) = (low, high)
  }

  /// The score, or the end of the range that it lies beyond.
  package func clamped(_ score: Float) -> Float { score < low ? low : score > high ? high : score }
}
