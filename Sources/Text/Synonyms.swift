internal import Vocabulary

/// Which phrases a collection's queries get for others.
///
/// A file of them has a rule a line, in UTF-8: `sofa, couch` stand for each other, `tv => television, flat screen` only
/// from left to right; what begins with `#` is a remark.
package struct Synonyms: Sendable {
  struct Rule: Equatable, Sendable {
    /// The terms that the query has to have, behind each other.
    let terms: [ExactText]
    let to: [Phrase]
  }

  struct Phrase: Equatable, Sendable {
    let text: ExactText
    let terms: [ExactText]
  }

  /// By the first term, in the order of the file.
  let rules: [ExactText: [Rule]]

  private static let rulesMax = 100_000
  private static let phraseTermsMax = 8
  private static let phrasesMax = 16

  /// None.
  package init() { rules = [:] }

  /// Reads a file.
  ///
  /// - Parameter analyser: That of the collection.
  /// - Throws: `badLine` with a line that is no rule.
  package init(text: String, _ analyser: TextAnalyser) throws(TextError) {
    var rules: [ExactText: [Rule]] = [:]
    var count = 0
    for (number, line) in RuleLine.lines(text) {
      for rule in try Self.rules(line, number, analyser) {
        count += 1
        guard count <= Self.rulesMax else { throw .badLine(number, "a file has 100,000 rules at most") }
        rules[rule.terms[0], default: []].append(rule)
      }
    }
    self.rules = rules
  }

  private static func rules(_ line: String, _ number: Int, _ analyser: TextAnalyser) throws(TextError) -> [Rule] {
    if let arrow = line.firstRange(of: "=>") {
      let from = try phrases(line[..<arrow.lowerBound], number, analyser)
      let to = try phrases(line[arrow.upperBound...], number, analyser)
      return from.map { Rule(terms: $0.terms, to: to) }
    }
    let equal = try phrases(line[...], number, analyser)
    guard equal.count > 1 else { throw .badLine(number, "a rule has two phrases, with ',' or '=>' between them") }
    return equal.map { from in Rule(terms: from.terms, to: equal.filter { $0.terms != from.terms }) }
  }

  private static func phrases(
    _ text: Substring, _ number: Int, _ analyser: TextAnalyser
  ) throws(TextError) -> [Phrase] {
    let phrases = text.unicodeScalars.split(omittingEmptySubsequences: false) { $0 == "," }.map { part in
      let terms = analyser.terms(of: String(part))
      return Phrase(text: terms.map(\.surface.text).joined(separator: " ").exact, terms: terms.map(\.text))
    }
    guard phrases.count <= phrasesMax else { throw .badLine(number, "a rule has 16 phrases at most") }
    guard phrases.allSatisfy({ (1...phraseTermsMax).contains($0.terms.count) }) else {
      throw .badLine(number, "a phrase has 1 to 8 terms")
    }
    return phrases
  }
}
