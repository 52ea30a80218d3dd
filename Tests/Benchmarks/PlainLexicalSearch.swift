import Foundation
import Text
import Vocabulary

/// Exact BM25F of one field over a catalogue in memory, as the page of text analysis says it, in the plainest way.
struct PlainLexicalSearch {
  private static let k1: Float = 0.4
  private static let b: Float = 0.6

  let lexicon: Lexicon
  private let postings: [[(item: Int32, impact: Float)]]
  private let itemCount: Int

  init(_ titles: [String], language: String) throws {
    let analyser = try TextAnalyser(language: TextLanguage(language))
    var builder = LexiconBuilder(analyser, fields: ["title"])
    for title in titles { builder.add([title]) }
    lexicon = builder.lexicon()
    itemCount = titles.count
    let average = lexicon.fields[0].average
    var postings = [[(item: Int32, impact: Float)]](repeating: [], count: lexicon.terms.count)
    for (item, title) in titles.enumerated() {
      let terms = analyser.terms(of: title)
      let norm = 1 - Self.b + Self.b * Float(terms.count) / average
      for (term, same) in Dictionary(grouping: terms, by: \.text) {
        guard let place = lexicon.terms.index(of: term) else { continue }
        let v = Float(same.count) / norm
        postings[place].append((Int32(item), (Self.k1 + 1) * v / (Self.k1 + v)))
      }
    }
    self.postings = postings
  }

  /// L of each item; 0 without any of the terms.
  func scores(_ query: WordQuery, into scores: inout [Float]) {
    for item in scores.indices { scores[item] = 0 }
    let total = query.terms.reduce(Float(0)) { $0 + $1.product }
    guard total > 0 else { return }
    for term in query.terms {
      guard let place = lexicon.terms.index(of: term.term) else { continue }
      for posting in postings[place] { scores[Int(posting.item)] += term.product * posting.impact }
    }
    for item in scores.indices { scores[item] /= total }
  }

  /// Whether a query has a word of four letters or more that no title has.
  func hasUnknownWord(_ text: String, _ analyser: TextAnalyser) -> Bool {
    analyser.terms(of: text).contains {
      $0.kind == .word && $0.text.text.unicodeScalars.count >= 4 && lexicon.terms.index(of: $0.text) == nil
    }
  }
}
