package import Vocabulary

/// One attribute of m candidates, of one type for all of them, so that a feature is computed column by column.
package enum InputColumn: Sendable {
  /// Of an int, a float or a bool (1 or 0), `[m]`; NaN where it is missing.
  case numbers([Double])
  /// Of a keyword or a keyword_set.
  case words(Words)

  /// Words by their numbers in a list, none, one or several a candidate.
  package struct Words: Sendable {
    /// The list; other columns may share it.
    package let list: [String]
    /// Numbers in the list.
    package let numbers: [UInt32]
    /// Where in `numbers` each candidate's stand, `[m]`; empty where the attribute is missing.
    package let spans: [Range<Int>]

    /// - Precondition: The numbers and spans that are used exist.
    package init(list: [String], numbers: [UInt32], spans: [Range<Int>]) {
      self.list = list
      self.numbers = numbers
      self.spans = spans
    }
  }

  /// A column of values one by one, which are of one type or `nil`.
  package init(_ values: [AttributeValue?]) {
    var list: [String] = []
    var spans: [Range<Int>] = []
    var numbers: [Double] = []
    for value in values {
      let first = list.count
      var number = Double.nan
      switch value {
      case .int(let value): number = Double(value)
      case .float(let value): number = value
      case .bool(let value): number = value ? 1 : 0
      case .keyword(let word): list.append(word)
      case .keywordSet(let words): list += words
      case .text, nil: break
      }
      numbers.append(number)
      spans.append(first..<list.count)
    }
    self =
      list.isEmpty
      ? .numbers(numbers) : .words(Words(list: list, numbers: list.indices.map { UInt32($0) }, spans: spans))
  }

  /// A column that is looked at often: each word stands once in its list.
  package init(distinct values: [AttributeValue?]) {
    self.init(values)
    guard case .words(let words) = self else { return }
    var known: [ExactText: UInt32] = [:]
    var list: [String] = []
    let numbers = words.numbers.map { number in
      let word = words.list[Int(number)]
      if let number = known[word.exact] { return number }
      list.append(word)
      known[word.exact] = UInt32(list.count - 1)
      return UInt32(list.count - 1)
    }
    self = .words(Words(list: list, numbers: numbers, spans: words.spans))
  }

  /// The same of some of the candidates, in the order listed.
  package func gathering(_ rows: [UInt32]) -> InputColumn {
    switch self {
    case .numbers(let numbers): return .numbers(rows.map { numbers[Int($0)] })
    case .words(let words):
      var numbers: [UInt32] = []
      let spans = rows.map { row in
        let first = numbers.count
        numbers += words.numbers[words.spans[Int(row)]]
        return first..<numbers.count
      }
      return .words(Words(list: words.list, numbers: numbers, spans: spans))
    }
  }
}
