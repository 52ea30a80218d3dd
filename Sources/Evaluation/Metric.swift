/// One of the numbers by which systems are compared, each a mean over test cases.
package enum Metric: Hashable, Sendable {
  case hitRate(Int)
  case ndcg(Int)
  case reciprocalRank(Int)
  case recall(Int)
  case auc
  case logLoss

  /// All of them, for each number of first places.
  package static func all(_ ks: [Int]) -> [Metric] {
    ks.flatMap { [.hitRate($0), .ndcg($0), .reciprocalRank($0), .recall($0)] } + [.auc, .logLoss]
  }

  /// As people write it: `NDCG@10`.
  package var name: String {
    switch self {
    case .hitRate(let k): "HR@\(k)"
    case .ndcg(let k): "NDCG@\(k)"
    case .reciprocalRank(let k): "MRR@\(k)"
    case .recall(let k): "recall@\(k)"
    case .auc: "AUC"
    case .logLoss: "log loss"
    }
  }

  /// As programs and flags write it: `ndcg@10`.
  package var key: String { self == .logLoss ? "log_loss" : name.lowercased() }

  /// Its value for one case; `nil` if the system did not say enough.
  package func value(_ ranked: RankedCase) -> Double? {
    switch self {
    case .hitRate(let k): Metrics.hit(ranked.places, at: k)
    case .ndcg(let k): Metrics.ndcg(ranked.places, at: k)
    case .reciprocalRank(let k): Metrics.reciprocalRank(ranked.places, at: k)
    case .recall(let k): Metrics.recall(ranked.places, at: k)
    case .auc: ranked.auc
    case .logLoss: ranked.logLoss
    }
  }
}
