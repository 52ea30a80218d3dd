/// A tensor of a tower's file.
package struct TowerTensor: Sendable, Hashable {
  package let name: String
  /// Rows first, as PyTorch has it: a layer is `[outputs, inputs]`.
  package let shape: [Int]
  /// The matrix of `TowerParameters` that holds it.
  let part: Int
  let role: Role

  /// Where the values of a tensor stand in their matrix.
  enum Role: Hashable {
    /// All rows of it, row by row.
    case rows
    /// One row.
    case row(Int)
    /// All rows but the last, which become columns.
    case weights
    /// The same of a convolution, whose rows go tap by tap, the newest first: `[outputs, inputs, taps]`, the oldest first.
    case taps
  }

  package var count: Int { shape.reduce(1, *) }

  /// Calls `body` with the row and the column of each value in its matrix, in the order of the file.
  func forEachPlace(_ body: (_ row: Int, _ column: Int) -> Void) {
    switch role {
    case .row(let row):
      for column in 0..<shape[0] { body(row, column) }
    case .rows:
      for row in 0..<shape[0] {
        for column in 0..<shape[1] { body(row, column) }
      }
    case .weights:
      for output in 0..<shape[0] {
        for input in 0..<shape[1] { body(input, output) }
      }
    case .taps:
      for output in 0..<shape[0] {
        for input in 0..<shape[1] {
          for age in (0..<shape[2]).reversed() { body(age * shape[1] + input, output) }
        }
      }
    }
  }
}
