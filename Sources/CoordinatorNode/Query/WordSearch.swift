import Ranking
import Text
import Vocabulary
package import Wire

/// The words of a query as its searches take them.
package struct WordSearch: Sendable {
  /// Terms of the words that were typed, and of those that the lexicon adds.
  let query: WordQuery
  /// The generation has no lexicon: all terms count the same, and no word is added.
  let lacksLexicon: Bool
  /// As shards take them.
  let terms: [SearchTerm]
  private let language: TextLanguage

  /// - Returns: `nil` for a request without words.
  /// - Throws: UNKNOWN_ATTRIBUTE if the collection is not searched by words.
  package init?(_ request: RankRequest, _ collection: ServingCollection) throws(WireError) {
    guard !request.words.isEmpty else { return nil }
    guard let settings = collection.schema.text, let analyser = collection.analyser else {
      throw WireError(
        .unknownAttribute, fieldOffset: request.wordsOffset,
        message: "the collection has no text settings: make it with 'text' in its schema, then it is searched by words")
    }
    do throws(TextError) {
      language = try TextLanguage(settings.language)
      query = try analyser.query(
        request.words, isTyping: request.isTyping, request.isAsTyped ? .none : QueryRules())
    } catch { throw WireError(.internalFault, message: error.text) }
    lacksLexicon = collection.model?.model.words == nil
    terms = query.terms.map { SearchTerm($0.term.text, weight: $0.product) }
  }

  /// The places of the terms that the texts of each item have.
  func matched(_ items: [[AttributeValue?]]) -> [[UInt8]] {
    guard let analyser = try? TextAnalyser(language: language) else { return items.map { _ in [] } }
    return items.map { texts in
      let found = Set(texts.compactMap { $0?.words }.flatMap { analyser.terms(of: $0).map(\.text) })
      return query.terms.indices.filter { found.contains(query.terms[$0].term) }.map { UInt8($0) }
    }
  }

  /// What the report says of the words themselves.
  var report: RankWords {
    var report = RankWords()
    report.state = terms.isEmpty ? .noTerm : .found
    report.isCut = query.isCut
    report.lacksLexicon = lacksLexicon
    let unknown = Set(query.unknown)
    report.terms = query.terms.map {
      RankWords.Term(text: $0.term.text, weight: $0.weight, idf: $0.idf, isKnown: !unknown.contains($0.term))
    }
    report.changes = query.changes.prefix(RankWords.changesMax).map { change in
      RankWords.Change(
        .init(change.kind), from: change.from.text, to: change.to.prefix(RankWords.termsMax).map(\.text))
    }
    return report
  }
}

extension RankWords.Change.Rule {
  fileprivate init(_ kind: WordQuery.Change.Kind) {
    self =
      switch kind {
      case .corrected: .corrected
      case .split: .split
      case .joined: .joined
      case .divided: .divided
      case .completed: .completed
      case .synonym: .synonym
      }
  }
}

extension AttributeValue {
  /// The text of a value; a member of a set does not stand beside the next.
  fileprivate var words: String? {
    switch self {
    case .text(let text), .keyword(let text): text
    case .keywordSet(let members): members.joined(separator: " | ")
    case .int, .float, .bool: nil
    }
  }
}

extension QueryAnalyser {
  /// Makes terms without a lexicon; `nil` for a language that there is not.
  init?(of settings: TextSettings) {
    do throws(TextError) {
      let analyser = try TextAnalyser(language: try TextLanguage(settings.language))
      try self.init(lexicon: LexiconBuilder(analyser, fields: []).lexicon())
    } catch { return nil }
  }
}
