internal import Vocabulary

/// Makes weighted terms of queries: what was typed, and what the lexicon and the collection's files add to it.
package struct QueryAnalyser: Sendable {
  private let analyser: TextAnalyser
  private let lexicon: Lexicon
  private let synonyms: Synonyms
  private let protected: ProtectedWords

  /// - Parameter lexicon: Of the generation; its language is that of the queries.
  package init(
    lexicon: Lexicon, synonyms: Synonyms = Synonyms(), protected: ProtectedWords = ProtectedWords()
  ) throws(TextError) {
    analyser = try TextAnalyser(language: lexicon.language)
    self.lexicon = lexicon
    self.synonyms = synonyms
    self.protected = protected
  }

  /// The term of a folded word.
  func term(of word: ExactText) -> ExactText { analyser.text(ofWord: word) }

  /// The terms of a query.
  ///
  /// - Parameter isTyping: Whether the last word may be unfinished.
  /// - Throws: `queryTooLong`.
  package func query(
    _ text: String, isTyping: Bool = false, _ rules: QueryRules = QueryRules()
  ) throws(TextError) -> WordQuery {
    let typed = try analyser.terms(ofQuery: text)
    var tally = TermTally(lexicon)
    for term in typed { tally.addTyped(term.text) }
    let words = QueryWords(typed: typed, lexicon: lexicon, analyser: analyser, protected: protected)
    let unfinished = isTyping && rules.completes ? words.unfinished(text) : nil
    for index in typed.indices {
      if rules.addsSynonyms {
        for rule in synonyms.rules[typed[index].text] ?? [] where words.stands(rule.terms, at: index) {
          tally.add(
            .synonym, from: words.surface(index, rule.terms.count),
            rule.to.map { TermTally.Addition(text: $0.text, terms: $0.terms, weight: 0.7) })
        }
      }
      let completions = index == unfinished ? words.completions(index) : []
      guard completions.isEmpty else {
        tally.add(.completed, from: typed[index].surface, completions)
        continue
      }
      let division = words.division(index, rules)
      if let division { tally.add(division.kind, from: typed[index].surface, division.parts) }
      if rules.corrects, !(division?.isSeen ?? false) {
        tally.add(.corrected, from: typed[index].surface, words.corrections(index))
      }
      if rules.joins, let joined = words.join(index) { tally.add(.joined, from: joined.from, [joined.addition]) }
    }
    var query = tally.query
    query.typed = typed
    return query
  }
}
