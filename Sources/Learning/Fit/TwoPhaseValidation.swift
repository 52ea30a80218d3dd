package import DataSets
import Evaluation
import Kernels
import Vocabulary

/// Held-out items ranked as serving ranks them: the tower finds the candidates, the network puts them in order.
package struct TwoPhaseValidation: Sendable {
  private struct Case: Sendable {
    let user: UInt32
    let relevant: [UInt32]
    let candidates: [UInt32]
    /// By retrieval alone, from 0.
    let retrievalRanks: [Int]
  }

  private let cases: [Case]
  private let itemCount: Int
  private let threads: Int

  /// Searches the candidates of each case once.
  ///
  /// - Parameter keepsKnown: Whether what a user has had is ranked too, and is a candidate even if the tower does not find
  ///   it.
  package init(
    _ tests: [TestCase], known: Histories, _ tower: RetrievalTower, depth: Int, keepsKnown: Bool = false, threads: Int
  ) {
    self.threads = threads
    itemCount = known.itemCount
    let without =
      keepsKnown ? Histories(Interactions(userCount: known.userCount, itemCount: known.itemCount)) : known
    let lists = CandidateLists(
      tower, for: tests.map(\.user), without: without, kept: tests.map(\.relevant), depth: depth, threads: threads)
    cases = tests.map { test in
      let found = lists[user: test.user]
      // Behind the candidates nothing is re-ranked, and the exact place counts in no metric of the first k ≤ depth.
      let ranks = test.relevant.map { found.firstIndex(of: $0) ?? known.itemCount }
      let own = keepsKnown ? Set(known[test.user]).subtracting(found).sorted() : []
      return Case(
        user: UInt32(test.user), relevant: test.relevant, candidates: found + own, retrievalRanks: ranks)
    }
  }

  /// The places of each case's items without a re-ranker; behind the candidates, the number of items.
  package var retrievalRanks: [[Int]] { cases.map(\.retrievalRanks) }

  /// The places of each case's items after re-ranking; a tie goes to the lower item.
  package func ranks(_ network: RankingNetwork) -> [[Int]] {
    let (cases, casesAPart, itemCount) = (cases, 32, itemCount)
    let ranks = Lock([[Int]](repeating: [], count: cases.count))
    WorkerTeam(count: threads).run(parts: (cases.count + casesAPart - 1) / casesAPart) { part, _ in
      for place in part * casesAPart..<min((part + 1) * casesAPart, cases.count) {
        let test = cases[place]
        let positions = test.relevant.map { test.candidates.firstIndex(of: $0) }
        let logits =
          positions.allSatisfy { $0 == nil } ? [] : network.logits(user: Int(test.user), items: test.candidates)
        let found = zip(test.relevant, positions).map { item, position in
          guard let position else { return itemCount }
          return zip(logits, test.candidates).count {
            $0 > logits[position] || ($0 == logits[position] && $1 < item)
          }
        }
        ranks.withLock { $0[place] = found }
      }
    }
    return ranks.withLock { $0 }
  }
}

/// The figures of the places of held-out items.
package struct RankFigures: Sendable, Equatable, Codable {
  /// Normalised discounted cumulative gain of the first 10, and the share of cases with an item among them.
  package let ndcg, hitRate: Double
  /// Over how many cases.
  package let cases: Int

  /// - Parameter ranks: Of each case the places of its items.
  package init(_ ranks: [[Int]]) {
    cases = ranks.count
    ndcg = ranks.reduce(0) { $0 + Metrics.ndcg($1, at: 10) } / Double(max(cases, 1))
    hitRate = ranks.reduce(0) { $0 + Metrics.hit($1, at: 10) } / Double(max(cases, 1))
  }
}
