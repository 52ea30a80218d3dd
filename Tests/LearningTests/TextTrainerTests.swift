import Foundation
import Kernels
import Learning
import Support
import Testing
import Text
import Towers

@Suite struct TextTrainerTests {
  private static let titles = [
    "red running shoes", "blue running shoes for men", "stainless-steel kitchen sink", "kitchen faucet, brass",
    "shower head with hose", "10 ft PVC pipe", "红色 运动鞋", "garden hose 3/4 in.", "wall lamp", "floor lamp with shade",
    "brass wall hook", "steel pipe 2 in.",
  ]

  private static func options(rows: Int = 1 << 10, dimension: Int = 8, threads: Int = 1) -> TextTrainingOptions {
    var options = TextTrainingOptions()
    (options.rowCount, options.dimension, options.threads) = (rows, dimension, threads)
    (options.batchSize, options.negatives) = (5, 4)
    return options
  }

  private static func corpus(_ options: TextTrainingOptions) throws -> TextCorpus {
    TextCorpus(
      titles.map { [$0] }, try TextAnalyser(language: TextLanguage("english")), rowCount: options.rowCount)
  }

  private static func pairs(_ corpus: TextCorpus) throws -> [TextPair] {
    let analyser = try TextAnalyser(language: TextLanguage("english"))
    return [("sneakers", 0, []), ("tap", 3, [2, 4]), ("light", 8, [10])].map { query, item, bad in
      TextPair(query: analyser.terms(of: query), item: UInt32(item), weight: 0.75, bad: bad.map(UInt32.init))
    }
  }

  /// The loss of a batch in float64, as it is written.
  private static func loss(_ batch: TextBatch, _ table: [[Double]], temperature: Double) -> Double {
    func vector(_ features: TextFeatures) -> [Double] {
      var sum = [Double](repeating: 0, count: table[0].count)
      for (row, weight) in zip(features.rows, features.weights) {
        for k in sum.indices { sum[k] += Double(weight) * table[Int(row)][k] }
      }
      let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return sum.map { $0 / length }
    }
    let items = batch.items.map(vector)
    var (total, mass) = (0.0, 0.0)
    for (place, query) in batch.queries.enumerated() {
      let q = vector(query)
      var sum = 0.0
      var own = 0.0
      for (item, v) in items.enumerated() {
        guard item == place || batch.numbers[item] != batch.numbers[place] else { continue }
        let logit = zip(q, v).map(*).reduce(0, +) / temperature
        if item == place { own = logit }
        sum += exp(logit)
      }
      total += Double(batch.weights[place]) * (log(sum) - own)
      mass += Double(batch.weights[place])
    }
    return total / mass
  }

  @Test func slopesAreThoseOfFloat64() throws {
    let options = Self.options(rows: 32, dimension: 3)
    let corpus = try Self.corpus(options)
    let trainer = TextTrainer(corpus, options)
    var random = SeededRandom(seed: 3)
    for row in 0..<options.rowCount { trainer.table.setRow(row, random.floats(3, in: -1...1)) }
    var batch = TextBatch()
    for (place, item) in [0, 3, 8, 3].enumerated() {
      let query = TextFeatures([Array(corpus.terms[item][0].prefix(2))], rowCount: options.rowCount)
      batch.add(query, corpus.features[item], number: UInt32(item), weight: 0.5 + Float(place))
    }
    for item in [1, 3, 7, 11] { batch.add(corpus.features[item], number: UInt32(item)) }
    let found = trainer.slopes(of: batch)
    let table = (0..<options.rowCount).map { trainer.table.row($0).map(Double.init) }
    let temperature = Double(options.temperature)
    #expect(abs(found.loss - Self.loss(batch, table, temperature: temperature)) < 1e-4)
    var named = 0
    for row in table.indices {
      for column in 0..<3 {
        let step = 1e-5
        func loss(_ change: Double) -> Double {
          var changed = table
          changed[row][column] += change
          return Self.loss(batch, changed, temperature: temperature)
        }
        let slope = (loss(step) - loss(-step)) / (2 * step)
        #expect(abs(Double(found.rows[row][column]) - slope) < 2e-4 + 1e-4 * abs(slope), "row \(row), \(column)")
        if slope != 0 { named += 1 }
      }
    }
    #expect(named > 60)
  }

  @Test func threadsAndInstructionSetsChangeNoBit() throws {
    var expected: [[UInt32]]?
    for kernels in InstructionSet.available.map({ KernelSet($0) }) {
      for threads in kernels.instructionSet == .best ? [1, 2, 5] : [1] {
        let options = Self.options(threads: threads)
        let corpus = try Self.corpus(options)
        let trainer = TextTrainer(corpus, pairs: try Self.pairs(corpus), options, kernels: kernels)
        while trainer.epoch < trainer.epochs { _ = trainer.runEpoch() }
        let bits = (0..<options.rowCount).map { trainer.table.row($0).map(\.bitPattern) }
        if let expected { #expect(bits == expected, "\(kernels.instructionSet) \(threads)") }
        expected = expected ?? bits
      }
    }
  }

  @Test func wordsFindTheirItemsAndPairsTeachNewOnes() throws {
    var options = Self.options(dimension: 16)
    options.titlePasses = 30
    options.pairPasses = 30
    options.learningRate = 0.1
    let corpus = try Self.corpus(options)
    let trainer = TextTrainer(corpus, pairs: try Self.pairs(corpus), options)
    let analyser = try TextAnalyser(language: TextLanguage("english"))
    func best(_ query: String) -> Int? {
      let vector = trainer.tower.vector([analyser.terms(of: query)])
      let scores = corpus.features.map { Exact.dot(vector, trainer.tower.vector($0)) }
      return scores.indices.max { scores[$0] < scores[$1] }
    }
    var losses: [Double] = []
    while trainer.epoch < options.titlePasses { losses.append(try #require(trainer.runEpoch())) }
    #expect(losses[29] < losses[0])
    #expect(best("kitchn faucet") == 3)
    #expect(best("运动") == 6)
    while trainer.epoch < trainer.epochs { _ = trainer.runEpoch() }
    #expect(best("sneakers") == 0)
    #expect(best("tap") == 3)
    #expect(best("shower hose") == 4)
  }

  @Test func aCheckpointGoesOnToTheSameBits() throws {
    let options = Self.options()
    let corpus = try Self.corpus(options)
    let pairs = try Self.pairs(corpus)
    let whole = TextTrainer(corpus, pairs: pairs, options)
    while whole.epoch < 6 { _ = whole.runEpoch() }
    let first = TextTrainer(corpus, pairs: pairs, options)
    while first.epoch < 3 { _ = first.runEpoch() }
    let second = TextTrainer(corpus, pairs: pairs, options)
    try second.resume(first.checkpoint())
    #expect(second.epoch == 3)
    while second.epoch < 6 { _ = second.runEpoch() }
    for row in 0..<options.rowCount { #expect(whole.table.row(row) == second.table.row(row)) }
    var other = options
    other.seed = 9
    #expect(throws: (any Error).self) { try TextTrainer(corpus, other).resume(first.checkpoint()) }
    #expect(throws: (any Error).self) { try second.resume(Array(first.checkpoint().dropLast(3))) }
  }
}
