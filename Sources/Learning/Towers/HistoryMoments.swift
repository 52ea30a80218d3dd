import Kernels
import Towers

/// What Adam keeps of a history tower: first and second moments of each value.
final class HistoryMoments: Sendable {
  typealias Pair = (first: FloatMatrix, second: FloatMatrix)

  let own, features: Pair
  private let first, second: TowerParameters

  init(_ tower: HistoryTower) {
    func zeros(_ table: FloatMatrix) -> Pair {
      (
        FloatMatrix(rows: table.rowCapacity, columns: table.columns),
        FloatMatrix(rows: table.rowCapacity, columns: table.columns)
      )
    }
    (own, features) = (zeros(tower.own), zeros(tower.features))
    (first, second) = (TowerParameters(tower.options.shape), TowerParameters(tower.options.shape))
  }

  /// Moves a tower's parameters: the constant, which is a vector like those of items, at their rate, the others at another.
  func step(
    _ parameters: TowerParameters, _ slopes: TowerParameters, constant: AdamStep, _ layers: AdamStep,
    _ kernels: KernelSet
  ) {
    for (number, matrix) in parameters.matrices.enumerated() {
      kernels.adam(
        number == 0 ? constant : layers, slopes.matrices[number], matrix, first: first.matrices[number],
        second: second.matrices[number], rows: 0..<matrix.rowCapacity)
    }
  }
}

extension TowerParameters {
  /// Adds these numbers to those of another.
  func add(to sums: TowerParameters, _ kernels: KernelSet) {
    for (matrix, sum) in zip(matrices, sums.matrices) {
      var links = RowLinks()
      for row in 0..<UInt32(matrix.rowCapacity) { links.append(from: row, to: row, share: 1) }
      kernels.add(matrix, by: links, to: sum, range: 0..<matrix.rowCapacity)
    }
  }
}
