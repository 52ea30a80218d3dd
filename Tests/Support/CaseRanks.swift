package import DataSets
import Evaluation

/// The places at which a model ranked the held-out items of each test case.
package struct CaseRanks: Sendable, Equatable {
  /// Of each case, the places of its relevant items, from 0.
  package private(set) var ranks: [[Int]] = []
  /// Of each case, how many items were ranked.
  package private(set) var counts: [Int] = []

  /// Ranks every case.
  ///
  /// - Parameters:
  ///   - histories: What users are known to have had, which is not offered again when the whole catalogue is ranked.
  ///   - scores: The scores of listed items, or of all items `[items]` where the list is `nil`; higher is better.
  package init(_ cases: [TestCase], histories: Histories, scores: (_ user: Int, _ items: [UInt32]?) -> [Float]) {
    for test in cases {
      if let others = test.others {
        rank(scores(test.user, test.relevant + others), relevant: 0..<test.relevant.count)
        continue
      }
      var all = scores(test.user, nil)
      precondition(all.count == histories.itemCount, "a score for each item")
      for item in histories[test.user] where !test.relevant.contains(item) { all[Int(item)] = -.infinity }
      let left = all.count { $0 != -.infinity }
      ranks.append(test.relevant.map { Metrics.rank(of: Int($0), in: all) })
      counts.append(left)
    }
  }

  private mutating func rank(_ scores: [Float], relevant: Range<Int>) {
    // A tie counts against the relevant item, so that a model without an opinion scores nothing.
    let behind = Array(scores[relevant.upperBound...]) + scores[relevant]
    let first = scores.count - relevant.count
    ranks.append(relevant.map { Metrics.rank(of: first + $0, in: behind) })
    counts.append(scores.count)
  }

  /// A metric of every case, `[cases]`.
  package func values(_ metric: (_ ranks: [Int], _ count: Int) -> Double) -> [Double] {
    zip(ranks, counts).map(metric)
  }

  /// The mean share of cases with a positive among the first k.
  package func hitRate(at k: Int) -> Double { mean { ranks, _ in Metrics.hit(ranks, at: k) } }
  /// The mean normalised discounted cumulative gain of the first k.
  package func ndcg(at k: Int) -> Double { mean { ranks, _ in Metrics.ndcg(ranks, at: k) } }
  /// The mean share of the positives among the first k.
  package func recall(at k: Int) -> Double { mean { ranks, _ in Metrics.recall(ranks, at: k) } }
  /// The mean reciprocal rank of the first positive, 0 behind the first k.
  package func mrr(at k: Int = .max) -> Double { mean { ranks, _ in Metrics.reciprocalRank(ranks, at: k) } }
  package var auc: Double { mean { Metrics.auc($0, of: $1) } }

  private func mean(_ metric: ([Int], Int) -> Double) -> Double {
    ranks.isEmpty ? 0 : values(metric).reduce(0, +) / Double(ranks.count)
  }
}
