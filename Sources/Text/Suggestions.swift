internal import Vocabulary

/// What shoppers search for, counted of a log (`proto-spec/08-files/suggest.md`): the queries that begin as a shopper
/// has begun to type, and the categories in which others went on.
package struct Suggestions: Sendable {
  /// A category in which shoppers went on after a query.
  package struct Category: Equatable, Sendable {
    /// Its place among `categories`.
    package let place: Int
    /// Shoppers who did.
    package let users: UInt32
  }

  /// What begins with a prefix.
  package struct Matches: Equatable, Sendable {
    /// What the queries begin with: the folded prefix, or what it was corrected to.
    package let prefix: String
    /// Whether another prefix was taken, because no query begins with the one that was typed.
    package let isCorrected: Bool
    /// Places of the queries: those of most shoppers first, of equal ones in the order of their keys.
    package let places: [Int]
  }

  /// What fewer shoppers have searched for, or in fewer of them gone on, stands in no file.
  package static let usersMin: UInt32 = 5
  /// Queries of a file at most: those of most shoppers.
  static let queriesMax = 1 << 20
  /// Categories of a query at most.
  static let categoriesMax = 3
  /// Queries that a prefix gives at most.
  package static let matchesMax = 64

  /// The attribute that categories are values of; empty if none were counted.
  package let attribute: String
  /// The names of the categories, ascending.
  package let categories: [String]
  /// The folded queries, with how many shoppers searched for each.
  let keys: WordList
  /// `[n]`: the query as most typed it.
  let texts: [String]
  /// `[n]`
  let categoriesOfQuery: [[Category]]
  private let most: MostOfPrefix
  private let words: QueryWordList

  /// - Precondition: a text and categories for each key.
  init(attribute: String, categories: [String], keys: WordList, texts: [String], categoriesOfQuery: [[Category]]) {
    precondition(texts.count == keys.count && categoriesOfQuery.count == keys.count, "a text a key")
    (self.attribute, self.categories) = (attribute, categories)
    (self.keys, self.texts, self.categoriesOfQuery) = (keys, texts, categoriesOfQuery)
    most = MostOfPrefix(keys)
    words = QueryWordList(keys)
  }

  /// Number n of queries.
  package var count: Int { keys.count }

  /// A query as most shoppers typed it.
  package func text(_ place: Int) -> String { texts[place] }

  /// Shoppers who searched for it.
  package func users(_ place: Int) -> UInt32 { keys.counts[place] }

  /// The categories in which most of them went on, these first.
  package func categories(of place: Int) -> [Category] { categoriesOfQuery[place] }

  /// The folded form by which queries and prefixes are compared: one blank between words, and none at the ends, but for
  /// one behind a finished last word of a prefix.
  package static func key(of text: String, isPrefix: Bool = false) -> String {
    let folded = TextAnalyser.folded(text)
    let words = folded.unicodeScalars.split { $0.properties.isWhitespace }
    let ends = isPrefix && !words.isEmpty && folded.unicodeScalars.last?.properties.isWhitespace == true
    return words.map(String.init).joined(separator: " ") + (ends ? " " : "")
  }

  /// The queries that begin with a prefix; if there are none, those that begin with words that are spelt nearly like it.
  package func matches(_ prefix: String) -> Matches {
    let key = Self.key(of: prefix, isPrefix: true)
    let found = most.places(keys, keys.places(beginningWith: Array(key.utf8)))
    guard found.isEmpty, let corrected = words.corrected(key) else {
      return Matches(prefix: key, isCorrected: false, places: found)
    }
    return Matches(
      prefix: corrected, isCorrected: true,
      places: most.places(keys, keys.places(beginningWith: Array(corrected.utf8))))
  }
}
