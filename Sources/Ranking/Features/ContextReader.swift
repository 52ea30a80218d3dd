import Vocabulary

/// A context feature with its words indexed.
struct ContextReader: Sendable {
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
