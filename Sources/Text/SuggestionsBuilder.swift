internal import Vocabulary

/// Counts the searches of a log into suggestions.
///
/// Queries of the same terms in any order are one query, which is shown as most shoppers typed it. What counts is how many
/// shoppers searched for it, so that one who does all day changes little.
package struct SuggestionsBuilder {
  /// That a shopper went on in a category after a query.
  private struct Step: Hashable {
    let group: UInt32
    let category: UInt32
    let user: UInt32
  }

  private let attribute: String
  /// The folded queries, by number.
  private let keys: [ExactText]
  private let texts: [String]
  /// By the number of a query; `nil` of one without terms, or that is too long when folded.
  private var groups: [UInt32?] = []
  private var groupCount = 0
  /// The group of each set of terms, by the terms in order with a separator between them.
  private var groupOfTerms: [ExactText: UInt32] = [:]
  /// The number of a query, and a user in the low half.
  private var searches: Set<UInt64> = []
  private var steps: Set<Step> = []
  private var categories: [ExactText: UInt32] = [:]
  private var categoryNames: [ExactText] = []

  /// - Parameters:
  ///   - queries: As they were typed, each once.
  ///   - attribute: Whose values are categories; empty if there are none.
  package init(_ analyser: TextAnalyser, queries: [String], attribute: String) {
    self.attribute = attribute
    texts = queries
    keys = queries.map { Suggestions.key(of: $0).exact }
    var found: [ExactText: UInt32] = [:]
    for (query, key) in zip(queries, keys) {
      let terms = Set(analyser.terms(of: query).map(\.text)).sorted()
      guard !terms.isEmpty, (1...TextAnalyser.queryBytesMax).contains(key.text.utf8.count) else {
        groups.append(nil)
        continue
      }
      let name = Self.name(terms)
      let group = found[name] ?? UInt32(found.count)
      found[name] = group
      groups.append(group)
    }
    (groupCount, groupOfTerms) = (found.count, found)
  }

  private static func name(_ terms: [ExactText]) -> ExactText { terms.map(\.text).joined(separator: "\u{1F}").exact }

  /// Counts that an event came from a query.
  ///
  /// - Parameter names: The categories of the event's item.
  /// - Precondition: a query's number.
  package mutating func add(query: Int, user: UInt32, categories names: [String]) {
    guard let group = groups[query] else { return }
    searches.insert(UInt64(query) << 32 | UInt64(user))
    for name in names where (1...255).contains(name.utf8.count) {
      let category = categories[name.exact] ?? UInt32(categoryNames.count)
      if category == categoryNames.count {
        categories[name.exact] = category
        categoryNames.append(name.exact)
      }
      steps.insert(Step(group: group, category: category, user: user))
    }
  }

  /// What was counted.
  ///
  /// - Parameter lexicon: By which queries are corrected: of a misspelt one that is well spelt too, and by more shoppers, only
  ///   the other is left.
  package func suggestions(_ lexicon: QueryAnalyser? = nil) -> Suggestions {
    let users = users()
    let shown = shown()
    var chosen = users.indices.filter { users[$0] >= Suggestions.usersMin }
    if let lexicon {
      chosen.removeAll { group in
        corrected(texts[shown[group]], lexicon).map { users[Int($0)] > users[group] } ?? false
      }
    }
    chosen.sort { (users[$1], keys[shown[$0]]) < (users[$0], keys[shown[$1]]) }
    chosen = chosen.prefix(Suggestions.queriesMax).sorted { keys[shown[$0]] < keys[shown[$1]] }
    let counted = counted(of: Set(chosen))
    let names = Set(counted.values.joined().map(\.category)).map { categoryNames[Int($0)] }.sorted()
    let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    return Suggestions(
      attribute: names.isEmpty ? "" : attribute, categories: names.map(\.text),
      keys: WordList(chosen.map { (keys[shown[$0]], users[$0]) }), texts: chosen.map { texts[shown[$0]] },
      categoriesOfQuery: chosen.map { group in
        (counted[group] ?? []).compactMap { step in
          places[categoryNames[Int(step.category)]].map { Suggestions.Category(place: $0, users: step.users) }
        }
      })
  }

  /// The group of a query without its slips; `nil` if there are none, or nothing was searched for so.
  private func corrected(_ text: String, _ lexicon: QueryAnalyser) -> UInt32? {
    var rules = QueryRules.none
    rules.corrects = true
    guard let query = try? lexicon.query(text, rules), !query.changes.isEmpty else { return nil }
    // The first word that a slip is corrected to is the most frequent one.
    var better: [ExactText: ExactText] = [:]
    for change in query.changes { better[change.from] = change.to.first }
    let terms = query.typed.map { term in
      better[term.surface].map { lexicon.term(of: $0) } ?? term.text
    }
    return groupOfTerms[Self.name(Set(terms).sorted())]
  }

  /// Shoppers of each group.
  private func users() -> [UInt32] {
    var pairs: Set<UInt64> = []
    for search in searches {
      if let group = groups[Int(search >> 32)] { pairs.insert(UInt64(group) << 32 | search & 0xFFFF_FFFF) }
    }
    var users = [UInt32](repeating: 0, count: groupCount)
    for pair in pairs { users[Int(pair >> 32)] += 1 }
    return users
  }

  /// The query of each group that most shoppers typed; of equal ones the first in the order of bytes.
  private func shown() -> [Int] {
    var counts = [UInt32](repeating: 0, count: texts.count)
    for search in searches { counts[Int(search >> 32)] += 1 }
    var shown = [Int](repeating: 0, count: groupCount)
    var isFound = [Bool](repeating: false, count: groupCount)
    for (query, group) in groups.enumerated() {
      guard let group = group.map(Int.init) else { continue }
      let before = shown[group]
      if !isFound[group] || (counts[before], texts[query].exact) < (counts[query], texts[before].exact) {
        shown[group] = query
      }
      isFound[group] = true
    }
    return shown
  }

  /// The most frequent categories of each group, these first; of equal ones in the order of bytes.
  private func counted(of groups: Set<Int>) -> [Int: [(category: UInt32, users: UInt32)]] {
    var counts: [UInt64: UInt32] = [:]
    for step in steps where groups.contains(Int(step.group)) {
      counts[UInt64(step.group) << 32 | UInt64(step.category), default: 0] += 1
    }
    var counted: [Int: [(category: UInt32, users: UInt32)]] = [:]
    for (pair, users) in counts where users >= Suggestions.usersMin {
      counted[Int(pair >> 32), default: []].append((UInt32(truncatingIfNeeded: pair), users))
    }
    return counted.mapValues { found in
      let sorted = found.sorted {
        ($1.users, categoryNames[Int($0.category)]) < ($0.users, categoryNames[Int($1.category)])
      }
      return Array(sorted.prefix(Suggestions.categoriesMax))
    }
  }
}
