/// Finds the input that a word sets among those of a one-hot feature.
///
/// Words are the same if their bytes are; strings of Swift also equal their canonical equivalents.
struct WordInputs: Sendable {
  private let oneHot: OneHot
  private let positions: [String: Int]

  init(_ oneHot: OneHot) {
    self.oneHot = oneHot
    positions = Dictionary(oneHot.words.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The position of the input that is 1, if there is one.
  func position(of word: String) -> Int? {
    if let position = positions[word], oneHot.words[position].utf8.elementsEqual(word.utf8) { return position }
    return oneHot.hasOther ? oneHot.words.count : nil
  }
}
