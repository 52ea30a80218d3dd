import DataSets
import Text
import Towers
import Vocabulary

/// Draws queries of items' own words: some words of a text, at times misspelt, at times taken out of the text.
struct TextSampler: Sendable {
  private static let wordsMax = 4

  let corpus: TextCorpus
  let options: TextTrainingOptions

  /// A query and the item as it is looked for.
  struct Sample {
    let query, item: TextFeatures
  }

  /// The draw number `number` of an item, alike on every thread; `nil` if the item has no words.
  func sample(_ item: Int, number: UInt64) -> Sample? {
    var random = SplitMix64(seed: CounterRandom(seed: options.seed, stream: 0x5000).bits(number))
    // A pair of characters goes with them, and a joined word with its parts.
    let texts = corpus.terms[item].filter { $0.contains(where: \.canBeAsked) }
    guard !texts.isEmpty else { return nil }
    let text = texts[random.below(texts.count)]
    let places = text.indices.filter { text[$0].canBeAsked }
    let count = min(1 + random.below(Self.wordsMax), places.count)
    let chosen: [Int]
    if random.below(2) == 0 {
      let first = random.below(places.count - count + 1)
      chosen = Array(places[first..<first + count])
    } else {
      var left = places
      chosen = (0..<count).map { _ in left.remove(at: random.below(left.count)) }.sorted()
    }
    let isClozed = random.below(2) == 0
    let query = asked(text, chosen, &random)
    var features = corpus.features[item]
    if isClozed {
      let taken = Set(chosen)
      let rest = corpus.terms[item].map { other in
        other == text ? text.indices.filter { !taken.contains($0) }.map { text[$0] } : other
      }
      let clozed = TextFeatures(rest, rowCount: options.rowCount)
      if !clozed.isEmpty { features = clozed }
    }
    return Sample(query: TextFeatures([query], rowCount: options.rowCount), item: features)
  }

  /// The chosen terms, and the pairs of neighbours among them.
  private func asked(_ text: [Term], _ chosen: [Int], _ random: inout SplitMix64) -> [Term] {
    let characters = Set(chosen.map { text[$0] }.filter { $0.kind == .character }.map(\.place))
    let pairs = text.filter { $0.kind == .pair && characters.contains($0.place) && characters.contains($0.place + 1) }
    return chosen.map { edited(text[$0], &random) } + pairs
  }

  /// A word with one letter too many, too few, wrong, or exchanged with the next; other terms, and most words, as they are.
  private func edited(_ term: Term, _ random: inout SplitMix64) -> Term {
    let dice = Double(random.next() >> 11) * 0x1p-53
    var letters = Array(term.surface.text.unicodeScalars)
    guard term.kind == .word, letters.count > 2, dice < options.editShare else { return term }
    let place = random.below(letters.count)
    let other = letters[random.below(letters.count)]
    switch random.below(4) {
    case 0: letters.remove(at: place)
    case 1: letters.insert(other, at: place)
    case 2: letters[place] = other
    default: letters.swapAt(place, min(place + 1, letters.count - 1))
    }
    var word = ""
    word.unicodeScalars.append(contentsOf: letters)
    return Term(text: corpus.analyser.text(ofWord: word.exact), surface: word.exact, kind: .word, place: term.place)
  }
}

extension Term {
  fileprivate var canBeAsked: Bool { kind != .joined && kind != .pair }
}
