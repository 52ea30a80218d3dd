import Kernels
import Vocabulary

/// Why a vector is refused.
package enum VectorError: Error, Equatable, Sendable {
  /// It has another dimension than the schema.
  case dimension(expected: Int, found: Int)
  /// It has a NaN or an infinity.
  case notFinite
  /// Its norm is above 1e18.
  case normTooLarge

  /// Checks a vector `[dimension]`: all finite, float64 sum of squares (ascending) at most 1e36.
  ///
  /// The inner product of two such vectors is finite: each partial sum of its lanes and its tree is at most
  /// ‖a‖‖b‖ ≤ 1e36 by Cauchy–Schwarz, and rounding adds a factor below 1.001 at 4,096 dimensions, while float32
  /// reaches 3.4e38.
  package static func check(_ vector: [Float], dimension: Int) throws(VectorError) {
    guard vector.count == dimension else { throw .dimension(expected: dimension, found: vector.count) }
    let squares = KernelSet(.scalar).normSquared(vector)
    // Float32 squares cannot overflow float64, so the sum is finite exactly if every value is.
    guard squares.isFinite else { throw .notFinite }
    guard squares <= Limits.vectorNormMax * Limits.vectorNormMax else { throw .normTooLarge }
  }
}
