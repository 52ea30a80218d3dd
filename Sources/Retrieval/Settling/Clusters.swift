import Kernels
import Vocabulary

/// Directions round which many rows lie: spherical k-means (Dhillon, Modha 2001) on a sample.
struct Clusters: Sendable {
  /// Rows that go through the layer together, and so the longest piece of work between two pauses.
  static let piece = 512
  private static let rounds = 6
  /// Rows of the sample for each direction.
  static let sampleEach = 32

  private let kernels: KernelSet
  private let layer: PackedLayer
  let directions: Directions
  private let products: FloatMatrix

  /// Finds directions among sampled rows.
  ///
  /// - Parameters:
  ///   - sample: More rows than directions, in a random order; those that are zero are left out.
  ///   - goOn: Asked after each piece of work; false ends it.
  /// - Returns: `nil` if it was ended, or too few rows point anywhere.
  /// - Complexity: O(rounds · sample · count · d).
  static func find(
    _ count: Int, in sample: [[Float]], kernels: KernelSet, goOn: () async -> Bool
  ) async -> Clusters? {
    let unit = sample.compactMap { row -> [Float]? in
      let length = kernels.normSquared(row).squareRoot()
      return length > 0 ? row.map { Float(Double($0) / length) } : nil
    }
    guard count > 0, unit.count > count else { return nil }
    let rows = FloatMatrix(rows: unit, columns: unit[0].count)
    var clusters = Clusters(Array(unit.prefix(count)), kernels)
    for _ in 0..<rounds {
      var sums = (0..<count).map { _ in [Float](repeating: 0, count: rows.columns) }
      for start in stride(from: 0, to: unit.count, by: piece) {
        let nearest = clusters.nearest(of: rows, start..<min(start + piece, unit.count))
        for (place, cluster) in nearest.enumerated() {
          let row = unit[start + place]
          for j in row.indices { sums[cluster][j] += row[j] }
        }
        guard await goOn() else { return nil }
      }
      // Where no row has come, the direction stays.
      clusters = Clusters(
        sums.enumerated().map { i, sum in
          kernels.normSquared(sum) > 0 ? sum : clusters.directions.vector(i)
        }, kernels)
    }
    return clusters
  }

  private init(_ vectors: [[Float]], _ kernels: KernelSet) {
    self.kernels = kernels
    directions = Directions(vectors, kernels: kernels)
    layer = directions.layer
    products = FloatMatrix(rows: Self.piece, columns: vectors.count)
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
