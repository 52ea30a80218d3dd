package import DataSets
package import Kernels
import Vocabulary

/// The items that a retrieval tower puts first for each user, without those that the user has had.
///
/// Served queries are re-ranked among such items, so they are what a re-ranker is judged by and its hardest negatives.
package struct CandidateLists: Sendable {
  /// Items a user at most.
  package let depth: Int
  private var lists: [[UInt32]]

  /// Searches for the listed users, each once; the others have none.
  ///
  /// - Parameter kept: Items of each listed user that stay candidates although the user has had them.
  package init(
    _ tower: RetrievalTower, for users: [Int], without known: Histories, kept: [[UInt32]]? = nil, depth: Int,
    threads: Int, kernels: KernelSet = KernelSet()
  ) {
    self.depth = depth
    let found = Lock([[UInt32]](repeating: [], count: known.userCount))
    let usersAPart = 16
    WorkerTeam(count: threads).run(parts: (users.count + usersAPart - 1) / usersAPart) { part, _ in
      var scores = [Float](repeating: 0, count: tower.embeddings.rowCapacity)
      for place in part * usersAPart..<min((part + 1) * usersAPart, users.count) {
        let user = users[place]
        kernels.dots(
          PaddedVector(tower.queries.row(user)), tower.embeddings, rows: 0..<tower.embeddings.rowCapacity,
          into: &scores)
        for item in known[user] where kept?[place].contains(item) != true { scores[Int(item)] = -.infinity }
        let best = Self.best(depth, of: scores)
        found.withLock { $0[user] = best }
      }
    }
    lists = found.withLock { $0 }
  }

  /// The candidates of a user, the best first.
  package subscript(user user: Int) -> [UInt32] { lists[user] }

  /// The indices of the highest scores, falling, equal ones ascending; those of −∞ are left out.
  static func best(_ count: Int, of scores: [Float]) -> [UInt32] {
    var best: [UInt32] = []
    var worst = -Float.infinity
    for (index, score) in scores.enumerated() where score > worst {
      var (low, high) = (0, best.count)
      while low < high {
        let middle = (low + high) / 2
        if scores[Int(best[middle])] >= score { low = middle + 1 } else { high = middle }
      }
      best.insert(UInt32(index), at: low)
      if best.count > count { best.removeLast() }
      if best.count == count { worst = scores[Int(best[count - 1])] }
    }
    return best
  }
}
