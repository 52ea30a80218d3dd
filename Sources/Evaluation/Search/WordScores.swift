package import Text
import Vocabulary

/// The lexical score of every item of a catalogue in memory (`proto-spec/09-arithmetic.md`, 9.10): what a search is
/// judged by offline.
package struct WordScores: Sendable {
  /// How the terms of a field count.
  package struct Field: Sendable {
    package let weight: Float
    /// How much the length counts, 0…1.
    package let b: Float
    /// The length that is usual; `nil`: what the lexicon has counted.
    package let average: Float?

    package init(weight: Float = 1, b: Float = 0.6, average: Float? = nil) {
      (self.weight, self.b, self.average) = (weight, b, average)
    }
  }

  private struct Posting: Sendable {
    let item: UInt32
    let impact: Float
  }

  package let lexicon: Lexicon
  package let itemCount: Int
  /// Where the postings of a term stand.
  private let places: [ExactText: Int]
  /// Of each term that an item has, by items.
  private let postings: [[Posting]]

  /// - Parameters:
  ///   - terms: Of each item the terms of each field; none where it does not have the field.
  ///   - lexicon: Of the same fields.
  package init(_ terms: [[[Term]]], lexicon: Lexicon, fields: [Field], k1: Float = 0.4) {
    precondition(
      fields.allSatisfy { $0.average != nil } || fields.count == lexicon.fields.count, "settings of each field")
    self.lexicon = lexicon
    itemCount = terms.count
    var places: [ExactText: Int] = [:]
    var postings: [[Posting]] = []
    for (item, texts) in terms.enumerated() {
      var sums: [Int: Float] = [:]
      for (place, field) in fields.enumerated() where place < texts.count && !texts[place].isEmpty {
        let average = field.average ?? lexicon.fields[place].average
        let norm = (1 - field.b) + (field.b * Float(texts[place].count)) / average
        var counts: [Int: Int] = [:]
        for term in texts[place] {
          let number = places[term.text] ?? postings.count
          if number == postings.count {
            places[term.text] = number
            postings.append([])
          }
          counts[number, default: 0] += 1
        }
        for (term, count) in counts {
          let part = (field.weight * Float(count)) / norm
          sums[term] = sums[term].map { $0 + part } ?? part
        }
      }
      for (term, v) in sums {
        postings[term].append(Posting(item: UInt32(item), impact: ((k1 + 1) * v) / (k1 + v)))
      }
    }
    (self.places, self.postings) = (places, postings)
  }

  /// L of each item, `[items]`; 0 where it has none of the terms.
  package func scores(_ query: WordQuery) -> [Float] {
    var scores = [Float](repeating: 0, count: itemCount)
    let total = query.terms.reduce(Float(0)) { $0 + $1.product }
    guard total > 0 else { return scores }
    for term in query.terms {
      guard let place = places[term.term] else { continue }
      for posting in postings[place] { scores[Int(posting.item)] += term.product * posting.impact }
    }
    for item in scores.indices { scores[item] /= total }
    return scores
  }
}
