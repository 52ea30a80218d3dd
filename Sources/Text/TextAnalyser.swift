package import Vocabulary

/// Makes terms of texts, for items and queries alike: a pure function of text, language and version
/// (`proto-spec/11-text.md`).
///
/// May be shared; callers at one time wait for each other, so a caller with many texts has one of its own.
package final class TextAnalyser: Sendable {
  /// Of the rules by which texts become terms. Terms of two versions are not compared.
  package static let version = TextSettings.analysisVersionDefault

  /// Bytes of a query at most.
  package static let queryBytesMax = 1024

  package let language: TextLanguage
  private let maker: Lock<TermMaker>

  /// - Throws: `otherAnalysis` if the libraries of this program make other terms of the texts of the golden table than
  ///   version 1 has.
  package init(language: TextLanguage = .none) throws(TextError) {
    guard AnalysisPin.holds else { throw .otherAnalysis }
    self.language = language
    maker = Lock(try Self.maker(language))
  }

  /// The analyser of a collection's texts.
  ///
  /// - Throws: `unknownLanguage`; `otherSettings` for another version of the rules; `otherAnalysis`.
  package convenience init(_ settings: TextSettings) throws(TextError) {
    guard settings.analysisVersion == Self.version else { throw .otherSettings(settings.analysisVersion) }
    try self.init(language: TextLanguage(settings.language))
  }

  /// The terms of a text, in its order, with repeats.
  package func terms(of text: String) -> [Term] {
    let codes = Folding.folded(text)
    return maker.withLock { RunCutter.terms(of: codes, $0) }
  }

  /// Bytes as text.
  ///
  /// - Throws: `notUTF8`.
  package static func text(utf8 bytes: some Collection<UInt8>) throws(TextError) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8(offset: lengthOfText(bytes)) }
    return text
  }

  /// The terms of a query, which is short.
  package func terms(ofQuery text: String) throws(TextError) -> [Term] {
    guard text.utf8.count <= Self.queryBytesMax else { throw .queryTooLong(bytes: text.utf8.count) }
    return terms(of: text)
  }

  /// The term that a folded word stands for.
  package func text(ofWord surface: ExactText) -> ExactText { maker.withLock { $0.text(ofWord: surface) } }

  /// The folded text: without case, accents and the many forms of one sign.
  package static func folded(_ text: String) -> String {
    var folded = ""
    folded.unicodeScalars.append(
      contentsOf: Folding.folded(text).compactMap { Unicode.Scalar(UInt32(bitPattern: $0)) })
    return folded
  }

  static func maker(_ language: TextLanguage) throws(TextError) -> TermMaker {
    guard language != .none else { return TermMaker(nil) }
    guard let stemmer = Stemmer(language) else { throw .unknownLanguage }
    return TermMaker(stemmer)
  }

  /// Bytes before the first that no UTF-8 has there.
  private static func lengthOfText(_ bytes: some Collection<UInt8>) -> Int {
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var length = 0
    while case .scalarValue(let scalar) = decoder.decode(&iterator) { length += UTF8.width(scalar) }
    return length
  }
}
