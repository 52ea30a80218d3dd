import Kernels
import Vocabulary

extension FeatureAssembler {
  /// An attribute feature with its column found and its words indexed.
  enum Source: Sendable {
    case number(column: Int?, Normalisation)
    case words(column: Int, WordInputs)
    case cross(column: Int, Cross)

    /// - Parameter column: Where the feature's attribute stands; `nil` for the retrieval score.
    init(_ feature: AttributeFeature, column: Int?, _ profileNames: [String]) {
      if let cross = Cross(feature, profileNames: profileNames) {
        self = .cross(column: column ?? 0, cross)
        return
      }
      switch feature {
      case .retrievalScore(let normalisation): self = .number(column: nil, normalisation)
      case .numeric(_, let normalisation): self = .number(column: column, normalisation)
      // (x − 0) · 1 leaves 1 and 0 as they are.
      case .bool(_, let missing): self = .number(column: column, Normalisation(missing: missing))
      case .oneHot(_, let oneHot): self = .words(column: column ?? 0, WordInputs(oneHot))
      case .habit, .affinity, .age: preconditionFailure("a manifest names the profile inputs of its crosses")
      }
    }

    /// What the feature reads of a query and its candidates, with each word looked up once.
    func values(of candidates: CandidateInputs, profile: [Float], _ context: [String: ContextValue]) -> Values {
      switch self {
      case .cross(let column, let cross):
        let moment = cross.moment(context)
        let items = cross.items(candidates.columns[column])
        return .inputs(items.map { cross.input($0, profile: profile.span, moment: moment) })
      case .number(nil, let normalisation): return .scores(normalisation)
      case .number(let column?, let normalisation):
        if case .numbers(let numbers) = candidates.columns[column] {
          return .numbers(numbers, normalisation)
        }
        return .constant(normalisation.missing)
      case .words(let column, let inputs):
        if case .words(let words) = candidates.columns[column] {
          return .positions(inputs.positions(of: words), spans: words.spans, width: inputs.width)
        }
        return .zeros(width: inputs.width)
      }
    }
  }

  /// A feature of all candidates of a query, ready to be written.
  enum Values: Sendable {
    case scores(Normalisation)
    case numbers([Double], Normalisation)
    case inputs([Float])
    case constant(Float)
    /// The positions of inputs that are 1; negative ones stand for none.
    case positions([Int32], spans: [Range<Int>], width: Int)
    case zeros(width: Int)

    /// Writes the feature's inputs of candidates `rows` into the first rows of `matrix` at `column`, and moves behind them.
    func write(_ rows: Range<Int>, scores: [Float], _ kernels: KernelSet, into matrix: FloatMatrix, _ column: inout Int)
    {
      switch self {
      case .scores(let how):
        let numbers = scores[rows].map { Double($0) }
        kernels.normalise(numbers, rows: 0..<rows.count, how.kernel, into: matrix, column: column)
        column += 1
      case .numbers(let numbers, let how):
        kernels.normalise(numbers, rows: rows, how.kernel, into: matrix, column: column)
        column += 1
      case .inputs(let inputs):
        for (row, input) in inputs[rows].enumerated() { matrix[row, column] = input }
        column += 1
      case .constant(let value):
        for row in 0..<rows.count { matrix[row, column] = value }
        column += 1
      case .positions(let positions, let spans, let width):
        for (row, span) in spans[rows].enumerated() {
          matrix.withMutableRow(row) { out in
            for i in column..<column + width { out[i] = 0 }
            for position in positions[span] where position >= 0 { out[column + Int(position)] = 1 }
          }
        }
        column += width
      case .zeros(let width):
        for row in 0..<rows.count {
          matrix.withMutableRow(row) { out in
            for i in column..<column + width { out[i] = 0 }
          }
        }
        column += width
      }
    }
  }

  /// A context feature with its words indexed.
  struct ContextSource: Sendable {
    private let feature: ContextFeature
    private let inputs: WordInputs?

    init(_ feature: ContextFeature) {
      self.feature = feature
      inputs = if case .oneHot(_, let oneHot) = feature { WordInputs(oneHot) } else { nil }
    }

    func append(_ value: ContextValue?, to row: inout [Float]) {
      switch (feature, value) {
      case (.numeric(_, let normalisation), .number(let number)): row.append(normalisation.input(Double(number)))
      case (.numeric(_, let normalisation), _): row.append(normalisation.missing)
      case (.oneHot(_, let oneHot), let value):
        var bits = [Float](repeating: 0, count: oneHot.width)
        if case .word(let word) = value, let position = inputs?.position(of: word.text) { bits[position] = 1 }
        row += bits
      case (.bins(_, let edges), let value):
        var bits = [Float](repeating: 0, count: edges.count + 1)
        if case .number(let number) = value { bits[edges.count { $0 <= number }] = 1 }
        row += bits
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
