package import Kernels
package import Vocabulary

/// How alike the candidates of a window are, 0 to 1 for values and −1 to 1 for vectors.
package struct Likeness: Sendable {
  private enum Form: Sendable {
    /// `[w, d]`, each of norm 1, or zeros.
    case vectors(FloatMatrix)
    case values([AttributeValue?])
  }

  private let form: Form
  private let kernels: KernelSet
  /// Candidates of the window.
  private let count: Int

  /// The cosine of vectors `[w][d]`; an empty one, and one of norm 0, is like no other.
  package init(vectors: [[Float]], kernels: KernelSet = KernelSet()) {
    let d = vectors.map(\.count).max() ?? 0
    let matrix = FloatMatrix(rows: vectors.count, columns: d)
    for (row, vector) in vectors.enumerated() where !vector.isEmpty {
      matrix.setRow(row, vector)
      let norm = kernels.dot(PaddedVector(vector), matrix, row: row).squareRoot()
      matrix.setRow(row, norm > 0 && norm.isFinite ? vector.map { $0 / norm } : [Float](repeating: 0, count: d))
    }
    form = .vectors(matrix)
    count = vectors.count
    self.kernels = kernels
  }

  /// 1 for equal values, 0 for others; a candidate without a value is like no other.
  package init(values: [AttributeValue?]) {
    form = .values(values)
    count = values.count
    kernels = KernelSet()
  }

  /// How alike one candidate and each of the window are, into `likeness` `[w]`.
  package func fill(_ likeness: inout [Float], of candidate: Int) {
    switch form {
    case .vectors(let matrix):
      kernels.dots(PaddedVector(matrix.row(candidate)), matrix, rows: 0..<count, into: &likeness)
    case .values(let values):
      let value = values[candidate]
      for other in 0..<count { likeness[other] = value != nil && values[other] == value ? 1 : 0 }
    }
  }

  /// The mean over all pairs of some candidates, summed in their order; 0 for fewer than two.
  package func mean(of candidates: some Collection<Int>) -> Float {
    guard candidates.count > 1 else { return 0 }
    var likeness = [Float](repeating: 0, count: count)
    var sum: Float = 0
    let list = Array(candidates)
    for (place, candidate) in list.enumerated() {
      fill(&likeness, of: candidate)
      for other in list[(place + 1)...] { sum += likeness[other] }
    }
    return sum / Float(list.count * (list.count - 1) / 2)
  }
}
