import Vocabulary

/// What became of the words of a query (`proto-spec/03-messages/rank.md`, version 6).
package struct RankWords: FieldGroup, Equatable {
  /// How the answer was made; unknown numbers survive.
  package struct State: RawRepresentable, Worded, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let none = State(rawValue: 0)
    package static let found = State(rawValue: 1)
    /// The text has no term, so that the answer is the shopper's.
    package static let noTerm = State(rawValue: 2)
    /// No candidate has any of the terms, so that the answer is the shopper's.
    package static let noItem = State(rawValue: 3)

    package var words: String {
      switch self {
      case .none: "no words"
      case .found: "found"
      case .noTerm: "no term"
      case .noItem: "no item"
      default: "state \(rawValue)"
      }
    }
  }

  /// A term that was searched for.
  package struct Term: FieldGroup, Equatable {
    package var text = ""
    /// 1 of a word that was typed, less of one that was added.
    package var weight: Float = 0
    /// How much the term tells items apart.
    package var idf: Float = 0
    /// Whether the lexicon has it.
    package var isKnown = false

    package init() {}

    package init(text: String, weight: Float, idf: Float, isKnown: Bool) {
      (self.text, self.weight, self.idf, self.isKnown) = (text, weight, idf, isKnown)
    }

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.text("term", &text, limit: 255)
      try c.float("weight", &weight)
      try c.float("idf", &idf)
      try c.flag("known", &isKnown)
    }

    package static func == (a: Term, b: Term) -> Bool {
      a.text.exact == b.text.exact && (a.weight, a.idf, a.isKnown) == (b.weight, b.idf, b.isKnown)
    }
  }

  /// Words that were searched for besides those that were typed.
  package struct Change: FieldGroup, Equatable {
    /// By which rule; unknown numbers survive.
    package struct Rule: RawRepresentable, Worded, Hashable, Sendable {
      package let rawValue: UInt8

      package init(rawValue: UInt8) { self.rawValue = rawValue }

      package static let corrected = Rule(rawValue: 1)
      package static let split = Rule(rawValue: 2)
      package static let joined = Rule(rawValue: 3)
      package static let divided = Rule(rawValue: 4)
      package static let completed = Rule(rawValue: 5)
      package static let synonym = Rule(rawValue: 6)

      package var words: String {
        switch self {
        case .corrected: "corrected"
        case .split: "split"
        case .joined: "joined"
        case .divided: "divided"
        case .completed: "completed"
        case .synonym: "synonym"
        default: "rule \(rawValue)"
        }
      }
    }

    package var rule = Rule.corrected
    /// As it was typed, but folded.
    package var from = ""
    /// As the lexicon has them, in the order of their weights.
    package var to: [String] = []

    package init() {}

    package init(_ rule: Rule, from: String, to: [String]) { (self.rule, self.from, self.to) = (rule, from, to) }

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.integer("rule", &rule)
      try c.text("from", &from, limit: Limits.wordsBytesMax)
      try c.texts("to", &to, limit: RankWords.termsMax)
    }

    package static func == (a: Change, b: Change) -> Bool {
      a.rule == b.rule && a.from.exact == b.from.exact && a.to.map(\.exact) == b.to.map(\.exact)
    }
  }

  /// The terms that an explained result has, by their places.
  package struct Matched: FieldGroup, Equatable {
    package var terms: [UInt8] = []

    package init() {}

    package init(terms: [UInt8]) { self.terms = terms }

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.numbers("terms", &terms)
    }
  }

  package static let termsMax = 64
  package static let changesMax = 256

  package var state = State.none
  /// Terms beyond the most that a query has were left out.
  package var isCut = false
  /// The generation has no lexicon: all terms count as unknown, and nothing is corrected.
  package var lacksLexicon = false
  /// Candidates that the search by words found, and those of the search by vector; one may be both.
  package var byWords: UInt32 = 0
  package var byVector: UInt32 = 0
  package var terms: [Term] = []
  package var changes: [Change] = []
  /// Of the results, in their order; empty without words.
  package var lexicalScores: [Float] = []
  /// Of the explained results, in their order; empty without words.
  package var matched: [Matched] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("words", &state)
    try c.flag("words_cut", &isCut)
    try c.flag("lexicon_missing", &lacksLexicon)
    try c.integer("by_words", &byWords)
    try c.integer("by_vector", &byVector)
    try c.list("terms", &terms, leastBytes: 11, limit: Self.termsMax)
    try c.list("changes", &changes, leastBytes: 5, limit: Self.changesMax)
    var count = lexicalScores.count
    try c.count(&count, elementSize: 4, limit: Limits.kMax)
    try c.column("lexical_scores", &lexicalScores, count: count)
    try c.list("matched", &matched, leastBytes: 1, limit: Limits.explainedMax)
  }
}

extension FieldCoder {
  /// Texts of at most `bytes` each behind their u16 count.
  mutating func texts(
    _ name: String, _ values: inout [String], limit: Int, bytes: Int = Limits.wordsBytesMax
  ) throws(Failure) {
    try field(
      name, &values,
      read: { (reader) throws(WireError) in
        var values: [String] = []
        for _ in 0..<(try reader.count(UInt16.self, elementSize: 2, limit: limit)) {
          values.append(try reader.text(limit: bytes))
        }
        return values
      },
      write: { values, writer in
        writer.write(UInt16(values.count))
        for value in values { writer.write(text: value) }
      }, show: { $1.put(name, .list($0.map { .text($0) })) })
  }
}
