package import Kernels
import Vocabulary

/// The parameters of a tower, or their slopes, or what an optimiser keeps of each: as many numbers in the same places.
///
/// They have one writer; a tower that serves is never written again.
package final class TowerParameters: Sendable {
  package let shape: TowerShape
  /// Layers stand as `[inputs + 1, outputs]` with the bias as the last row, the gains and offsets of a norm as `[2, d]`.
  package let matrices: [FloatMatrix]

  /// Zeros.
  ///
  /// - Precondition: The shape passes its check.
  package init(_ shape: TowerShape) {
    self.shape = shape
    matrices = shape.parts.map { FloatMatrix(rows: $0.rows, columns: $0.columns) }
  }

  /// The parameters that training begins with: weights and places from a bell of deviation 0.02, gains of norms 1, the gain of
  /// a mixed tower 0.3, all else 0.
  package convenience init(_ shape: TowerShape, seed: UInt64) {
    self.init(shape)
    for (number, (part, matrix)) in zip(shape.parts, matrices).enumerated() {
      var random = SplitMix64(seed: SplitMix64.mixed(seed &+ UInt64(number) &* SplitMix64.step))
      for row in 0..<part.drawnRows { matrix.setRow(row, (0..<part.columns).map { _ in Self.bell(&random) * 0.02 }) }
      if let start = part.start { matrix.setRow(0, [Float](repeating: start, count: part.columns)) }
    }
  }

  /// The parameters of a file.
  ///
  /// - Parameter read: Gives the values of a tensor, `tensor.count` of them, in the order of its shape.
  package convenience init<Failure: Error>(
    _ shape: TowerShape, read: (TowerTensor) throws(Failure) -> [Float]
  ) throws(Failure) {
    self.init(shape)
    for tensor in shape.tensors { set(tensor, try read(tensor)) }
  }

  /// c, `[1, d]`.
  var constant: FloatMatrix { matrices[0] }

  /// γ of a mixed tower, `[1, d]`.
  var gain: FloatMatrix? { shape.isMixed ? matrices[1] : nil }

  /// The values of a tensor, in the order of its shape.
  package func values(_ tensor: TowerTensor) -> [Float] {
    let matrix = matrices[tensor.part]
    var values: [Float] = []
    values.reserveCapacity(tensor.count)
    tensor.forEachPlace { row, column in values.append(matrix[row, column]) }
    return values
  }

  /// Makes all numbers zero.
  package func clear() {
    for matrix in matrices { matrix.clearRows(0..<matrix.rowCapacity) }
  }

  private func set(_ tensor: TowerTensor, _ values: [Float]) {
    precondition(values.count == tensor.count, "\(tensor.name): \(values.count) values for \(tensor.shape)")
    let matrix = matrices[tensor.part]
    var next = 0
    tensor.forEachPlace { row, column in
      matrix[row, column] = values[next]
      next += 1
    }
  }

  /// The sum of twelve uniform numbers less six: a bell of deviation 1 that every machine draws alike.
  private static func bell(_ random: inout SplitMix64) -> Float {
    var sum = 0.0
    for _ in 0..<12 { sum += Double(random.next() >> 11) * 0x1p-53 }
    return Float(sum - 6)
  }
}
