/// Which retrieval tower is fitted, and how.
package struct TowerOptions: Sendable, Equatable {
  /// The kinds of towers.
  package enum Kind: String, Sendable, CaseIterable, Codable {
    /// Alternating least squares on implicit feedback.
    case als
    /// A user vector made of the latest events, by sampled softmax on each next one.
    case history
    /// Matrix factorisation by the pairwise BPR loss (Rendle et al. 2009).
    case bpr

    /// Whether a user's vector can be made of events that were not learned from.
    package var folds: Bool { self != .bpr }
  }

  package var kind: Kind = .als
  package var dimension = 64
  /// Sweeps of als, epochs of the others; `nil`: what the kind usually needs.
  package var epochs: Int?
  /// α₀ of als.
  package var unobservedWeight: Float = 0.3
  /// L2; `nil`: what the kind usually needs.
  package var regularisation: Float?
  /// The factor on an event's weight for each newer event in a history tower.
  package var decay: Float = 0.8
  /// Of history and bpr.
  package var learningRate: Float = 0.003
  package var seed: UInt64 = 1
  package var threads = 1

  package init() {}

  /// Rounds of a whole fit.
  package var rounds: Int { epochs ?? [.als: 12, .history: 15, .bpr: 20][kind] ?? 12 }
}
