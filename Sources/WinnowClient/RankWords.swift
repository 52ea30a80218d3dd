import Vocabulary
import Wire

/// What became of the words of a query.
public struct RankWords: Sendable {
  /// A term that was searched for: a word without its ending, or what was added for one.
  public struct Term: Sendable {
    let wire: Wire.RankWords.Term

    public var text: String { wire.text }
    /// 1 of a word that was typed, less of one that was added.
    public var weight: Float { wire.weight }
    /// How much the term tells items apart.
    public var idf: Float { wire.idf }
    /// Whether the lexicon has it.
    public var isKnown: Bool { wire.isKnown }
  }

  /// Words that were searched for besides those that were typed.
  public struct Change: Sendable {
    let wire: Wire.RankWords.Change

    /// `corrected`, `split`, `joined`, `divided`, `completed` or `synonym`.
    public var rule: String { wire.rule.words }
    /// As it was typed, but folded.
    public var from: String { wire.from }
    /// As the lexicon has them.
    public var to: [String] { wire.to }
  }

  let wire: Wire.RankWords

  /// - Returns: `nil` if the query had no words.
  init?(_ wire: Wire.RankWords) {
    guard wire.state != .none else { return nil }
    self.wire = wire
  }

  /// `found`; `no term` or `no item` if the answer is the shopper's, because the text has no words or no candidate has any.
  public var state: String { wire.state.words }
  public var isFound: Bool { wire.state == .found }
  /// Terms beyond the most that a query has were left out.
  public var isCut: Bool { wire.isCut }
  /// The model brings no lexicon: nothing is corrected, and all words count the same.
  public var lacksLexicon: Bool { wire.lacksLexicon }
  /// Candidates that the search by words found.
  public var candidatesByWords: Int { Int(wire.byWords) }
  /// Candidates that the search by vector found; one may be both.
  public var candidatesByVector: Int { Int(wire.byVector) }
  public var terms: [Term] { wire.terms.map { Term(wire: $0) } }
  public var changes: [Change] { wire.changes.map { Change(wire: $0) } }

  /// The terms that an explained result has, `nil` of one that was not explained.
  public func matched(_ result: Int) -> [String]? {
    guard wire.matched.indices.contains(result) else { return nil }
    return wire.matched[result].terms.compactMap { place in
      wire.terms.indices.contains(Int(place)) ? wire.terms[Int(place)].text : nil
    }
  }
}
