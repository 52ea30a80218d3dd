package import Vocabulary

/// How a cell of a table becomes a value: one rule for the tables of an import and for those of a feed.
package struct CellValue: Sendable {
  /// What marks the fraction of a number; `nil`: a point.
  package var decimal: DecimalMark?
  /// Whether a number may prove its own mark.
  package var findsDecimal = false
  /// What divides the members of a keyword set.
  package var setDivider: UInt8 = 0x7C

  package init() {}

  /// The value of a text for a type.
  ///
  /// - Parameter isTold: Whether the type was said, and is not a guess: then 1 and 0 are truths too.
  /// - Throws: `notWanted` if the text is of another type, `commaOrPoint` if it can be two numbers.
  package func value(
    _ text: String, _ type: AttributeType, isTold: Bool = true
  ) throws(RowFault.Reason) -> AttributeValue {
    let bytes = Array(text.utf8)[...]
    switch type {
    case .int:
      let mark = try mark(of: bytes)
      // A program that took the column for floats wrote 7.0.
      guard let value = Numeral.int(bytes, mark) ?? Numeral.double(bytes, mark).flatMap({ Int64(exactly: $0) }) else {
        throw Self.reason(bytes)
      }
      return .int(value)
    case .float:
      guard let value = Numeral.double(bytes, try mark(of: bytes)) else {
        throw Self.reason(bytes)
      }
      return .float(value)
    case .bool:
      guard let value = TruthWord.value(text, isTold: isTold) else { throw .notWanted }
      return .bool(value)
    case .text, .keyword:
      guard bytes.count <= Limits.attributeBytesMax else { throw .notWanted }
      return type == .text ? .text(text) : .keyword(text)
    case .keywordSet:
      let divider = bytes.contains(Record.listDivider) ? Record.listDivider : setDivider
      let members = bytes.split(separator: divider).map { Array($0) }
      let sorted = members.sorted { $0.lexicographicallyPrecedes($1) }
      let words = sorted.indices.filter { $0 == 0 || sorted[$0] != sorted[$0 - 1] }.map {
        String(decoding: sorted[$0], as: UTF8.self)
      }
      guard !words.isEmpty, words.count <= Limits.keywordSetMax, bytes.count <= Limits.attributeBytesMax else {
        throw .notWanted
      }
      return .keywordSet(words)
    }
  }

  /// Why the bytes are no number here.
  private static func reason(_ bytes: ArraySlice<UInt8>) -> RowFault.Reason {
    if Numeral.isNotFinite(bytes) { return .notFinite }
    return DecimalMark.allCases.contains { $0.plain(bytes) != nil } ? .commaOrPoint : .notWanted
  }

  private func mark(of bytes: ArraySlice<UInt8>) throws(RowFault.Reason) -> DecimalMark? {
    guard decimal == nil, findsDecimal else { return decimal }
    let (mark, isAmbiguous) = DecimalMark.proven(by: bytes)
    if isAmbiguous { throw .commaOrPoint }
    return mark
  }
}

/// The words for true and false in the languages of spreadsheets.
enum TruthWord {
  private static let pairs: [(yes: String, no: String)] = [
    ("true", "false"), ("yes", "no"), ("wahr", "falsch"), ("ja", "nein"), ("vrai", "faux"), ("oui", "non"),
    ("verdadero", "falso"), ("verdadeiro", "falso"), ("vero", "falso"), ("sí", "no"), ("sim", "não"),
    ("waar", "onwaar"), ("prawda", "fałsz"), ("tak", "nie"), ("истина", "ложь"), ("да", "нет"),
  ]
  /// What a program may mean by truths, but need not.
  private static let weakPairs: [(yes: String, no: String)] = [("1", "0"), ("t", "f"), ("y", "n"), ("on", "off")]

  /// The truth that a word means; with `isTold` by weak words too.
  static func value(_ text: String, isTold: Bool) -> Bool? {
    let word = text.lowercased()
    guard let pair = (pairs + (isTold ? weakPairs : [])).first(where: { $0.yes == word || $0.no == word }) else {
      return nil
    }
    return pair.yes == word
  }

  /// Whether all words are of one pair.
  static func isPair(_ texts: some Sequence<String>) -> Bool {
    var left = pairs
    for text in texts {
      let word = text.lowercased()
      left.removeAll { $0.yes != word && $0.no != word }
      if left.isEmpty { return false }
    }
    return true
  }
}
