import Support
import Testing
import Text
import Vocabulary

/// What a query's words become.
@Suite struct QueryTests {
  private func query(_ text: String, isTyping: Bool = false, _ rules: QueryRules = QueryRules()) throws -> WordQuery {
    try QueryAnalyser(lexicon: try SmallShop.lexicon()).query(text, isTyping: isTyping, rules)
  }

  private func terms(_ query: WordQuery) -> String {
    query.terms.map { $0.weight == 1 ? "\($0.term)" : "\($0.term):\(Int((100 * $0.weight).rounded()))" }
      .joined(separator: " ")
  }

  private func changes(_ query: WordQuery) -> [String] {
    query.changes.map { "\($0.kind) \($0.from): \($0.to.map(\.text).joined(separator: ", "))" }
  }

  @Test func knownWordsStayAlone() throws {
    let query = try query("cordless drills drill 18v")
    #expect(terms(query) == "cordless drill 18 v")
    #expect(query.changes.isEmpty && query.unknown.isEmpty)
  }

  @Test func unknownWordIsCorrected() throws {
    let query = try query("kichen faucett")
    #expect(terms(query) == "kichen faucett kitchen:70 faucet:70")
    #expect(changes(query) == ["corrected kichen: kitchen", "corrected faucett: faucet"])
    #expect(query.unknown == ["kichen", "faucett"])
  }

  @Test func exchangeOfNeighboursIsOneStep() throws {
    #expect(changes(try query("hamemr")) == ["corrected hamemr: hammer"])
    // Two steps are one too many for seven letters, and not for eight.
    #expect(changes(try query("hamemrX")).isEmpty)
    #expect(changes(try query("laminxtx")) == ["corrected laminxtx: laminate"])
    #expect(changes(try query("ptahmetx")).isEmpty)
  }

  @Test func anotherFirstLetterCostsMore() throws {
    let lexicon = try SmallShop.lexicon("none", ["cable", "table", "table", "gable"])
    let analyser = try QueryAnalyser(lexicon: lexicon)
    #expect(changes(try analyser.query("tabel")) == ["corrected tabel: table"])
    #expect(changes(try analyser.query("cabel")) == ["corrected cabel: cable"])
    // All three are one step and another first letter away: by frequency, then by bytes.
    #expect(changes(try analyser.query("xable")) == ["corrected xable: table, cable, gable"])
    #expect(terms(try analyser.query("xable")) == "xable table:35 cable:18 gable:18")
  }

  @Test func shortWordsAreNotCorrected() throws { #expect(try query("dril set").changes.count == 1) }

  @Test func unknownWordIsSplit() throws {
    let query = try query("kitchenfaucet")
    #expect(changes(query) == ["split kitchenfaucet: kitchen, faucet"])
    #expect(terms(query) == "kitchenfaucet kitchen:70 faucet:70")
  }

  @Test func compoundOfTheTitlesIsDivided() throws {
    let query = try query("showerhead")
    #expect(changes(query) == ["divided showerhead: shower, head"])
    #expect(terms(query) == "showerhead shower:50 head:50" && query.unknown.isEmpty)
  }

  @Test func neighboursAreJoined() throws {
    let query = try query("deck over paint")
    #expect(changes(query) == ["joined deck over: deckover"])
    #expect(terms(query) == "deck over paint deckov:50")
  }

  @Test func unfinishedWordIsCompleted() throws {
    #expect(changes(try query("claw ham", isTyping: true)) == ["completed ham: hammer, ham, hammered, hammock, hamper"])
    #expect(changes(try query("claw ham ", isTyping: true)).isEmpty)
    #expect(changes(try query("claw ham")).isEmpty)
    // Nothing begins so: a slip.
    #expect(changes(try query("claw hamemr", isTyping: true)) == ["corrected hamemr: hammer"])
  }

  @Test func everythingCanBeSwitchedOff() throws {
    for text in ["kichen", "kitchenfaucet", "showerhead", "deck over", "claw ham"] {
      let query = try query(text, isTyping: true, .none)
      #expect(query.changes.isEmpty && query.terms.allSatisfy { $0.weight == 1 })
    }
  }

  @Test func synonymsAreAdded() throws {
    let lexicon = try SmallShop.lexicon()
    let language = try TextAnalyser(language: lexicon.language)
    let synonyms = try Synonyms(
      text: "# names\nmallet, claw hammers\n\ntap => faucet, kitchen sink # taps\n", language)
    let analyser = try QueryAnalyser(lexicon: lexicon, synonyms: synonyms)
    #expect(terms(try analyser.query("rubber mallet")) == "rubber mallet claw:70 hammer:70")
    #expect(terms(try analyser.query("claw hammer")) == "claw hammer mallet:70")
    #expect(changes(try analyser.query("brass taps")) == ["synonym taps: faucet, kitchen sink"])
    #expect(try analyser.query("hammer claw faucet").changes.isEmpty)
    for (text, line) in [("a => b\nc", 2), ("a, b\n, c", 2), ("a => ", 1), ("=> b", 1), ("a b c d e f g h i, j", 1)] {
      let error = #expect(throws: TextError.self) { _ = try Synonyms(text: text, language) }
      #expect(error?.text.hasPrefix("line \(line): ") == true)
    }
  }

  @Test func protectedWordsAreNeverChanged() throws {
    let protected = try ProtectedWords(text: "Kichen\r\n# a brand\nshowerhead\n")
    let analyser = try QueryAnalyser(lexicon: try SmallShop.lexicon(), protected: protected)
    #expect(try analyser.query("kichen KICHEN showerhead").changes.isEmpty)
    #expect(throws: TextError.badLine(2, "a protected word is one word of letters")) {
      _ = try ProtectedWords(text: "one\ntwo words")
    }
  }

  @Test func hostileQueriesAreRefusedOrAnswered() throws {
    #expect(throws: TextError.queryTooLong(bytes: 1025)) { _ = try query(String(repeating: "a", count: 1025)) }
    #expect(try query(String(repeating: "a", count: 1000)).terms.map(\.term.text.utf8.count) == [64])
    let many = try query((0..<200).map { "w\(String($0, radix: 36))" }.joined(separator: " "))
    #expect(many.terms.count <= WordQuery.termsMax)
    #expect(try query((100..<300).map(String.init).joined(separator: " ")).isCut)
    #expect(try query("!!! ---").terms.isEmpty)
    #expect(try query("").terms.isEmpty)
    #expect(try query("👨‍👩‍👧 שלום").terms.map(\.term) == ["👨", "👩", "👧", "שלום"])
  }

  /// The scan that shares rows against a plain table of distances.
  @Test func nearbyWordsAreThoseOfAPlainTable() throws {
    var random = SeededRandom(seed: 5)
    func word(_ letters: ClosedRange<Int>) -> String {
      String((0..<Int.random(in: letters, using: &random)).map { _ in "abcж".randomElement(using: &random) ?? "a" })
    }
    let titles = (0..<400).map { _ in word(2...11) }
    let lexicon = try SmallShop.lexicon("none", titles)
    let analyser = try QueryAnalyser(lexicon: lexicon)
    var rules = QueryRules.none
    rules.corrects = true
    var corrected = 0
    for _ in 0..<600 {
      let asked = word(3...12)
      guard lexicon.words.count(of: asked.exact) == 0 else { continue }
      let expected = PlainCorrection.best(asked, lexicon)
      let found = try analyser.query(asked, rules).changes.first?.to ?? []
      #expect(found == expected, "\(asked)")
      if !expected.isEmpty { corrected += 1 }
    }
    #expect(corrected > 100)
  }
}
