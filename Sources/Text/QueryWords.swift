internal import Vocabulary

/// The words of a query against a lexicon: what else they may mean.
struct QueryWords {
  /// Two words of which one consists.
  struct Division {
    let kind: WordQuery.Change.Kind
    let parts: [TermTally.Addition]
    /// Whether items have the two side by side.
    let isSeen: Bool
  }

  private static let correctionWeight = 0.7
  private static let divisionWeight: Float = 0.7
  private static let looseWeight: Float = 0.5
  private static let correctionsMax = 3
  private static let completionsMax = 5

  let typed: [Term]
  let lexicon: Lexicon
  let analyser: TextAnalyser
  let protected: ProtectedWords

  /// Whether these terms stand behind each other from a place on.
  func stands(_ terms: [ExactText], at index: Int) -> Bool { typed[index...].map(\.text).starts(with: terms) }

  /// The words of a number of terms from a place on.
  func surface(_ index: Int, _ count: Int) -> ExactText {
    typed[index..<index + count].map(\.surface.text).joined(separator: " ").exact
  }

  /// Whether the rules may look at a word.
  private func isOpen(_ index: Int) -> Bool {
    (typed[index].kind == .word || typed[index].kind == .unit) && typed[index].isWord
      && !protected.words.contains(typed[index].surface)
  }

  private func isKnown(_ index: Int) -> Bool { lexicon.terms.index(of: typed[index].text) != nil }

  /// A word of the lexicon as an addition.
  private func addition(_ place: Int, _ weight: Float) -> TermTally.Addition {
    let word = lexicon.words.text(place)
    return TermTally.Addition(text: word, terms: [analyser.text(ofWord: word)], weight: weight)
  }

  // MARK: Correct

  /// The words that an unknown one is spelt nearly like.
  func corrections(_ index: Int) -> [TermTally.Addition] {
    guard typed[index].kind == .word, isOpen(index), !isKnown(index) else { return [] }
    let letters = typed[index].surface.text.unicodeScalars.map(\.value)
    guard letters.count >= 4 else { return [] }
    let found = lexicon.nearby.nearest(to: letters, within: letters.count < 8 ? 1 : 2).map(\.place)
    return shared(most(found, Self.correctionsMax)) { Float(Self.correctionWeight * max(0.2, $0)) }
  }

  /// The most frequent of some words; of equals those whose bytes are less.
  private func most(_ places: some Sequence<Int>, _ count: Int) -> [Int] {
    let counts = lexicon.words.counts
    var best: [Int] = []
    for place in places where best.count < count || counts[place] > counts[best[best.count - 1]] {
      let index = best.firstIndex { counts[$0] < counts[place] } ?? best.count
      best.insert(place, at: index)
      if best.count > count { best.removeLast() }
    }
    return best
  }

  /// Words with weights by their shares of their frequencies.
  private func shared(_ places: [Int], _ weight: (Double) -> Float) -> [TermTally.Addition] {
    let counts = places.map { Double(lexicon.words.counts[$0]) }
    let total = counts.reduce(0, +)
    return zip(places, counts).map { addition($0, weight($1 / total)) }
  }

  // MARK: Split, divide, join

  /// The two words of which one consists, if it may be divided.
  func division(_ index: Int, _ rules: QueryRules) -> Division? {
    guard typed[index].kind == .word, isOpen(index) else { return nil }
    let isKnown = isKnown(index)
    guard isKnown ? rules.dividesCompounds : rules.splits else { return nil }
    let letters = Array(typed[index].surface.text.unicodeScalars)
    guard letters.count >= 6 else { return nil }
    var best: (pair: Int, rarer: UInt32, parts: [Int])?
    for end in 3...letters.count - 3 {
      guard let first = place(letters[..<end]), let second = place(letters[end...]) else { continue }
      let counts = lexicon.words.counts
      let (pair, rarer) = (lexicon.count(first, second), min(counts[first], counts[second]))
      guard isKnown || rarer >= 3 else { continue }
      if best.map({ ($0.pair, $0.rarer) < (pair, rarer) }) ?? true { best = (pair, rarer, [first, second]) }
    }
    guard let best, isKnown ? best.pair >= 2 : letters.count >= 8 || best.pair > 0 else { return nil }
    let weight = isKnown ? Self.looseWeight : Self.divisionWeight
    return Division(
      kind: isKnown ? .divided : .split, parts: best.parts.map { addition($0, weight) }, isSeen: best.pair > 0)
  }

  private func place(_ letters: ArraySlice<Unicode.Scalar>) -> Int? {
    var word = ""
    word.unicodeScalars.append(contentsOf: letters)
    return lexicon.words.index(of: word.exact)
  }

  /// The one word of which a word and the next are the parts.
  func join(_ index: Int) -> (from: ExactText, addition: TermTally.Addition)? {
    guard isOpen(index), let next = typed[(index + 1)...].firstIndex(where: { $0.kind != .joined }), isOpen(next),
      typed[next].place == typed[index].place + 1,
      let place = lexicon.words.index(of: (typed[index].surface.text + typed[next].surface.text).exact)
    else { return nil }
    return ("\(typed[index].surface) \(typed[next].surface)".exact, addition(place, Self.looseWeight))
  }

  // MARK: Complete

  /// The place of the word at the very end of a text, if there is one.
  func unfinished(_ text: String) -> Int? {
    guard let last = typed.indices.last, typed[last].kind == .word || typed[last].kind == .unit, isOpen(last),
      let end = TextAnalyser.folded(text).unicodeScalars.last, CharacterClass(Int32(bitPattern: end.value)).isOfWord
    else { return nil }
    return last
  }

  /// The words that begin like one.
  func completions(_ index: Int) -> [TermTally.Addition] {
    let places = lexicon.words.places(beginningWith: Array(typed[index].surface.text.utf8))
    return shared(most(places, Self.completionsMax)) { Float($0.squareRoot()) }
  }
}
