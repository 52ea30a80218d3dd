/// How well a way of searching finds what was judged good: a number a case of each metric.
package struct SearchFigures: Sendable {
  package private(set) var recall100: [Double] = []
  package private(set) var recall10: [Double] = []
  package private(set) var ndcg: [Double] = []
  package private(set) var reciprocal: [Double] = []
  package private(set) var hits: [Double] = []
  /// The first items of each case.
  package private(set) var first: [[UInt32]] = []

  /// Names of the metrics, in their order.
  package static let names = ["Recall@100", "Recall@10", "NDCG@10", "MRR", "HR@10"]

  package init() {}

  /// The metrics by their names' order.
  package var columns: [[Double]] { [recall100, recall10, ndcg, reciprocal, hits] }

  /// Adds a case.
  ///
  /// - Parameters:
  ///   - found: Items, the best first.
  ///   - depth: How many of them are a search's candidates; the union of two lists has more than 100.
  package mutating func add(_ found: [Int], _ asked: SearchCase, depth: Int = 100) {
    let candidates = found.prefix(depth)
    let all = Double(max(asked.good.count, 1))
    recall100.append(Double(candidates.count { asked.good.contains($0) }) / all)
    recall10.append(Double(candidates.prefix(10).count { asked.good.contains($0) }) / all)
    let gain = candidates.prefix(10).enumerated().reduce(0.0) {
      $0 + (asked.gains[$1.element] ?? 0) * Metrics.discount($1.offset)
    }
    let ideal = asked.gains.values.sorted(by: >).prefix(10).enumerated().reduce(0.0) {
      $0 + $1.element * Metrics.discount($1.offset)
    }
    ndcg.append(ideal > 0 ? gain / ideal : 0)
    reciprocal.append(candidates.firstIndex { asked.good.contains($0) }.map { 1 / Double($0 + 1) } ?? 0)
    hits.append(candidates.prefix(10).contains { asked.good.contains($0) } ? 1 : 0)
    first.append(candidates.prefix(10).map(UInt32.init))
  }

  /// The figures of some of the cases.
  package func part(_ cases: [Int]) -> SearchFigures {
    var part = SearchFigures()
    part.recall100 = cases.map { recall100[$0] }
    part.recall10 = cases.map { recall10[$0] }
    part.ndcg = cases.map { ndcg[$0] }
    part.reciprocal = cases.map { reciprocal[$0] }
    part.hits = cases.map { hits[$0] }
    part.first = cases.map { first[$0] }
    return part
  }

  /// The places of the greatest scores, of equals the least first; those of −∞ and below are left out.
  package static func best(_ scores: [Float], _ count: Int) -> [Int] {
    var best: [Int] = []
    for place in scores.indices where scores[place] > -.infinity {
      if best.count == count, let last = best.last, !(scores[place] > scores[last]) { continue }
      var low = 0
      var high = best.count
      while low < high {
        let middle = (low + high) / 2
        if scores[best[middle]] >= scores[place] { low = middle + 1 } else { high = middle }
      }
      best.insert(place, at: low)
      if best.count > count { best.removeLast() }
    }
    return best
  }
}
