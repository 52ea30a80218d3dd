package import Towers

/// Which retrieval tower is fitted, and how.
package struct TowerOptions: Sendable, Equatable {
  /// The kinds of towers.
  package enum Kind: String, Sendable, CaseIterable, Codable {
    /// Alternating least squares on implicit feedback.
    case als
    /// A user vector made of the events by an encoder, by sampled softmax on each next one.
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
  /// What reads the events in a history tower, whether beside the decayed sum, and its sizes.
  package var encoder = TowerShape.Encoder.sum
  package var isMixed = false
  package var length = 20
  package var heads = 2
  package var blocks = 2
  /// Items a step that a history tower is told apart from.
  package var negatives = 1024
  /// Which vectors of a history tower a step moves.
  package var optimiser = TableOptimiser.dense
  /// Share of the events that a history tower leaves out in training.
  package var eventDropout: Float = 0.3
  /// Share of components that its encoder leaves out.
  package var encoderDropout: Float = 0.3
  /// Share of components of events that its decayed sum leaves out.
  package var sumDropout: Float = 0
  /// Of history and bpr.
  package var learningRate: Float = 0.003
  package var seed: UInt64 = 1
  package var threads = 1

  package init() {}

  /// Of a history tower.
  package var shape: TowerShape {
    TowerShape(
      dimension: dimension, encoder: encoder, isMixed: isMixed, decay: decay, length: length, heads: heads,
      blocks: blocks)
  }

  /// Rounds of a whole fit.
  package var rounds: Int { epochs ?? [.als: 12, .history: 15, .bpr: 20][kind] ?? 12 }
}
