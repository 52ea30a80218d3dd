package import DataSets
package import Vocabulary

/// How one system ranked the items of one test case.
package struct RankedCase: Sendable, Equatable {
  /// The place of an item that was not ranked at all, or further down than the evaluation looks.
  package static let unranked = Int.max

  /// The places of the relevant items, from 0, in the order of the case.
  package var places: [Int]
  /// The first items, best first, as many as were asked for; empty where only listed candidates were ranked.
  package var first: [ItemID] = []
  /// The share of pairs of a relevant and another item in the right order; `nil` if only the first places are known.
  package var auc: Double?
  /// The mean log loss of the relevant items and some others; `nil` without logits.
  package var logLoss: Double?

  /// The places of a case among `count` items that were ranked.
  package init(places: [Int], of count: Int, first: [ItemID] = [], logLoss: Double? = nil) {
    self.places = places
    self.first = first
    self.logLoss = logLoss
    auc = Metrics.auc(places, of: count)
  }

  /// A case ranked by values alone, those of the relevant items first; a NaN ranks last.
  ///
  /// A tie counts against a relevant item, so that a model without an opinion scores nothing.
  init(listed values: [Float], relevantCount: Int, logLoss: Double? = nil) {
    let behind = Array(values[relevantCount...] + values[..<relevantCount])
    let first = values.count - relevantCount
    self.init(
      places: (0..<relevantCount).map { Metrics.rank(of: first + $0, in: behind) }, of: values.count, logLoss: logLoss)
  }

  /// A case of which only the first items are known.
  package init(relevant: [ItemID], first: [ItemID]) {
    places = relevant.map { item in first.firstIndex(of: item) ?? Self.unranked }
    self.first = first
  }

  /// A case that was not answered: a miss, without an opinion.
  package static func unanswered(_ test: TestCase) -> RankedCase {
    var ranked = RankedCase(places: test.relevant.map { _ in unranked }, of: 0)
    ranked.auc = 0.5
    return ranked
  }
}
