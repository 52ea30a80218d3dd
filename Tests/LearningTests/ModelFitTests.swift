import DataSets
import Kernels
import Learning
import Ranking
import Support
import Testing
import Vocabulary

struct ModelFitTests {
  /// A small shop of two tastes, over four months.
  static func log() -> Interactions { TrainerTests.log(users: 60) }

  static func options(_ change: (inout FitOptions) -> Void = { _ in }) -> FitOptions {
    var options = FitOptions()
    options.tower.dimension = 6
    options.tower.epochs = 3
    options.network.dimension = 6
    options.network.hidden = [12]
    options.depth = 20
    options.training.epochs = 3
    options.training.batchSize = 32
    options.training.negatives = 4
    options.training.hardNegatives = 2
    options.training.learningRate = LearningRate(0.01)
    change(&options)
    return options
  }

  static func fit(_ options: FitOptions) throws -> ModelFit {
    try #require(
      try ModelFit(FitParts(log(), rerankShare: 0.3), options) { log, _ in RetrievalTower.fit(log, options.tower) })
  }

  @Test(arguments: TowerOptions.Kind.allCases)
  func aFitLearnsTastesOverEveryTower(kind: TowerOptions.Kind) throws {
    let options = Self.options {
      $0.tower.kind = kind
      $0.tower.learningRate = 0.05
      $0.tower.epochs = 10
      $0.training.epochs = 12
    }
    let fit = try Self.fit(options)
    #expect(try fit.train() == .finished)
    #expect(fit.records.count == 12 && fit.records[11].loss < fit.records[0].loss)
    let best = try #require(fit.records.compactMap(\.validation).map(\.hitRate).max())
    // 12 of 32 items that are left are of the user's taste: chance gives 0.31, a perfect split 0.83.
    #expect(best > 0.55, "\(best)")
    let judge = try #require(fit.judge)
    #expect(fit.records[try #require(fit.bestEpoch) - 1].validation == judge.figures(fit.judged.network))
    let last = try #require(try fit.refitted())
    #expect(last.tower.queries.rowCapacity == 60 && last.network.side.retrieval != nil)
  }

  @Test(arguments: [TowerOptions.Kind.als, .history])
  func whatIsOnlyFoldedInMovesUsersAndNoItem(kind: TowerOptions.Kind) throws {
    let options = Self.options {
      $0.tower.kind = kind
      $0.folds = true
    }
    let fit = try Self.fit(options)
    _ = try fit.train()
    let (judged, served) = (fit.judged, try #require(try fit.refitted()))
    func rows(_ matrix: FloatMatrix) -> [[Float]] { (0..<matrix.rowCapacity).map { Array(matrix.row($0)) } }
    #expect(rows(served.tower.embeddings) == rows(judged.tower.embeddings))
    #expect(TrainerTests.bits(served.network) == TrainerTests.bits(judged.network))
    // A user's vector is that of all the user's events; for one without a validation event that of the same events.
    let tested = Set(fit.parts.validation.map(\.user))
    let again = judged.tower.folded(fit.parts.known, options.tower)
    let moved = (0..<60).filter { Array(served.tower.queries.row($0)) != Array(again.queries.row($0)) }
    #expect(!tested.isEmpty && Set(moved) == tested)
  }

  @Test func theModelDoesNotDependOnThreads() throws {
    let runs = try [1, 3].map { threads in
      let fit = try Self.fit(
        Self.options {
          $0.training.threads = threads
          $0.tower.threads = threads
        })
      _ = try fit.train()
      return (TrainerTests.bits(fit.judged.network), fit.records)
    }
    #expect(runs[0].0 == runs[1].0 && runs[0].1 == runs[1].1)
  }

  @Test func aResumedFitEndsWithTheBitsOfAnUninterruptedOne() throws {
    let whole = try Self.fit(Self.options())
    #expect(try whole.train() == .finished)
    let first = try Self.fit(Self.options())
    var steps = 0
    #expect(try first.train(onProgress: { _ in steps += 1 }, shouldStop: { steps == 40 }) == .interrupted)
    #expect(!first.records.isEmpty && first.records.count < 3)
    let second = try Self.fit(Self.options())
    // The record may be ahead of the checkpoint.
    try second.resume(first.trainer.checkpoint(), records: whole.records)
    #expect(second.records == first.records)
    #expect(try second.train() == .finished)
    #expect(second.records == whole.records)
    #expect(TrainerTests.bits(second.judged.network) == TrainerTests.bits(whole.judged.network))
    #expect(throws: ModelError.self) {
      try Self.fit(Self.options()).resume(whole.trainer.checkpoint(), records: [])
    }
  }

  @Test func divergenceAndStoppedTowersAreTold() throws {
    let wild = try Self.fit(Self.options { $0.training.learningRate = LearningRate(.greatestFiniteMagnitude) })
    #expect(throws: FitError.diverged(epoch: 1)) { try wild.train() }
    #expect(try ModelFit(FitParts(Self.log()), Self.options()) { _, _ in nil } == nil)
    #expect(RetrievalTower.fit(Self.log(), Self.options().tower, shouldStop: { true }) == nil)
  }

  @Test func candidatesAreTheBestOfWhatAUserHasNotHad() throws {
    let log = Self.log()
    let histories = Histories(log)
    let tower = try #require(RetrievalTower.fit(log, Self.options().tower))
    let lists = CandidateLists(tower, for: [0, 7], without: histories, depth: 10, threads: 2)
    #expect(lists[user: 1].isEmpty)
    for user in [0, 7] {
      let scores = (0..<40).map { Exact.dot(tower.queries.row(user), tower.embeddings.row($0)) }
      let others = (0..<40).filter { !histories.contains(user, $0) }.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
      #expect(lists[user: user].map(Int.init) == Array(others.prefix(10)))
    }
  }

  @Test func parametersThatMayNotMoveKeepTheirBits() {
    let log = Self.log()
    let network = TrainerTests.network(log)
    let before = TrainerTests.bits(network)
    let moves = (0..<60).map { $0 % 3 == 0 }
    for tables in [TableOptimiser.dense, .rowLazy] {
      _ = RankingTrainer(
        network, log,
        TrainerTests.options {
          $0.trainable = Trainable(users: moves, items: Array(moves.prefix(40)), layers: false)
          $0.tableOptimiser = tables
        }
      ).run()
    }
    let after = TrainerTests.bits(network)
    #expect(Array(after[2...]) == Array(before[2...]))
    for (table, rows) in [(0, 60), (1, 40)] {
      for row in 0..<rows {
        let range = row * 6..<row * 6 + 6
        #expect((Array(after[table][range]) == Array(before[table][range])) == !moves[row], "\(table) \(row)")
      }
    }
  }

  @Test func compressionTellsWhatItSavesAndCosts() throws {
    let fit = try Self.fit(Self.options())
    _ = try fit.train()
    let judged = fit.judged
    let model = TrainedModel(
      name: "small", userIDs: (0..<60).map { UserID(UInt64($0)) }, itemIDs: (0..<40).map { ItemID(UInt64($0)) },
      queries: judged.tower.queries, embeddings: judged.tower.embeddings, network: judged.network)
    let exact = try Compression(model, .float32, plan: nil, judge: fit.judge)
    #expect(exact.bytes == exact.exactBytes && exact.stored == exact.exact && exact.exact != nil)
    for storage in [TensorStorage.bfloat16, .int8] {
      let small = try Compression(model, storage, plan: nil, judge: fit.judge)
      #expect(small.bytes < small.exactBytes && small.exact == exact.exact)
      #expect(abs((small.stored?.ndcg ?? 9) - (small.exact?.ndcg ?? 0)) < 0.1)
    }
  }

  @Test func logsWithNothingToLearnFromAreNamed() {
    func fault(_ pairs: [(Int, Int)], weight: Float = 1) -> FitError? {
      var log = Interactions()
      for (user, item) in pairs { log.append(user: user, item: item, weight: weight) }
      do throws(FitError) { try FitError.check(log) } catch { return error }
      return nil
    }
    #expect(fault([]) == .noEvents)
    #expect(fault([(3, 0), (3, 1)]) == .oneUser)
    #expect(fault([(0, 2), (1, 2)]) == .oneItem)
    #expect(fault([(0, 0), (1, 1)], weight: 0) == .noWeight)
    #expect(fault([(0, 0), (1, 1), (0, 1), (1, 0), (1, 0)]) == .nothingToTellApart)
    #expect(fault([(0, 0), (1, 1), (0, 1), (0, 1), (0, 1)]) == nil)
  }

  @Test func logsWithoutAnythingToFollowAreNamedByWhatTheyWant() throws {
    func fault(keepsKnown: Bool, _ events: [(user: Int, item: Int, time: Int64)]) -> FitError? {
      var log = Interactions()
      for event in events { log.append(user: event.user, item: event.item, time: event.time) }
      var options = Self.options()
      options.keepsKnown = keepsKnown
      do throws(FitError) {
        _ = try ModelFit(FitParts(log, visit: keepsKnown ? 100 : nil), options) { log, _ in
          RetrievalTower.fit(log, options.tower)
        }
      } catch { return error }
      return nil
    }
    #expect(fault(keepsKnown: false, [(0, 0, 1), (1, 1, 1), (2, 2, 1)]) == .noSequences)
    let visits: [(user: Int, item: Int, time: Int64)] = [(0, 0, 1), (0, 1, 2), (1, 1, 1), (1, 2, 99)]
    #expect(fault(keepsKnown: true, visits) == .noVisits)
    #expect(fault(keepsKnown: true, visits + [(0, 2, 101)]) == nil)
  }
}
