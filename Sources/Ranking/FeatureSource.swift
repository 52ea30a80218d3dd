import Vocabulary

extension FeatureAssembler {
  /// An attribute feature with its column found and its words indexed.
  struct Source: Sendable {
    private let feature: AttributeFeature
    private let column: Int
    private let inputs: WordInputs?

    init(_ feature: AttributeFeature, column: Int) {
      self.feature = feature
      self.column = column
      inputs = if case .oneHot(_, let oneHot) = feature { WordInputs(oneHot) } else { nil }
    }

    /// Writes the feature's inputs for one candidate at `at` and moves behind them.
    func write(_ candidates: CandidateInputs, _ candidate: Int, _ out: inout MutableSpan<Float>, _ at: inout Int) {
      switch feature {
      case .retrievalScore(let normalisation):
        out[at] = normalisation.input(Double(candidates.retrievalScores[candidate]))
      case .numeric(_, let normalisation):
        switch candidates.columns[column][candidate] {
        case .int(let value): out[at] = normalisation.input(Double(value))
        case .float(let value): out[at] = normalisation.input(value)
        default: out[at] = normalisation.missing
        }
      case .bool(_, let missing):
        if case .bool(let value) = candidates.columns[column][candidate] {
          out[at] = value ? 1 : 0
        } else {
          out[at] = missing
        }
      case .oneHot(_, let oneHot):
        for i in at..<at + oneHot.width { out[i] = 0 }
        switch candidates.columns[column][candidate] {
        case .keyword(let word): set(word, &out, at)
        case .keywordSet(let words): for word in words { set(word, &out, at) }
        default: break
        }
      }
      at += feature.width
    }

    private func set(_ word: String, _ out: inout MutableSpan<Float>, _ at: Int) {
      if let position = inputs?.position(of: word) { out[at + position] = 1 }
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
        if case .word(let word) = value, let position = inputs?.position(of: word) { bits[position] = 1 }
        row += bits
      }
    }
  }
}
