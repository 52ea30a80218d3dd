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
}

extension TextError {
  /// What is wrong and what to do, for people.
  package var text: String {
    switch self {
    case .notUTF8(let offset): "the text is not UTF-8 at byte \(offset): convert it to UTF-8"
    case .queryTooLong(let bytes):
      "the query has \(bytes) bytes, and \(TextAnalyser.queryBytesMax) are the most: shorten it"
    case .unknownLanguage:
      "no stemmer has this language: give one of \(TextLanguage.all.map(\.name).joined(separator: ", "))"
    case .otherAnalysis:
      "this program's libraries fold or stem texts unlike analysis version \(TextAnalyser.version):"
        + " build it with utf8proc 2.8 (Unicode 15.0) and libstemmer 2.2"
    }
  }
}
