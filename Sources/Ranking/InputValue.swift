package import Vocabulary

/// The value of an input, before it is made ready for the network.
package enum InputValue: Hashable, Sendable {
  case missing
  case number(Double)
  case words([ExactText])
  /// Of a vector.
  case norm(Double)

  /// The norm of a vector.
  init(normOf vector: some Sequence<Float>) {
    self = .norm(vector.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot())
  }

  /// The value of a column at a candidate.
  init(_ column: InputColumn, at position: Int) {
    switch column {
    case .numbers(let numbers): self = numbers[position].isFinite ? .number(numbers[position]) : .missing
    case .words(let words):
      let span = words.spans[position]
      self = span.isEmpty ? .missing : .words(words.numbers[span].map { words.list[Int($0)].exact })
    }
  }

  /// The value that a query gives for a context feature.
  init(_ value: ContextValue?) {
    self =
      switch value {
      case nil: .missing
      case .number(let number): .number(Double(number))
      case .word(let word): .words([word])
      }
  }
}
