import DataSets
import Kernels

/// Judges a re-ranker on held-out events, always the same ones: its loss, and where it puts them among the candidates.
package final class EpochJudge {
  /// The figures of an epoch on held-out events.
  package struct Verdict: Sendable {
    package let report: StepReport
    package let figures: RankFigures
  }

  /// Held-out events by retrieval alone.
  package let retrieval: RankFigures
  private let validation: TwoPhaseValidation
  private let retrievalInput: SideInputs.Retrieval?
  private let options: TrainingOptions
  private let tests: [TestCase]
  private let known: Histories
  private let depth: Int
  private let keepsKnown: Bool
  /// Each held-out event with its negatives.
  private var batch = PairBatch()

  init(
    _ parts: FitParts, known: Histories, _ tower: RetrievalTower, input: SideInputs.Retrieval?, _ options: FitOptions
  ) {
    let (threads, depth) = (options.training.threads, options.depth)
    (tests, self.known, self.depth) = (parts.validation, known, depth)
    validation = TwoPhaseValidation(
      parts.validation, known: known, tower, depth: depth, keepsKnown: options.keepsKnown, threads: threads)
    keepsKnown = options.keepsKnown
    retrieval = RankFigures(validation.retrievalRanks)
    retrievalInput = input
    var held = Interactions(userCount: known.userCount, itemCount: known.itemCount)
    for test in parts.validation { for item in test.relevant { held.append(user: test.user, item: Int(item)) } }
    // Here a held-out item is no negative: it is the event.
    let everything = Histories(parts.whole)
    let candidates = CandidateLists(
      tower, for: held.activeUsers, without: everything, depth: depth, threads: threads)
    var once = options.training
    once.batchSize = held.count * (1 + once.negatives)
    self.options = once
    let sampler = NegativeSampler(
      everything, once.distribution, candidates: candidates, hardCount: once.hardNegatives)
    EpochSamples(held, sampler, once, epoch: 0).fill(&batch, step: 0)
  }

  /// Judges a network over the tower that knows all but the held-out events.
  package func verdict(_ network: RankingNetwork) -> Verdict {
    var side = network.side
    side.retrieval = retrievalInput
    let judged = network.extended(
      userCount: network.users.rowCapacity, itemCount: network.items.rowCapacity, side: side)
    let group = options.loss.isGrouped ? 1 + options.negatives : 1
    return Verdict(
      report: options.loss.measure(judged, batch, group: group), figures: figures(judged))
  }

  /// Where a network puts the held-out events, over the tower that it has.
  package func figures(_ network: RankingNetwork) -> RankFigures { RankFigures(validation.ranks(network)) }

  /// The same where another tower finds the candidates.
  func figures(_ network: RankingNetwork, searchedBy tower: RetrievalTower) -> RankFigures {
    let validation = TwoPhaseValidation(
      tests, known: known, tower, depth: depth, keepsKnown: keepsKnown, threads: options.threads)
    return RankFigures(validation.ranks(network))
  }
}
