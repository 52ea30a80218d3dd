import Arguments
import JSON
import Text
import Vocabulary

/// `winnow text analyse`: which terms a text has, and which words a query gets.
enum TextAnalyseVerb {
  static let language = Flag(
    "language", .string, "Whose endings words lose: a name of Snowball, such as english, or none.", default: "none",
    placeholder: "NAME")
  static let query = Flag.switch("query", "The text is a query: at most 1,024 bytes, each term once.")
  static let lexicon = Flag(
    "lexicon", .file, "A file of 'winnow text build': the text is a query, and its words are corrected.",
    group: "Files")
  static let synonyms = Flag(
    "synonyms", .file, "Phrases that stand for each other, a rule a line.", group: "Files")
  static let protected = Flag(
    "protected", .file, "Words that are never changed, one a line.", group: "Files")
  static let typing = Flag.switch("typing", "The last word is unfinished.")
  static let without = Flag.list(
    "without", .choice(["correct", "split", "join", "divide", "complete", "synonyms"]), "Rules to leave out.")
  static let text = Positional("TEXT", .string, "The text, in quotation marks if it has blanks.")

  static let verb = Verb(
    command: Command(
      name: "analyse", summary: "Show the terms and weights that a text or a query has",
      details: """
        Items and queries are matched by terms, which are made of texts as proto-spec/11-text.md says. With --lexicon \
        the words that a query gets besides are shown too: corrections, parts, completions, synonyms.
        """,
      flags: [language, query, lexicon, synonyms, protected, typing, without], positionals: [text]), run: run)

  private static let rulesBytesMax = 16 << 20

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    guard let path = session[Self.lexicon] else {
      try session.refuse([Self.synonyms, Self.protected, Self.typing, Self.without], "without --lexicon")
      do throws(TextError) { try show(session) } catch {
        throw error == .unknownLanguage ? session.usage(Self.language, error.text) : Failure(.failed, error.text)
      }
      return .ok
    }
    try session.refuse([Self.language], "with --lexicon, which has a language")
    let query = try analyser(path, session)
    do throws(TextError) {
      let found = try query.query(session[Self.text], isTyping: session[Self.typing], rules(session))
      session.print(json(found), human: human(found))
    } catch { throw Failure(.failed, error.text) }
    return .ok
  }

  private static func analyser(_ path: String, _ session: Session) throws(Failure) -> QueryAnalyser {
    let lexicon = try reading(path) { (bytes) throws(TextError) in try Lexicon(bytes: bytes) }
    let language = try reading(path) { (_) throws(TextError) in try TextAnalyser(language: lexicon.language) }
    var synonyms = Synonyms()
    var protected = ProtectedWords()
    if let path = session[Self.synonyms] {
      synonyms = try reading(path) { (bytes) throws(TextError) in
        try Synonyms(text: TextAnalyser.text(utf8: bytes), language)
      }
    }
    if let path = session[Self.protected] {
      protected = try reading(path) { (bytes) throws(TextError) in
        try ProtectedWords(text: TextAnalyser.text(utf8: bytes))
      }
    }
    return try reading(path) { (_) throws(TextError) in
      try QueryAnalyser(lexicon: lexicon, synonyms: synonyms, protected: protected)
    }
  }

  /// What a file holds; a fault of it is told with its path.
  private static func reading<Value>(
    _ path: String, _ body: ([UInt8]) throws(TextError) -> Value
  ) throws(Failure) -> Value {
    let bytes = try Files.read(path, limit: Lexicon.bytesMax)
    do throws(TextError) { return try body(bytes) } catch {
      throw Failure(.failed, "\(path.visible): \(error.text)", name: "BAD_FILE")
    }
  }

  private static func rules(_ session: Session) -> QueryRules {
    let without = session[Self.without]
    var rules = QueryRules()
    rules.corrects = !without.contains("correct")
    rules.splits = !without.contains("split")
    rules.joins = !without.contains("join")
    rules.dividesCompounds = !without.contains("divide")
    rules.completes = !without.contains("complete")
    rules.addsSynonyms = !without.contains("synonyms")
    return rules
  }

  // MARK: Without a lexicon

  private static func show(_ session: Session) throws(TextError) {
    let analyser = try TextAnalyser(language: TextLanguage(session[Self.language]))
    let text = session[Self.text]
    var terms = session[Self.query] ? try analyser.terms(ofQuery: text) : analyser.terms(of: text)
    if session[Self.query] {
      var seen: Set<ExactText> = []
      terms = terms.filter { seen.insert($0.text).inserted }
    }
    session.print(
      .object([
        ("language", .text(analyser.language.name)), ("analysis_version", .int(Int(TextAnalyser.version))),
        ("folded", .text(TextAnalyser.folded(text))), ("terms", .list(terms.map(json))),
      ]), human: human(terms))
  }

  private static func json(_ term: Term) -> JSON {
    .object([
      ("term", .text(term.text.text)), ("kind", .text(term.kind.word)), ("surface", .text(term.surface.text)),
      ("place", .int(term.place)),
    ])
  }

  private static func human(_ terms: [Term]) -> String {
    guard !terms.isEmpty else { return "no terms\n" }
    var table = Table([("term", .left), ("kind", .left), ("of", .left)])
    for term in terms { table.add([term.text.text, term.kind.word, term.surface.text]) }
    return table.text
  }

  // MARK: With one

  private static func json(_ query: WordQuery) -> JSON {
    .object([
      (
        "terms",
        .list(
          query.terms.map {
            .object([
              ("term", .text($0.term.text)), ("weight", .number(Double($0.weight))), ("idf", .number(Double($0.idf))),
            ])
          })
      ),
      (
        "changes",
        .list(
          query.changes.map {
            .object([
              ("kind", .text($0.kind.rawValue)), ("from", .text($0.from.text)),
              ("to", .list($0.to.map { .text($0.text) })),
            ])
          })
      ),
      ("unknown", .list(query.unknown.map { .text($0.text) })), ("cut", .bool(query.isCut)),
    ])
  }

  private static func human(_ query: WordQuery) -> String {
    guard !query.terms.isEmpty else { return "no terms\n" }
    var table = Table([("term", .left), ("weight", .right), ("idf", .right)])
    for term in query.terms {
      table.add([term.term.text, Text.fixed(Double(term.weight), 2), Text.fixed(Double(term.idf), 2)])
    }
    let changes = query.changes.map { change in
      "\(change.kind.rawValue): \(change.from.text.visible) → \(change.to.map(\.text.visible).joined(separator: ", "))\n"
    }
    let unknown = query.unknown.isEmpty ? "" : "unknown: \(query.unknown.map(\.text.visible).joined(separator: ", "))\n"
    return table.text + changes.joined() + unknown
      + (query.isCut ? "more than \(WordQuery.termsMax) terms: the rest was left out\n" : "")
  }
}

extension Term.Kind {
  /// As people read it.
  fileprivate var word: String {
    switch self {
    case .word: "word"
    case .joined: "joined word"
    case .number: "number"
    case .unit: "unit"
    case .character: "character"
    case .pair: "pair"
    case .symbol: "symbol"
    }
  }
}
