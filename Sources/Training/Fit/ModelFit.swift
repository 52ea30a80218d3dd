import Kernels
package import Ranking

/// Fits a whole model: the retrieval tower, the re-ranker on top of it, and the tower once more on everything.
///
/// The tower is fitted three times. First without the events that the re-ranker learns on, so that it learns from scores of
/// events to come; then with them, to judge every epoch as it would be served; at last with the validation's as well.
package final class ModelFit {
  /// Fits a tower to a log; `nil` if it was stopped.
  package typealias TowerFit = (_ log: Interactions, _ purpose: TowerPurpose) -> RetrievalTower?

  /// What a tower is fitted for.
  package enum TowerPurpose: String, Sendable {
    case reranker = "tower for the re-ranker"
    case validation = "tower for the validation"
    case serving = "tower of all events"
  }

  package let parts: FitParts
  package let trainer: RankingTrainer
  /// What the epochs are judged by; `nil` if no event could be held out.
  package let judge: EpochJudge?
  /// One an epoch.
  package private(set) var records: [EpochRecord] = []
  private let options: FitOptions
  private let fitTower: TowerFit
  /// The tower that knows all but the validation.
  private let tower: RetrievalTower

  /// Fits the first two towers and sets up the re-ranker.
  ///
  /// - Parameter start: A network to train further, with a row for each of its users and items; `nil` begins anew.
  /// - Returns: `nil` if a tower was stopped.
  /// - Throws: If there is nothing to learn from the log, or a tower has no finite vectors.
  package init?(
    _ parts: FitParts, _ options: FitOptions, from start: RankingNetwork? = nil, fitTower: @escaping TowerFit
  ) throws(FitError) {
    try FitError.check(parts.whole)
    guard parts.reranker.count > 0 else { throw .noSequences }
    guard let first = fitTower(parts.tower, .reranker) else { return nil }
    try first.checkFinite()
    guard let tower = parts.validation.isEmpty ? first : fitTower(parts.known, .validation) else { return nil }
    try tower.checkFinite()
    self.parts = parts
    self.options = options
    self.fitTower = fitTower
    self.tower = tower
    let known = Histories(parts.known)
    let (threads, depth) = (options.training.threads, options.depth)
    let hasScore = options.network.usesRetrievalScore
    let side = SideInputs(retrieval: hasScore ? first.input(known, depth: depth, threads: threads) : nil)
    let network: RankingNetwork
    if let start {
      network = start.extended(userCount: known.userCount, itemCount: known.itemCount, side: side)
    } else {
      network = RankingNetwork(
        options.network.shape, userCount: known.userCount, itemCount: known.itemCount, side: side)
      network.initialise(seed: options.training.seed)
    }
    let candidates = CandidateLists(
      first, for: parts.reranker.activeUsers, without: known, depth: depth, threads: threads)
    trainer = RankingTrainer(network, parts.reranker, options.training, known: known, candidates: candidates)
    judge = parts.validation.isEmpty ? nil : EpochJudge(parts, known: known, tower, options)
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

  /// The number from 1 of the epoch whose parameters are used; `nil` if none was finished.
  package var bestEpoch: Int? { trainer.bestEpoch.map { $0 + 1 } }

  /// The network and tower that the epochs were judged with.
  package var judged: (tower: RetrievalTower, network: RankingNetwork) { (tower, network(over: tower)) }

  /// The best network over the tower of all events, fitted now.
  ///
  /// - Returns: `nil` if the tower was stopped.
  package func refitted() throws(FitError) -> (tower: RetrievalTower, network: RankingNetwork)? {
    if parts.validation.isEmpty { return judged }
    guard let last = fitTower(parts.whole, .serving) else { return nil }
    try last.checkFinite()
    return (last, network(over: last))
  }

  private func network(over tower: RetrievalTower) -> RankingNetwork {
    let best = trainer.result
    var side = best.side
    if options.network.usesRetrievalScore {
      side.retrieval = tower.input(Histories(parts.known), depth: options.depth, threads: options.training.threads)
    }
    return best.extended(userCount: best.users.rowCapacity, itemCount: best.items.rowCapacity, side: side)
  }
}
