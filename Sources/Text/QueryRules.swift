/// Which words a query gets besides those that were typed.
package struct QueryRules: Equatable, Sendable {
  /// Words that are spelt nearly like an unknown one.
  package var corrects = true
  /// The two words of which an unknown one consists.
  package var splits = true
  /// The one word of which two neighbours are the parts.
  package var joins = true
  /// The two words of which a known one consists.
  package var dividesCompounds = true
  /// What the lexicon has for an unfinished last word.
  package var completes = true
  /// What the collection's file of synonyms says.
  package var addsSynonyms = true

  package init() {}

  /// The words as they were typed.
  package static let none = {
    var rules = QueryRules()
    rules.corrects = false
    rules.splits = false
    rules.joins = false
    rules.dividesCompounds = false
    rules.completes = false
    rules.addsSynonyms = false
    return rules
  }()
}
