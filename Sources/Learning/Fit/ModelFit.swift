package import DataSets
import Kernels
package import Ranking

/// Fits a whole model: the retrieval tower, the re-ranker on top of it, and the tower once more on everything.
///
/// The tower is fitted three times. First without the events that the re-ranker learns on, so that it learns from scores of
/// events to come; then with them, to judge every epoch as it would be served; at last with the validation's as well.
package final class ModelFit {
  /// Fits a tower to a log; `nil` if it was stopped.
  package typealias TowerFit = (_ log: Interactions, _ purpose: TowerPurpose) -> RetrievalTower?

  /// The purpose of a tower.
  package enum TowerPurpose: String, Sendable {
    case reranker = "tower for the re-ranker"
    case validation = "tower for the validation"
    case serving = "tower of all events"
  }

  package let parts: FitParts
  package let trainer: RankingTrainer
  /// The judge of the epochs; `nil` if no event could be held out.
  package let judge: EpochJudge?
  /// Judges what is made of strangers; `nil` if no event could be held out.
  private let strangerJudge: StrangerJudge?
  /// One an epoch.
  package private(set) var records: [EpochRecord] = []
  private let options: FitOptions
  private let fitTower: TowerFit
  private let sides: FitSides
  /// The tower that knows all but the validation.
  private let tower: RetrievalTower
  /// The network before its first step.
  private let untrained: RankingNetwork
  /// How the retrieval score is read, where a model that is trained further fixes it.
  private let fixed: SideInputs.Retrieval?

  /// Fits the first two towers and sets up the re-ranker.
  ///
  /// - Parameters:
  ///   - sides: What the network reads besides vectors and the tower.
  ///   - start: A model to train further; `nil` begins with random vectors.
  /// - Returns: `nil` if a tower was stopped.
  /// - Throws: If there is nothing to learn from the log, or a tower has no finite vectors.
  package init?(
    _ parts: FitParts, _ options: FitOptions, sides: FitSides = FitSides(), from start: FitStart? = nil,
    fitTower: @escaping TowerFit
  ) throws(FitError) {
    try FitError.check(parts.whole)
    let reranks = options.training.epochs > 0
    guard parts.reranker.count > 0 || !reranks else {
      throw start != nil ? .nothingNew : options.keepsKnown ? .noVisits : .noSequences
    }
    // Where no re-ranker learns, one tower is enough to judge by.
    guard let first = reranks ? fitTower(parts.tower, .reranker) : fitTower(parts.known, .validation) else {
      return nil
    }
    try first.checkFinite()
    guard let tower = parts.validation.isEmpty || !reranks ? first : fitTower(parts.known, .validation) else {
      return nil
    }
    try tower.checkFinite()
    self.parts = parts
    self.options = options
    self.fitTower = fitTower
    self.tower = tower
    self.sides = sides
    let known = Histories(parts.known)
    fixed = start?.network.side.retrieval
    let (threads, depth) = (options.training.threads, options.depth)
    var side = sides.learning
    side.retrieval = Self.retrievalInput(first, known, options, fixed)
    let strangers = start == nil && reranks ? Strangers(parts, first, options, sides) : nil
    let network: RankingNetwork
    if let start {
      network = start.network.extended(userCount: known.userCount, itemCount: known.itemCount, side: side)
    } else {
      network = RankingNetwork(
        options.network.shape, userCount: known.userCount, itemCount: known.itemCount, side: side)
      network.initialise(seed: options.training.seed)
      network.passRetrievalScore()
    }
    untrained = network.extended(userCount: known.userCount, itemCount: known.itemCount)
    var training = options.training
    if let start {
      training.trainable = start.trainable
      training.vectorDecay = 0
    }
    let candidates =
      training.hardNegatives == 0 || !reranks
      ? nil
      : CandidateLists(first, for: parts.reranker.activeUsers, without: known, depth: depth, threads: threads)
    trainer = RankingTrainer(
      network, reranks ? parts.reranker : parts.known, training, known: known, candidates: candidates,
      strangers: strangers)
    guard !parts.validation.isEmpty else {
      (judge, strangerJudge) = (nil, nil)
      return
    }
    let input = Self.retrievalInput(tower, known, options, fixed)
    judge = EpochJudge(parts, known: known, tower, input: input, options)
    strangerJudge = reranks ? StrangerJudge(parts, tower, input: input, options) : nil
  }

  /// The retrieval score of a tower as an input, if the network reads one.
  private static func retrievalInput(
    _ tower: RetrievalTower, _ known: Histories, _ options: FitOptions, _ fixed: SideInputs.Retrieval?
  ) -> SideInputs.Retrieval? {
    guard options.network.usesRetrievalScore else { return nil }
    if let fixed {
      return .init(
        queries: tower.queries, embeddings: tower.embeddings, normalisation: fixed.normalisation, range: fixed.range)
    }
    return tower.input(known, depth: options.depth, threads: options.training.threads)
  }

  /// Takes over an interrupted run with the same log and options.
  ///
  /// - Parameter records: Those that the run has written; there may be one more than the checkpoint knows of.
  package func resume(_ checkpoint: [UInt8], records: [EpochRecord]) throws(ModelError) {
    try trainer.resume(checkpoint)
    guard records.count >= trainer.history.count else {
      throw ModelError(.checkpoint, "history", .missing, "there are records of fewer epochs than it has finished")
    }
    self.records = Array(records.prefix(trainer.history.count))
  }

  /// Trains the re-ranker until its epochs are done, nothing gets better any more, or `shouldStop` says so.
  ///
  /// - Throws: If it diverged.
  package func train(
    onProgress: (RankingTrainer.Progress) -> Void = { _ in }, onEpoch: (EpochRecord) -> Void = { _ in },
    shouldStop: () -> Bool = { false }
  ) throws(FitError) -> RankingTrainer.Ending {
    var rate: Float = 0
    var judged: EpochJudge.Verdict?
    var validate: ((RankingNetwork) -> Double)?
    if let judge {
      validate = { network in
        let verdict = judge.verdict(network)
        judged = verdict
        return verdict.figures.ndcg
      }
    }
    let ending = trainer.run(
      validate: validate,
      onProgress: { progress in
        rate = progress.rate
        onProgress(progress)
      },
      onEpoch: { trainer in
        guard let epoch = trainer.history.last else { return }
        let record = EpochRecord(
          epoch: trainer.history.count, loss: epoch.loss, accuracy: epoch.accuracy,
          validationLoss: judged?.report.loss, validationAccuracy: judged?.report.accuracy,
          validation: judged?.figures, learningRate: rate)
        records.append(record)
        onEpoch(record)
      }, shouldStop: shouldStop)
    if ending == .diverged { throw .diverged(epoch: trainer.history.count + 1) }
    return ending
  }

  /// The number from 1 of the epoch whose parameters are used; 0 if none was better than the network before its first
  /// step, which passes the tower's order on or is the model that is trained further; `nil` if none was finished.
  package var bestEpoch: Int? {
    if options.training.epochs == 0 { return 0 }
    guard let best = trainer.bestEpoch else { return nil }
    guard let judge, let figures = records[best].validation else { return best + 1 }
    return figures.ndcg > judge.figures(over(tower, untrained, sides.learning)).ndcg ? best + 1 : 0
  }

  /// The best network over the tower that the epochs were judged with.
  package var judged: (tower: RetrievalTower, network: RankingNetwork) {
    (tower, over(tower, best, sides.learning))
  }

  /// How the best network serves shoppers that it does not know, over the tower that the epochs were judged with.
  package var strangers: StrangerFigures? { strangerJudge?.figures(judged.network) }

  /// The best network over the tower of all events, fitted now; or over the judged one, if the validation is only
  /// folded in.
  ///
  /// - Returns: `nil` if the tower was stopped.
  package func refitted() throws(FitError) -> (tower: RetrievalTower, network: RankingNetwork)? {
    let last = options.folds ? tower.folded(parts.whole, options.tower) : fitTower(parts.whole, .serving)
    guard let last else { return nil }
    try last.checkFinite()
    return (last, over(last, best, sides.serving))
  }

  private var best: RankingNetwork { bestEpoch == 0 ? untrained : trainer.result }

  private func over(_ tower: RetrievalTower, _ network: RankingNetwork, _ side: SideInputs) -> RankingNetwork {
    var side = side
    side.retrieval = Self.retrievalInput(tower, Histories(parts.known), options, fixed)
    return network.extended(
      userCount: network.users.rowCapacity, itemCount: network.items.rowCapacity, side: side)
  }
}
