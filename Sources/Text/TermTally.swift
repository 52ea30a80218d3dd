internal import Vocabulary

/// Gathers the terms of a query, each once with its greatest weight.
struct TermTally {
  /// A word or phrase that is added.
  struct Addition {
    let text: ExactText
    let terms: [ExactText]
    let weight: Float
  }

  private let lexicon: Lexicon
  private var places: [ExactText: Int] = [:]
  private(set) var query = WordQuery()

  init(_ lexicon: Lexicon) { self.lexicon = lexicon }

  /// Adds a term that was typed.
  mutating func addTyped(_ term: ExactText) {
    let isNew = places[term] == nil
    add(term, weight: 1)
    if isNew, lexicon.terms.index(of: term) == nil { query.unknown.append(term) }
  }

  /// Adds what a rule says; nothing if it says nothing.
  mutating func add(_ kind: WordQuery.Change.Kind, from: ExactText, _ additions: [Addition]) {
    guard !additions.isEmpty else { return }
    query.changes.append(WordQuery.Change(kind: kind, from: from, to: additions.map(\.text)))
    for addition in additions {
      for term in addition.terms { add(term, weight: addition.weight) }
    }
  }

  private mutating func add(_ term: ExactText, weight: Float) {
    if let place = places[term] {
      let old = query.terms[place]
      if weight > old.weight { query.terms[place] = WordQuery.Weighted(term: term, weight: weight, idf: old.idf) }
      return
    }
    guard query.terms.count < WordQuery.termsMax else {
      query.isCut = true
      return
    }
    places[term] = query.terms.count
    query.terms.append(WordQuery.Weighted(term: term, weight: weight, idf: lexicon.idf(term)))
  }
}
