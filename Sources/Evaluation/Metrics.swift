import DataSets

/// How well one user's items were ranked; each a pure function of the places of the relevant items, from 0.
package enum Metrics {
  /// Whether any of them is among the first k: 1 or 0.
  package static func hit(_ ranks: [Int], at k: Int) -> Double { ranks.contains { $0 < k } ? 1 : 0 }

  /// The share of them that is among the first k.
  package static func recall(_ ranks: [Int], at k: Int) -> Double {
    ranks.isEmpty ? 0 : Double(ranks.count { $0 < k }) / Double(ranks.count)
  }

  /// Normalised discounted cumulative gain: Σ 1 / log₂(place + 2) over those among the first k, by the best possible sum
  /// (Järvelin, Kekäläinen 2002, with gains 0 and 1).
  package static func ndcg(_ ranks: [Int], at k: Int) -> Double {
    guard !ranks.isEmpty, k > 0 else { return 0 }
    let gain = ranks.filter { $0 < k }.sorted().reduce(0) { $0 + discount($1) }
    return gain / (0..<min(k, ranks.count)).reduce(0) { $0 + discount($1) }
  }

  /// One over the first one's place from 1, or 0 if that lies behind k.
  package static func reciprocalRank(_ ranks: [Int], at k: Int = .max) -> Double {
    guard let first = ranks.min(), first < k else { return 0 }
    return 1 / Double(first + 1)
  }

  /// The share of (relevant, other) pairs in the right order, of `count` ranked items; 0.5 if there is no pair.
  package static func auc(_ ranks: [Int], of count: Int) -> Double {
    let others = count - ranks.count
    guard others > 0, !ranks.isEmpty else { return 0.5 }
    // The i-th relevant item has ranks[i] − i others before it.
    let before = ranks.sorted().enumerated().reduce(0) { $0 + $1.element - $1.offset }
    return 1 - Double(before) / (Double(others) * Double(ranks.count))
  }

  /// The mean log loss of logits against labels 0 and 1.
  package static func logLoss(_ logits: [Float], labels: [Float]) -> Double {
    precondition(logits.count == labels.count && !logits.isEmpty, "a label for each logit")
    let losses = zip(logits, labels).map { logit, label in
      let z = Double(logit)
      return max(z, 0) - z * Double(label) + Transcendental.log(1 + Transcendental.exp(-abs(z)))
    }
    return losses.reduce(0, +) / Double(losses.count)
  }

  /// The place of an item among scored ones: how many have more, or as much and stand before it; NaN ranks last.
  package static func rank(of target: Int, in scores: [Float]) -> Int {
    let score = scores[target].isNaN ? -Float.infinity : scores[target]
    var rank = 0
    for (index, other) in scores.enumerated() where other > score || (other == score && index < target) { rank += 1 }
    return rank
  }

  /// How much a place from 0 counts: 1 / log₂(place + 2).
  static func discount(_ rank: Int) -> Double { 1 / Transcendental.log2(Double(rank + 2)) }
}
