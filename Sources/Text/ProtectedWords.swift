internal import Vocabulary

/// Words that a collection's query never changes: names that look like slips.
///
/// A file of them has a word a line, in UTF-8; what begins with `#` is a remark.
package struct ProtectedWords: Equatable, Sendable {
  /// Folded.
  let words: Set<ExactText>

  /// None.
  package init() { words = [] }

  /// Reads a file.
  ///
  /// - Throws: `badLine` with a line that is not one word.
  package init(text: String) throws(TextError) {
    let analyser = try TextAnalyser()
    var words: Set<ExactText> = []
    for (number, line) in RuleLine.lines(text) {
      let terms = analyser.terms(of: line)
      guard terms.count == 1, terms[0].isWord else { throw .badLine(number, "a protected word is one word of letters") }
      words.insert(terms[0].surface)
    }
    self.words = words
  }
}
