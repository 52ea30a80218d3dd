package import DataSets
package import Kernels

/// A fitted retrieval tower: the inner product of a user's and an item's vector ranks.
package struct RetrievalTower: Sendable {
  /// `[users, d]` and `[items, d]`.
  package let queries, embeddings: FloatMatrix
  /// What makes user vectors of events and item vectors of features; `nil` for the other kinds.
  package let history: HistoryTower?

  package init(queries: FloatMatrix, embeddings: FloatMatrix, history: HistoryTower? = nil) {
    (self.queries, self.embeddings, self.history) = (queries, embeddings, history)
  }

  /// The tower of users with these events.
  init(_ history: HistoryTower, _ histories: Histories) {
    self.init(queries: history.queries(histories), embeddings: history.vectors, history: history)
  }

  /// Fits a tower.
  ///
  /// - Parameters:
  ///   - content: What items are, for a history tower; `nil`: nothing is known.
  ///   - onRound: Told after every round: how many of how many are done, and the loss if the kind has one.
  ///   - shouldStop: Asked after every round.
  /// - Returns: `nil` if it was stopped.
  package static func fit(
    _ log: Interactions, _ options: TowerOptions, content: ItemContent? = nil,
    onRound: (Int, Int, Double?) -> Void = { _, _, _ in }, shouldStop: () -> Bool = { false }
  ) -> RetrievalTower? {
    let rounds = options.rounds
    func runs(_ round: () -> Double?) -> Bool {
      for done in 1...max(rounds, 1) {
        onRound(done, rounds, round())
        if shouldStop() { return false }
      }
      return true
    }
    switch options.kind {
    case .als:
      let factors = ImplicitALS(log, options.als)
      guard
        runs({
          factors.iterate(); return nil
        })
      else { return nil }
      return RetrievalTower(queries: factors.users, embeddings: factors.items)
    case .history:
      let histories = Histories(weighing: log)
      let tower = HistoryTower(content: content ?? ItemContent(itemCount: log.itemCount), options.history)
      let trainer = HistoryTrainer(tower, histories)
      guard runs({ trainer.runEpoch() }) else { return nil }
      tower.forgetDraws(of: histories)
      return RetrievalTower(tower, histories)
    case .bpr:
      let network = RankingNetwork(
        .dotProduct(dimension: options.dimension), userCount: log.userCount, itemCount: log.itemCount)
      network.initialise(seed: options.seed, deviation: 0.1)
      guard RetrievalTower.run(RankingTrainer(network, log, options.pairwise), onRound, shouldStop) else { return nil }
      return RetrievalTower(queries: network.users, embeddings: network.items)
    }
  }

  /// The tower with vectors of users by a longer log; nothing is learned, items keep theirs.
  ///
  /// - Precondition: Not bpr, whose users have no vector but the one that is learned.
  package func folded(_ log: Interactions, _ options: TowerOptions) -> RetrievalTower {
    precondition(options.kind.folds, "a tower that folds in")
    switch options.kind {
    case .als, .bpr:
      let factors = ImplicitALS(log, options.als, users: queries, items: embeddings)
      return RetrievalTower(queries: factors.foldIn(log), embeddings: embeddings)
    case .history:
      guard let history else { return self }
      return RetrievalTower(history, Histories(weighing: log))
    }
  }

  /// The scores of pairs, `[n]`, as serving computes them.
  package func scores(users: [UInt32], items: [UInt32]) -> [Float] {
    let kernels = KernelSet()
    let column = FloatMatrix(rows: users.count, columns: 1)
    kernels.dots(RowPairs(queries, users[...], embeddings, items[...]), into: column, column: 0)
    var scores = [Float](repeating: 0, count: users.count)
    kernels.readColumn(column, rows: users.count, into: &scores)
    return scores
  }

  /// Runs a trainer of pairs as a tower's rounds.
  static func run(
    _ trainer: RankingTrainer, _ onRound: (Int, Int, Double?) -> Void, _ shouldStop: () -> Bool
  ) -> Bool {
    let ending = trainer.run(
      onEpoch: { onRound($0.history.count, $0.options.epochs, $0.history.last?.loss) }, shouldStop: shouldStop)
    return ending != .interrupted
  }
}

extension TowerOptions {
  var als: ImplicitALS.Options {
    var als = ImplicitALS.Options()
    als.dimension = dimension
    als.unobservedWeight = unobservedWeight
    als.regularisation = regularisation ?? 0.005
    (als.seed, als.threads) = (seed, threads)
    return als
  }

  var history: HistoryTower.Options {
    var history = HistoryTower.Options()
    history.shape = shape
    history.epochs = rounds
    history.negatives = negatives
    history.tableOptimiser = optimiser
    history.eventDropout = eventDropout
    history.componentDropout = encoderDropout
    history.sumDropout = sumDropout
    history.learningRate = LearningRate(learningRate, course: .linear)
    history.decayOfVectors = regularisation ?? 0
    (history.seed, history.threads) = (seed, threads)
    return history
  }

  var pairwise: TrainingOptions {
    var pairwise = TrainingOptions()
    pairwise.loss = .pairwise
    pairwise.epochs = rounds
    pairwise.learningRate = LearningRate(learningRate, course: .linear)
    pairwise.tableOptimiser = .rowLazy
    pairwise.vectorDecay = regularisation ?? 0.0001
    (pairwise.seed, pairwise.threads) = (seed, threads)
    return pairwise
  }
}
