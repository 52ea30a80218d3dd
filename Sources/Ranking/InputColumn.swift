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
}
