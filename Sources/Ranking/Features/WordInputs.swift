import Vocabulary

/// Finds the input that a word sets among those of a one-hot feature.
struct WordInputs: Sendable {
  private let oneHot: OneHot
  private let positions: [ExactText: Int]

  init(_ oneHot: OneHot) {
    self.oneHot = oneHot
    positions = Dictionary(oneHot.words.enumerated().map { ($1.exact, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The position of the input that is 1, if there is one.
  func position(of word: String) -> Int? {
    positions[word.exact] ?? (oneHot.hasOther ? oneHot.words.count : nil)
  }

  /// Number of inputs.
  var width: Int { oneHot.width }

  /// The positions of a column's words, `-1` where there is none; each word that occurs is looked up once.
  func positions(of words: InputColumn.Words) -> [Int32] {
    var known = [Int32?](repeating: nil, count: words.list.count)
    return words.numbers.map { number in
      // A row without a value has the number 0, be there words or not.
      guard number < known.count else { return -1 }
      if let position = known[Int(number)] { return position }
      let position = position(of: words.list[Int(number)]).map { Int32($0) } ?? -1
      known[Int(number)] = position
      return position
    }
  }
}
