package import DataSets
import Evaluation
import Kernels
import Vocabulary

/// Held-out items ranked as serving ranks them: the tower finds the candidates, the network puts them in order.
package struct TwoPhaseValidation: Sendable {
  private struct Case: Sendable {
    let user: UInt32
    let relevant: UInt32
    let candidates: [UInt32]
    /// By retrieval alone, from 0.
    let retrievalRank: Int
  }

  private let cases: [Case]
  private let threads: Int

  /// Searches the candidates of each case once.
  package init(_ tests: [TestCase], known: Histories, _ tower: RetrievalTower, depth: Int, threads: Int) {
    self.threads = threads
    let lists = CandidateLists(
      tower, for: tests.map(\.user), without: known, kept: tests.map { $0.relevant[0] }, depth: depth,
      threads: threads)
    cases = tests.map { test in
      let candidates = lists[user: test.user]
      // Behind the candidates nothing is re-ranked, and the exact place counts in no metric of the first k ≤ depth.
      let rank = candidates.firstIndex(of: test.relevant[0]) ?? known.itemCount
      return Case(
        user: UInt32(test.user), relevant: test.relevant[0], candidates: candidates, retrievalRank: rank)
    }
  }

  /// The place of each case's item without a re-ranker; behind the candidates, the number of items.
  package var retrievalRanks: [Int] { cases.map(\.retrievalRank) }

  /// The place of each case's item after re-ranking; a tie goes to the lower item.
  package func ranks(_ network: RankingNetwork) -> [Int] {
    let (cases, casesAPart) = (cases, 32)
    let ranks = Lock([Int](repeating: 0, count: cases.count))
    WorkerTeam(count: threads).run(parts: (cases.count + casesAPart - 1) / casesAPart) { part, _ in
      for place in part * casesAPart..<min((part + 1) * casesAPart, cases.count) {
        let test = cases[place]
        var rank = test.retrievalRank
        if rank < test.candidates.count {
          let logits = network.logits(user: Int(test.user), items: test.candidates)
          let own = logits[rank]
          rank = zip(logits, test.candidates).count { $0 > own || ($0 == own && $1 < test.relevant) }
        }
        ranks.withLock { $0[place] = rank }
      }
    }
    return ranks.withLock { $0 }
  }
}

/// The figures of a list of places.
package struct RankFigures: Sendable, Equatable, Codable {
  /// Normalised discounted cumulative gain of the first 10, and the share of cases among them.
  package let ndcg, hitRate: Double
  /// Over how many cases.
  package let cases: Int

  package init(_ ranks: [Int]) {
    cases = ranks.count
    ndcg = ranks.reduce(0) { $0 + Metrics.ndcg([$1], at: 10) } / Double(max(cases, 1))
    hitRate = ranks.reduce(0) { $0 + Metrics.hit([$1], at: 10) } / Double(max(cases, 1))
  }
}
