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

  /// The cosine of vectors `[w][d]`; an empty one, and one of norm 0, is like no other.
  package init(vectors: [[Float]], kernels: KernelSet = KernelSet()) {
    let d = vectors.map(\.count).max() ?? 0
    let matrix = FloatMatrix(rows: vectors.count, columns: d)
    for (row, vector) in vectors.enumerated() where !vector.isEmpty {
      matrix.setRow(row, vector)
      let norm = kernels.dot(matrix, rows: row, row).squareRoot()
      guard norm > 0, norm.isFinite else {
        matrix.clearRows(row..<row + 1)
        continue
      }
      matrix.withMutableRow(row) { values in
        for column in values.indices { values[column] /= norm }
      }
    }
    form = .vectors(matrix)
    self.kernels = kernels
  }

  /// 1 for equal values, 0 for others; a candidate without a value is like no other.
  package init(values: [AttributeValue?]) {
    form = .values(values)
    kernels = KernelSet()
  }

  /// How alike two candidates are.
  package func of(_ candidate: Int, _ other: Int) -> Float {
    switch form {
    case .vectors(let matrix): kernels.dot(matrix, rows: candidate, other)
    case .values(let values): values[candidate].map { $0 == values[other] } ?? false ? 1 : 0
    }
  }

  /// The mean over all pairs of some candidates, summed in their order; 0 for fewer than two.
  package func mean(of candidates: some Collection<Int>) -> Float {
    guard candidates.count > 1 else { return 0 }
    var sum: Float = 0
    let list = Array(candidates)
    for (place, candidate) in list.enumerated() {
      for other in list[(place + 1)...] { sum += of(candidate, other) }
    }
    return sum / Float(list.count * (list.count - 1) / 2)
  }
}
