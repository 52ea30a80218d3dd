import Vocabulary

extension FeatureAssembler {
  /// An attribute feature with its column found and its words indexed.
  struct Source: Sendable {
    private let feature: AttributeFeature
    private let column: Int
    private let positions: [String: Int]

    init(_ feature: AttributeFeature, column: Int) {
      self.feature = feature
      self.column = column
      if case .oneHot(_, let oneHot) = feature { positions = oneHot.positions } else { positions = [:] }
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
        case .keyword(let word): set(word, oneHot, &out, at)
        case .keywordSet(let words): for word in words { set(word, oneHot, &out, at) }
        default: break
        }
      }
      at += feature.width
    }

    private func set(_ word: String, _ oneHot: OneHot, _ out: inout MutableSpan<Float>, _ at: Int) {
      if let position = positions[word] {
        out[at + position] = 1
      } else if oneHot.hasOther {
        out[at + oneHot.words.count] = 1
      }
    }
  }

  /// A context feature with its words indexed.
  struct ContextSource: Sendable {
    private let feature: ContextFeature
    private let positions: [String: Int]

    init(_ feature: ContextFeature) {
      self.feature = feature
      if case .oneHot(_, let oneHot) = feature { positions = oneHot.positions } else { positions = [:] }
    }

    func append(_ value: ContextValue?, to inputs: inout [Float]) {
      switch (feature, value) {
      case (.numeric(_, let normalisation), .number(let number)): inputs.append(normalisation.input(Double(number)))
      case (.numeric(_, let normalisation), _): inputs.append(normalisation.missing)
      case (.oneHot(_, let oneHot), let value):
        var bits = [Float](repeating: 0, count: oneHot.width)
        if case .word(let word) = value {
          if let position = positions[word] {
            bits[position] = 1
          } else if oneHot.hasOther {
            bits[oneHot.words.count] = 1
          }
        }
        inputs += bits
      }
    }
  }
}
