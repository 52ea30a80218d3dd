import Foundation
import Text

/// How well a way of searching finds what was judged good.
struct SearchFigures {
  private(set) var recall: [Double] = []
  private(set) var ndcg: [Double] = []
  private(set) var hits: [Double] = []
  private(set) var reciprocal: [Double] = []
  /// The first items of each query, for a fingerprint.
  private(set) var first: [UInt32] = []

  /// Asks every query of the data.
  ///
  /// - Parameter weight: Of ln(1 + events of the item), which is added to L.
  init(
    _ data: SearchData, _ search: PlainLexicalSearch, events weight: Float = 0, _ query: (String) throws -> WordQuery
  )
    rethrows
  {
    var scores = [Float](repeating: 0, count: data.titles.count)
    let popular = data.events.map { weight * Float(log(1 + $0)) }
    for asked in data.queries {
      search.scores(try query(asked.text), into: &scores)
      for (item, more) in popular.enumerated() where scores[item] > 0 { scores[item] += more }
      for item in asked.hidden { scores[item] = 0 }
      take(Self.best(scores, 100), asked)
    }
  }

  private mutating func take(_ found: [Int], _ asked: SearchData.Query) {
    recall.append(Double(found.count { asked.good.contains($0) }) / Double(asked.good.count))
    var gain = 0.0
    for (rank, item) in found.prefix(10).enumerated() { gain += (asked.gains[item] ?? 0) / log2(Double(rank + 2)) }
    var ideal = 0.0
    for (rank, best) in asked.gains.values.sorted(by: >).prefix(10).enumerated() {
      ideal += best / log2(Double(rank + 2))
    }
    ndcg.append(ideal > 0 ? gain / ideal : 0)
    hits.append(found.prefix(10).contains { asked.good.contains($0) } ? 1 : 0)
    reciprocal.append(found.firstIndex { asked.good.contains($0) }.map { 1 / Double($0 + 1) } ?? 0)
    first += found.prefix(10).map(UInt32.init)
  }

  /// The items of the greatest scores above 0, of equals the least first.
  private static func best(_ scores: [Float], _ count: Int) -> [Int] {
    let found = scores.indices.filter { scores[$0] > 0 }
    return Array(found.sorted { (scores[$1], $0) < (scores[$0], $1) }.prefix(count))
  }
}
