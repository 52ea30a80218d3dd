import Kernels

extension RankingNetwork {
  /// The logits of pairs, `[n]`, as `Ranking.Reranker` has them, bit for bit.
  package func logits(users pairUsers: [UInt32], items pairItems: [UInt32]) -> [Float] {
    precondition(pairUsers.count == pairItems.count, "users and items in pairs")
    let pass = NetworkPass(self)
    var logits: [Float] = []
    logits.reserveCapacity(pairUsers.count)
    for start in stride(from: 0, to: pairUsers.count, by: NetworkPass.blockRows) {
      let end = min(start + NetworkPass.blockRows, pairUsers.count)
      logits += pass.forward(users: pairUsers[start..<end], items: pairItems[start..<end]).prefix(end - start)
    }
    return logits
  }

  /// The logits of one user with items, `[items]`.
  package func logits(user: Int, items: [UInt32]) -> [Float] {
    logits(users: [UInt32](repeating: UInt32(user), count: items.count), items: items)
  }
}
