/// Why a text was not analysed, or a file of words was not read.
package enum TextError: Error, Equatable, Sendable {
  /// Bytes that are not UTF-8, from this byte on; half of a surrogate pair is none either.
  case notUTF8(offset: Int)
  /// A query of more bytes than `TextAnalyser.queryBytesMax`.
  case queryTooLong(bytes: Int)
  /// The name of a language that no stemmer has.
  case unknownLanguage
  /// The libraries of this program fold or stem the texts of the golden table otherwise.
  case otherAnalysis
  /// A lexicon's file that is not what was written, at this byte.
  case damagedLexicon(offset: Int)
  /// A lexicon whose terms were made by another version of the rules.
  case otherVersion(UInt32)
  /// A file of suggestions that is not what was written, at this byte.
  case damagedSuggestions(offset: Int)
  /// Suggestions whose queries were folded by another version of the rules.
  case otherSuggestions(UInt32)
  /// A collection whose texts are to be analysed by another version of the rules.
  case otherSettings(UInt32)
  /// A line of a file of synonyms or protected words, from 1, that is none.
  case badLine(Int, StaticString)

  package static func == (a: TextError, b: TextError) -> Bool { a.text == b.text }
}

extension TextError {
  /// What is wrong and what to do, for people.
  package var text: String {
    switch self {
    case .notUTF8(let offset): "the text is not UTF-8 at byte \(offset): convert it to UTF-8"
    case .queryTooLong(let bytes):
      "the query has \(bytes) bytes, and \(TextAnalyser.queryBytesMax) are the most: shorten it"
    case .unknownLanguage:
      "is no language that a stemmer has: give one of \(TextLanguage.all.map(\.name).joined(separator: ", "))"
    case .otherAnalysis:
      "this program's libraries fold or stem texts unlike analysis version \(TextAnalyser.version):"
        + " build it with utf8proc 2.8 (Unicode 15.0) and libstemmer 2.2"
    case .damagedLexicon(let offset):
      "the lexicon is damaged at byte \(offset): build it again with 'winnow text build'"
    case .otherVersion(let version):
      "the lexicon is of analysis version \(version), and this program has \(TextAnalyser.version):"
        + " build it again with 'winnow text build'"
    case .damagedSuggestions(let offset):
      "the suggestions are damaged at byte \(offset): count them again with 'winnow text build'"
    case .otherSuggestions(let version):
      "the suggestions are of analysis version \(version), and this program has \(TextAnalyser.version):"
        + " count them again with 'winnow text build'"
    case .otherSettings(let version):
      "the texts are of analysis version \(version), and this node has \(TextAnalyser.version): name that one, or bring"
        + " all nodes to one release"
    case .badLine(let line, let what): "line \(line): \(what)"
    }
  }
}
