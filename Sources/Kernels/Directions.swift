/// Directions in space, by which rows of one or more blocks lie.
package final class Directions: Sendable {
  /// Vectors of length 1, up to roundings of 2⁻²³, `[count, d]`.
  let matrix: FloatMatrix

  package var count: Int { matrix.rowCapacity }

  /// - Parameter vectors: None is zero; their lengths do not matter.
  package init(_ vectors: [[Float]], kernels: KernelSet) {
    matrix = FloatMatrix(rows: vectors.count, columns: vectors.first?.count ?? 0)
    for (i, vector) in vectors.enumerated() {
      let length = kernels.normSquared(vector).squareRoot()
      precondition(length > 0, "a zero has no direction")
      matrix.setRow(i, vector.map { Float(Double($0) / length) })
    }
  }

  /// One of them, `[d]`.
  package func vector(_ number: Int) -> [Float] { matrix.row(number) }

  /// A layer whose outputs are the inner products with every direction.
  package var layer: PackedLayer {
    PackedLayer(
      weights: (0..<count).flatMap { matrix.row($0) }, bias: [Float](repeating: 0, count: count))
  }
}

/// A query's parts along and across each of some directions, `[directions.count]`, in the query's units.
package struct DirectedQuery: Sendable {
  package let directions: Directions
  let along, across: PaddedVector
}

/// Where the words of 64 rows of a block point: the direction c of each, and how far its rows x = a c + r reach.
package struct DirectedWords: Sendable {
  let directions: Directions
  /// The direction of each word.
  let numbers: [UInt32]
  /// The greatest and the least a of each word, and no less than any norm of r.
  let most, least, across: [Float]

  /// How many words there are.
  var count: Int { numbers.count }

  /// - Parameters:
  ///   - numbers: The direction of each word of 64 rows.
  ///   - matrix: The rows.
  /// - Complexity: O(rows · d).
  package init(_ directions: Directions, numbers: [Int], of matrix: FloatMatrix, kernels: KernelSet) {
    self.directions = directions
    self.numbers = numbers.map { UInt32($0) }
    let extents = numbers.enumerated().map { word, number in
      kernels.extent(of: matrix, rows: 64 * word..<64 * (word + 1), along: directions, number)
    }
    most = extents.map(\.most)
    least = extents.map(\.least)
    across = extents.map(\.across)
  }
}
