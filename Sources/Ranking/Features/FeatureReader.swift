import Kernels
import Vocabulary

/// How a feature is read of a query and its candidates, with its names looked up and its words indexed.
enum FeatureReader: Sendable {
  case score(Normalisation, within: ScoreRange?)
  case number(Normalisation)
  case words(WordInputs)
  case cross(any Cross)
  case owned(OwnedFeature)

  /// What the feature reads, with each word looked up once.
  ///
  /// - Parameter column: Of the feature's attribute; none is needed for the retrieval score.
  func values(
    of column: InputColumn, _ candidates: CandidateInputs, user: UserVectors, _ context: [String: ContextValue]
  ) -> Values {
    switch self {
    case .score(let normalisation, let range): return .scores(normalisation, within: range)
    case .number(let normalisation):
      if case .numbers(let numbers) = column { return .numbers(numbers, normalisation) }
      return .constant(normalisation.missing)
    case .words(let inputs):
      if case .words(let words) = column {
        return .positions(inputs.positions(of: words), spans: words.spans, width: inputs.width)
      }
      return .zeros(width: inputs.width)
    case .cross(let cross):
      return .inputs(cross.inputs(column, profile: user.profile.span, moment: cross.moment(context)))
    case .owned(let feature):
      let day = feature.day(context)
      return .rows(
        candidates.ids.flatMap { feature.inputs(user.owned[$0.rawValue], day: day) }, width: OwnedFeature.width)
    }
  }

  /// A feature of all candidates of a query, ready to be written.
  enum Values: Sendable {
    case scores(Normalisation, within: ScoreRange?)
    case numbers([Double], Normalisation)
    case inputs([Float])
    /// `[m, width]`.
    case rows([Float], width: Int)
    case constant(Float)
    /// The positions of inputs that are 1; negative ones stand for none.
    case positions([Int32], spans: [Range<Int>], width: Int)
    case zeros(width: Int)

    /// Writes the feature's inputs of candidates `rows` into the first rows of `matrix` at `column`.
    func write(_ rows: Range<Int>, scores: [Float], _ kernels: KernelSet, into matrix: FloatMatrix, at column: Int) {
      switch self {
      case .scores(let how, let range):
        let numbers = scores[rows].map { Double(range?.clamped($0) ?? $0) }
        kernels.normalise(numbers, rows: 0..<rows.count, how.kernel, into: matrix, column: column)
      case .numbers(let numbers, let how):
        kernels.normalise(numbers, rows: rows, how.kernel, into: matrix, column: column)
      case .inputs(let inputs):
        for (row, input) in inputs[rows].enumerated() { matrix[row, column] = input }
      case .rows(let inputs, let width):
        for (place, row) in rows.enumerated() {
          matrix.write(inputs[row * width..<(row + 1) * width], row: place, column: column)
        }
      case .constant(let value):
        for row in 0..<rows.count { matrix[row, column] = value }
      case .positions(let positions, let spans, let width):
        for (row, span) in spans[rows].enumerated() {
          matrix.withMutableRow(row) { out in
            for i in column..<column + width { out[i] = 0 }
            for position in positions[span] where position >= 0 { out[column + Int(position)] = 1 }
          }
        }
      case .zeros(let width):
        for row in 0..<rows.count {
          matrix.withMutableRow(row) { out in
            for i in column..<column + width { out[i] = 0 }
          }
        }
      }
    }
  }
}

extension Normalisation {
  /// The same for the kernels.
  fileprivate var kernel: KernelSet.Normalisation {
    KernelSet.Normalisation(mean: mean, scale: scale, missing: missing, takesLog: takesLog)
  }
}
