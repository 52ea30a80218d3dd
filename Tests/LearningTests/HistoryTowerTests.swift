import DataSets
import Foundation
import Kernels
import Learning
import Support
import Testing

struct HistoryTowerTests {
  /// Everybody walks on from item to item, mostly to the next number.
  private static func walks() -> Interactions {
    var random = SeededRandom(seed: 31)
    var log = Interactions(userCount: 60, itemCount: 30)
    for user in 0..<60 {
      var item = Int.random(in: 0..<30, using: &random)
      for _ in 0..<8 {
        log.append(user: user, item: item)
        item = (item + (random.next() % 8 == 0 ? 7 : 1)) % 30
      }
    }
    return log
  }

  private static func options(_ change: (inout HistoryTower.Options) -> Void = { _ in }) -> HistoryTower.Options {
    var options = HistoryTower.Options()
    options.dimension = 16
    options.isTied = false
    options.batchSize = 48
    options.negatives = 20
    options.epochs = 15
    options.learningRate = LearningRate(0.02)
    options.length = 5
    options.decay = 0.5
    change(&options)
    return options
  }

  @Test(arguments: [NegativeDistribution.uniform, .popularity(power: 0.75)])
  func theNextStepIsLearnt(distribution: NegativeDistribution) {
    let (rest, heldOut) = Self.walks().leavingLastOut()
    let histories = Histories(rest)
    let tower = HistoryTower(itemCount: 30, Self.options { $0.distribution = distribution })
    let trainer = HistoryTrainer(tower, histories)
    let losses = (0..<15).map { _ in trainer.runEpoch() }
    #expect(losses[14] < losses[0] * 0.6, "\(losses)")
    let queries = tower.queries(histories)
    let cases = heldOut.enumerated().map { TestCase(user: $0.offset, relevant: $0.element.map(UInt32.init)) }
    let result = CaseRanks(cases, histories: histories) { user, _ in
      (0..<30).map { Exact.dot(queries.row(user), tower.targets.row($0)) }
    }
    #expect(result.hitRate(at: 3) > 0.7, "\(result.hitRate(at: 3))")
  }

  @Test func aUserVectorIsTheDecayedSumOfTheLatestItems() {
    let tower = HistoryTower(itemCount: 4, Self.options { $0.length = 2 })
    tower.constant.setRow(0, (0..<16).map { Float($0) })
    let query = tower.query([3, 0, 1])
    for i in 0..<16 {
      let expected = tower.constant[0, i] + tower.sources[1, i] + 0.5 * tower.sources[0, i]
      #expect(abs(query[i] - expected) < 1e-5)
    }
    #expect(tower.query([]) == tower.constant.row(0))
  }

  @Test(arguments: [true, false], [NegativeDistribution.uniform, .popularity(power: 0.75)])
  func sampledSoftmaxHasTheSlopesOfFloat64(isTied: Bool, distribution: NegativeDistribution) {
    let histories = Histories(Self.walks())
    let tower = HistoryTower(
      itemCount: 30,
      Self.options {
        $0.dimension = 5
        $0.isTied = isTied
        $0.distribution = distribution
        $0.dropout = 0.3
        $0.deviation = 0.5
        $0.threads = 2
      })
    tower.constant.setRow(0, [0.3, -0.2, 0.1, 0.4, -0.5])
    // More than one chunk of 32; the first events of a user have short histories.
    let batch = (0..<40 as Range<UInt32>).map { (user: $0 / 2, place: 1 + $0 % 7) }
    let found = HistoryTrainer(tower, histories).gradients(of: batch)
    let counts = histories.popularity.map { distribution == .uniform ? 1 : pow(Double($0), 0.75) }
    var twin = HistoryTwin(tower, histories, probabilities: counts.map { $0 / counts.reduce(0, +) })
    let ages = found.shares.map { $0.map { Int((log2(Double($0)) / log2(0.5)).rounded()) } }
    #expect(zip(ages, batch).allSatisfy { ages, event in ages.allSatisfy { $0 < min(Int(event.place), 5) } })
    #expect(ages.contains { $0.isEmpty } && ages.contains { $0.count > 2 })
    func loss(_ twin: HistoryTwin) -> Double { twin.loss(batch, drawn: found.drawn, ages: ages, decay: 0.5) }
    #expect(abs(found.loss / 40 - loss(twin)) < 1e-5)
    func check(_ gradient: Float, _ value: WritableKeyPath<HistoryTwin, Double>) {
      let slope = twin.slope(value, loss)
      #expect(abs(Double(gradient) - slope) < 2e-6 + 2e-5 * abs(slope), "\(gradient) \(slope)")
    }
    for k in 0..<5 {
      check(found.constant[k], \.constant[k])
      for item in 0..<30 {
        check(found.tables[0][item][k], \.targets[item][k])
        if !isTied { check(found.tables[1][item][k], \.sources[item][k]) }
      }
    }
  }

  @Test(arguments: [true, false])
  func threadsAndInstructionSetsChangeNoBit(isTied: Bool) {
    var expected: [[UInt32]]?
    for kernels in InstructionSet.available.map({ KernelSet($0) }) {
      for threads in kernels.instructionSet == .best ? [1, 2, 5] : [1] {
        let tower = HistoryTower(
          itemCount: 30,
          Self.options {
            $0.isTied = isTied
            $0.threads = threads
            $0.dropout = 0.3
            $0.decayOfVectors = 0.01
            $0.distribution = .popularity(power: 0.5)
          }, kernels: kernels)
        let trainer = HistoryTrainer(tower, Histories(Self.walks()))
        for _ in 0..<2 { _ = trainer.runEpoch() }
        let bits = [tower.targets, tower.sources, tower.constant].map { matrix in
          (0..<matrix.rowCapacity).flatMap { matrix.row($0).map(\.bitPattern) }
        }
        if let expected { #expect(bits == expected, "\(kernels.instructionSet) \(threads)") }
        expected = expected ?? bits
      }
    }
  }
}
