package import DataSets
import Kernels
package import Learning
package import Ranking

/// A retrieval tower, and the ranking network's trainer on top of it that reads the tower's score.
///
/// The network learns from scores of towers that have not seen the event at hand (`FoldedTowers`), else it would trust
/// the score more than it deserves; it is served with the tower of all events.
package struct TwoPhaseTraining: Sendable {
  /// Fitted on the whole log.
  package let tower: RetrievalTower
  package let folded: FoldedTowers
  /// Brings the folded scores of events and of as many uniform negatives to mean 0 and deviation 1.
  package let normalisation: Normalisation
  private let log: Interactions

  /// Fits the tower once on the log and once without each fold.
  package init(_ log: Interactions, folds: Int = 4, seed: UInt64 = 1, fit: (Interactions) -> RetrievalTower) {
    self.log = log
    tower = fit(log)
    folded = FoldedTowers(log, count: folds, seed: seed, fit: fit)
    normalisation = Self.normalisation(log, folded, seed: seed)
  }

  /// What a network has to be built with: these inputs and the tower's score.
  package func side(_ inputs: SideInputs = SideInputs()) -> SideInputs {
    var inputs = inputs
    inputs.retrieval = .init(
      queries: tower.queries, embeddings: tower.embeddings, normalisation: normalisation)
    return inputs
  }

  /// A trainer of a network that was built with `side`.
  package func trainer(_ network: RankingNetwork, _ options: TrainingOptions) -> RankingTrainer {
    RankingTrainer(network, log, options) { [folded] in folded.scores(users: $0, items: $1, events: $2) }
  }

  /// From at most 65,536 events, evenly spread over the log.
  private static func normalisation(_ log: Interactions, _ towers: FoldedTowers, seed: UInt64) -> Normalisation {
    let random = CounterRandom(seed: seed, stream: 0xF1)
    let step = max(1, log.count / 65_536)
    let events = Array(stride(from: 0, to: log.count, by: step))
    let users = events.map { log.users[$0] }
    let negatives = events.map { UInt32(random.below(log.itemCount, UInt64($0))) }
    let scores =
      towers.scores(users: users, items: events.map { log.items[$0] }, events: events)
      + towers.scores(users: users, items: negatives, events: events)
    let mean = scores.reduce(0) { $0 + Double($1) } / Double(max(scores.count, 1))
    let square = scores.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(max(scores.count, 1))
    return Normalisation(mean: Float(mean), scale: square > 0 ? Float(1 / square.squareRoot()) : 1)
  }
}
