import DataSets
import Kernels
import Learning
import Ranking
import Support
import Testing

struct TrainerTests {
  /// Users of two tastes: those of an even number take items below 20, the others the rest.
  static func log(users: Int = 40, seed: UInt64 = 3) -> Interactions {
    var random = SeededRandom(seed: seed)
    var log = Interactions(userCount: users, itemCount: 40)
    for user in 0..<users {
      var left = Array(user % 2 * 20..<user % 2 * 20 + 20)
      left.shuffle(using: &random)
      for item in left.prefix(9) { log.append(user: user, item: item) }
    }
    return log
  }

  static func network(_ log: Interactions, _ shape: NetworkShape = NetworkShape(dimension: 6, hidden: [12]))
    -> RankingNetwork
  {
    let network = RankingNetwork(shape, userCount: log.userCount, itemCount: log.itemCount)
    network.initialise(seed: 4, deviation: 0.1)
    return network
  }

  static func options(_ change: (inout TrainingOptions) -> Void = { _ in }) -> TrainingOptions {
    var options = TrainingOptions()
    options.epochs = 4
    options.batchSize = 50
    options.learningRate = LearningRate(0.02)
    change(&options)
    return options
  }

  static func bits(_ network: RankingNetwork) -> [[UInt32]] {
    network.parameters.map { matrix in (0..<matrix.rowCapacity).flatMap { matrix.row($0).map(\.bitPattern) } }
  }

  @Test(arguments: RankingLoss.allCases, [TableOptimiser.dense, .rowLazy])
  func tastesAreLearnt(loss: RankingLoss, tables: TableOptimiser) {
    let (rest, heldOut) = Self.log().leavingLastOut()
    let network = Self.network(rest)
    let trainer = RankingTrainer(
      network, rest,
      Self.options {
        $0.loss = loss
        $0.batchSize = 16
        $0.epochs = 12
        $0.tableOptimiser = tables
        $0.dropout = 0.1
        $0.distribution = .popularity(power: 0.75)
      })
    #expect(trainer.run() == .finished)
    #expect(trainer.history.count == 12)
    #expect(trainer.history[11].loss < trainer.history[0].loss * 0.8)
    let cases = heldOut.enumerated().map { TestCase(user: $0.offset, relevant: $0.element.map(UInt32.init)) }
    let result = CaseRanks(cases, histories: Histories(rest)) { user, _ in
      network.logits(user: user, items: Array(0..<40))
    }
    // 12 of the 32 items that are left are of the user's taste, so chance gives 0.31 and a perfect split 0.83.
    #expect(result.hitRate(at: 10) > 0.65, "\(result.hitRate(at: 10))")
  }

  @Test func sameSeedGivesTheSameWeightsAtAnyThreadCount() {
    let log = Self.log()
    let runs = [1, 2, 5].map { threads in
      let network = Self.network(log)
      _ = RankingTrainer(network, log, Self.options { $0.threads = threads }).run()
      return Self.bits(network)
    }
    #expect(runs[0] == runs[1] && runs[0] == runs[2])
    let other = Self.network(log)
    _ = RankingTrainer(other, log, Self.options { $0.seed = 2 }).run()
    #expect(Self.bits(other) != runs[0])
  }

  @Test func aResumedRunEndsWithTheBitsOfAnUninterruptedOne() throws {
    let log = Self.log()
    let options = Self.options { $0.dropout = 0.2 }
    func merit(_ network: RankingNetwork) -> Double { -Double(network.logits(user: 0, items: [25])[0]) }
    let whole = Self.network(log)
    let uninterrupted = RankingTrainer(whole, log, options)
    _ = uninterrupted.run(validate: merit)

    var steps = 0
    let first = RankingTrainer(Self.network(log), log, options)
    #expect(first.run(validate: merit, onProgress: { _ in steps += 1 }, shouldStop: { steps == 50 }) == .interrupted)
    let last = Self.network(log)
    let resumed = RankingTrainer(last, log, options)
    try resumed.resume(first.checkpoint())
    #expect(resumed.run(validate: merit) == .finished)
    #expect(Self.bits(last) == Self.bits(whole))
    #expect(Self.bits(resumed.result) == Self.bits(uninterrupted.result))
    #expect(resumed.history == uninterrupted.history)
  }

  @Test func aDamagedOrForeignCheckpointIsRefusedAndChangesNothing() throws {
    let log = Self.log()
    let file = RankingTrainer(Self.network(log), log, Self.options()).checkpoint()
    let other = Self.network(log, NetworkShape(dimension: 6, hidden: [13]))
    let before = Self.bits(other)
    #expect(throws: ModelError.self) { try RankingTrainer(other, log, Self.options()).resume(file) }
    #expect(Self.bits(other) == before)
    let same = RankingTrainer(Self.network(log), log, Self.options())
    #expect(throws: ModelError.self) { try same.resume(Array(file.prefix(file.count / 2))) }
    #expect(throws: ModelError.self) { try same.resume([]) }
    let seeded = RankingTrainer(Self.network(log), log, Self.options { $0.seed = 9 })
    #expect(throws: ModelError.self) { try seeded.resume(file) }
  }

  @Test func theBestValidationIsKeptAndPatienceEnds() {
    let log = Self.log()
    let network = Self.network(log)
    var seen: [[[UInt32]]] = []
    let merits = [0.1, 0.5, 0.3, 0.2, 0.9]
    let trainer = RankingTrainer(
      network, log,
      Self.options {
        $0.epochs = 9
        $0.patience = 2
      })
    let ending = trainer.run(validate: { network in
      seen.append(Self.bits(network))
      return merits[seen.count - 1]
    })
    #expect(ending == .stoppedEarly)
    #expect(seen.count == 4)
    #expect(Self.bits(trainer.result) == seen[1])
  }

  @Test func anInterruptedRunKeepsTheBestAndADivergedOneSaysSo() {
    let log = Self.log()
    let network = Self.network(log)
    var best: [[UInt32]] = []
    let trainer = RankingTrainer(network, log, Self.options())
    let ending = trainer.run(
      validate: { network in
        if best.isEmpty { best = Self.bits(network) }
        return best == Self.bits(network) ? 1 : 0
      }, shouldStop: { trainer.history.count == 2 })
    #expect(ending == .interrupted)
    #expect(Self.bits(trainer.result) == best)
    let wild = RankingTrainer(
      Self.network(log), log, Self.options { $0.learningRate = LearningRate(.greatestFiniteMagnitude) })
    #expect(wild.run() == .diverged)
  }

  @Test func ratesFollowTheirCourse() {
    func rates(_ rate: LearningRate) -> [Float] { (0..<8).map { rate.rate(step: $0, of: 8, stepsPerEpoch: 2) } }
    #expect(rates(LearningRate(2)) == [2, 2, 2, 2, 2, 2, 2, 2])
    #expect(rates(LearningRate(2, course: .linear)) == [2, 1.75, 1.5, 1.25, 1, 0.75, 0.5, 0.25])
    #expect(rates(LearningRate(2, course: .stepped(factor: 0.5, epochs: 1))) == [2, 2, 1, 1, 0.5, 0.5, 0.25, 0.25])
    #expect(rates(LearningRate(2, warmUpSteps: 4)) == [0.5, 1, 1.5, 2, 2, 2, 2, 2])
    let cosine = rates(LearningRate(2, course: .cosine))
    #expect(cosine[0] == 2 && abs(cosine[4] - 1) < 1e-6 && cosine[7] < 0.1)
  }

  @Test func negativesAreNeverTheUsersOwnWhileThereAreOthers() {
    let log = Self.log()
    for distribution in [NegativeDistribution.uniform, .popularity(power: 0.75)] {
      let batches = RankingTrainer.samples(log, Self.options { $0.distribution = distribution }, epoch: 1)
      let histories = Histories(log)
      let pairs = batches.flatMap { zip($0.users, zip($0.items, $0.targets)) }
      #expect(pairs.count == log.count * 5)
      for (user, (item, target)) in pairs {
        #expect(histories.contains(Int(user), Int(item)) == (target == 1))
      }
    }
  }
}
