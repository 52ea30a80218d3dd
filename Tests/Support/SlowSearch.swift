package import Vocabulary

/// The search of one shard as plain loops, written from the spec's arithmetic and order: the twin that fast code must
/// equal bit for bit.
package enum SlowSearch {
  /// The inner product: 16 lanes by fused multiply-add, dimensions ascending, then lanes added 8, 4, 2, 1 apart.
  package static func dot(_ a: [Float], _ b: [Float]) -> Float {
    var lanes = [Float](repeating: 0, count: 16)
    for dimension in 0..<min(a.count, b.count) {
      lanes[dimension % 16] = lanes[dimension % 16].addingProduct(a[dimension], b[dimension])
    }
    for half in [8, 4, 2, 1] {
      for lane in 0..<half { lanes[lane] += lanes[lane + half] }
    }
    return lanes[0] == 0 ? 0 : lanes[0]
  }

  /// The best `limit` of the items that `keep` admits and that come behind `after`, by a sort of all of them.
  package static func search(
    _ items: [Item], query: [Float], limit: Int, after: Candidate? = nil, keep: (Item) -> Bool = { _ in true }
  ) -> [Candidate] {
    var candidates: [Candidate] = []
    for item in items where keep(item) {
      guard let score = Score(dot(query, item.embedding)) else { continue }
      let candidate = Candidate(score: score, itemID: item.id)
      if let after {
        let isBehind =
          score.value < after.score.value
          || (score.value == after.score.value && item.id.rawValue > after.itemID.rawValue)
        guard isBehind else { continue }
      }
      candidates.append(candidate)
    }
    candidates.sort { a, b in
      a.score.value != b.score.value ? a.score.value > b.score.value : a.itemID.rawValue < b.itemID.rawValue
    }
    return Array(candidates.prefix(limit))
  }
}
