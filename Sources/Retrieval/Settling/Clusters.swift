import Kernels
import Vocabulary

/// Directions round which many rows lie, and the search for them: spherical k-means (Dhillon, Modha 2001) on a sample.
struct Clusters: Sendable {
  /// Rows that go through the layer together, and so the longest piece of work.
  static let piece = 512
  private static let rounds = 6
  /// Rows of the sample for each direction.
  static let sampleEach = 32

  private let kernels: KernelSet
  /// Rows of the sample, of length 1.
  private let sample: FloatMatrix
  private(set) var directions: Directions
  private var layer: PackedLayer
  private let products: FloatMatrix
  private var round = 0, row = 0
  private var sums: [[Float]]

  /// Begins to look for directions.
  ///
  /// - Parameters:
  ///   - sample: More rows than directions, in a random order; those that are zero are left out.
  /// - Returns: `nil` if too few rows point anywhere.
  init?(_ count: Int, in sample: [[Float]], kernels: KernelSet) {
    let unit = sample.compactMap { row -> [Float]? in
      let length = kernels.normSquared(row).squareRoot()
      return length > 0 ? row.map { Float(Double($0) / length) } : nil
    }
    guard count > 0, unit.count > count else { return nil }
    self.kernels = kernels
    self.sample = FloatMatrix(rows: unit, columns: unit[0].count)
    directions = Directions(Array(unit.prefix(count)), kernels: kernels)
    layer = directions.layer
    products = FloatMatrix(rows: Self.piece, columns: count)
    sums = (0..<count).map { _ in [Float](repeating: 0, count: unit[0].count) }
  }

  /// Goes on by a piece of the sample.
  ///
  /// - Returns: Whether there is more to do.
  mutating func learn() -> Bool {
    let rows = row..<min(row + Self.piece, sample.rowCapacity)
    for (row, cluster) in zip(rows, nearest(of: sample, rows)) {
      sample.withRow(row) { values in
        for j in values.indices { sums[cluster][j] += values[j] }
      }
    }
    row = rows.upperBound
    guard row == sample.rowCapacity else { return true }
    // Where no row has come, the direction stays.
    directions = Directions(
      sums.enumerated().map { i, sum in kernels.normSquared(sum) > 0 ? sum : directions.vector(i) }, kernels: kernels)
    layer = directions.layer
    sums = sums.map { [Float](repeating: 0, count: $0.count) }
    (round, row) = (round + 1, 0)
    return round < Self.rounds
  }

  /// The direction that each row of a matrix points to most.
  ///
  /// - Parameter rows: At most `piece`.
  func nearest(of matrix: FloatMatrix, _ rows: Range<Int>) -> [Int] {
    kernels.affine(layer, matrix, rows: rows, into: products)
    return (0..<rows.count).map { row in
      products.withRow(row) { products in
        var best = 0
        for i in products.indices where products[i] > products[best] { best = i }
        return best
      }
    }
  }
}
