import JSON
import Vocabulary
import WinnowClient

/// What became of a query's words, for people and for programs.
enum WordsText {
  /// Which words were searched for, and which for others.
  static func lines(_ answer: RankAnswer) -> [String] {
    guard let words = answer.report.words else { return [] }
    var lines = [heading(words)]
    for change in words.changes {
      lines.append("  \(change.rule): \(change.from.visible) → \(change.to.map(\.visible).joined(separator: ", "))")
    }
    let unknown = words.terms.filter { $0.weight == 1 && !$0.isKnown }.map(\.text.visible)
    if !unknown.isEmpty, !words.lacksLexicon {
      lines.append("  not in the lexicon: \(unknown.joined(separator: ", "))")
    }
    if words.isCut { lines.append("  words beyond the first \(words.terms.count) terms were left out") }
    if words.lacksLexicon {
      lines.append("  the model has no lexicon: no word is corrected ('winnow text build --out MODEL/lexicon.bin')")
    }
    return lines
  }

  private static func heading(_ words: RankWords) -> String {
    switch words.state {
    case "found":
      "words: \(Text.grouped(words.candidatesByWords)) candidates by words, "
        + "\(Text.grouped(words.candidatesByVector)) by the shopper"
    case "no term": "words: there is no word in the text, so the answer is the shopper's"
    case "no item": "words: no item has any of them, so the answer is the shopper's"
    case let state: "words: \(state)"
    }
  }

  static func json(_ answer: RankAnswer) -> JSON {
    guard let words = answer.report.words else { return .null }
    return .object([
      ("state", .text(words.state)), ("cut", .bool(words.isCut)), ("lexicon_missing", .bool(words.lacksLexicon)),
      ("by_words", .int(words.candidatesByWords)), ("by_vector", .int(words.candidatesByVector)),
      (
        "terms",
        .list(
          words.terms.map {
            .object([
              ("term", .text($0.text)), ("weight", .float($0.weight)), ("idf", .float($0.idf)),
              ("known", .bool($0.isKnown)),
            ])
          })
      ),
      (
        "changes",
        .list(
          words.changes.map {
            .object([
              ("rule", .text($0.rule)), ("from", .text($0.from)), ("to", .list($0.to.map { .text($0) })),
            ])
          })
      ),
    ])
  }
}
