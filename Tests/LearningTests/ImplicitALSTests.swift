import DataSets
import Evaluation
import Foundation
import Kernels
import Learning
import Support
import Testing

struct ImplicitALSTests {
  private static func log() -> Interactions {
    var random = SeededRandom(seed: 12)
    var log = Interactions(userCount: 25, itemCount: 30)
    for user in 0..<25 {
      for item in 0..<30 where Int.random(in: 0..<5, using: &random) == 0 {
        log.append(user: user, item: item, weight: Float.random(in: 0.5...3, using: &random))
      }
    }
    return log
  }

  /// What an iteration makes smaller, in float64 over every pair.
  private func loss(_ model: ImplicitALS, _ log: Interactions, _ options: ImplicitALS.Options) -> Double {
    func rows(_ matrix: FloatMatrix) -> [[Double]] { (0..<matrix.rowCapacity).map { matrix.row($0).map(Double.init) } }
    let (u, v) = (rows(model.users), rows(model.items))
    let alpha = Double(options.unobservedWeight)
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).map(*).reduce(0, +) }
    var sum = 0.0
    var (userMass, itemMass) = ([Double](repeating: 0, count: u.count), [Double](repeating: 0, count: v.count))
    for i in 0..<log.count {
      let (a, b, w) = (Int(log.users[i]), Int(log.items[i]), Double(log.weights[i]))
      sum += w * pow(dot(u[a], v[b]) - 1, 2)
      userMass[a] += w
      itemMass[b] += w
    }
    for a in u { for b in v { sum += alpha * pow(dot(a, b), 2) } }
    let (nu, lambda) = (Double(options.frequencyExponent), Double(options.regularisation))
    for (a, mass) in zip(u, userMass) { sum += lambda * pow(mass + alpha * Double(v.count), nu) * dot(a, a) }
    for (b, mass) in zip(v, itemMass) { sum += lambda * pow(mass + alpha * Double(u.count), nu) * dot(b, b) }
    return sum
  }

  @Test(arguments: [5, 16, 33])
  func everyIterationLowersTheLossToAFixedPoint(dimension: Int) {
    let log = Self.log()
    var options = ImplicitALS.Options()
    options.dimension = dimension
    options.regularisation = 0.05
    let model = ImplicitALS(log, options)
    var losses = [loss(model, log, options)]
    for _ in 0..<12 {
      model.iterate()
      losses.append(loss(model, log, options))
    }
    for (before, after) in zip(losses, losses.dropFirst()) { #expect(after <= before * (1 + 1e-5)) }
    #expect(losses[12] < losses[0] * 0.8)
    // The solution is exact: no small change of an item's vector makes the loss smaller.
    let least = loss(model, log, options)
    for step: Float in [-0.02, 0.02] {
      model.items[3, 2] += step
      #expect(loss(model, log, options) > least)
      model.items[3, 2] -= step
    }
  }

  @Test func threadsAndInstructionSetsChangeNoBit() {
    let log = Self.log()
    var expected: [[Float]]?
    for isa in InstructionSet.available {
      for threads in [1, 3] {
        var options = ImplicitALS.Options()
        options.dimension = 20
        options.threads = threads
        let model = ImplicitALS(log, options, kernels: KernelSet(isa))
        for _ in 0..<2 { model.iterate() }
        let values = (0..<30).map { model.items.row($0) }
        if let expected { #expect(values == expected) }
        expected = expected ?? values
      }
    }
  }

  @Test func aNewUserFoldedInHasTheVectorOfOneWhoWasThere() {
    let log = Self.log()
    var options = ImplicitALS.Options()
    options.dimension = 5
    options.regularisation = 0.05
    let model = ImplicitALS(log, options)
    for _ in 0..<60 { model.iterate() }
    // After convergence, solving for the users again changes nothing.
    let folded = model.foldIn(log)
    for user in 0..<25 {
      for (a, b) in zip(folded.row(user), model.users.row(user)) { #expect(abs(a - b) < 5e-3) }
    }
  }

  @Test func modelThatLearnsFromTheSyntheticShopKnowsTastes() throws {
    let shop = SyntheticShop(seed: 3, itemCount: 240, shopperCount: 300)
    let events = try #require(shop.files.first { $0.name == "events.tsv" })
    let log = try EventLog(InputFile(name: events.name, pieces: [events.bytes]))
    let (train, heldOut) = try DataSet(log, Cleaning(log, CleaningRules())).interactions.leavingLastOut()
    let histories = Histories(train)
    let cases = heldOut.enumerated().filter { !$0.element.isEmpty && !histories.contains($0.offset, $0.element[0]) }
      .map { TestCase(user: $0.offset, relevant: $0.element.map(UInt32.init)) }
    var options = ImplicitALS.Options()
    options.dimension = 16
    options.regularisation = 0.02
    let tower = ImplicitALS(train, options)
    for _ in 0..<4 { tower.iterate() }
    let kernels = KernelSet()
    let learned = CaseRanks(cases, histories: histories) { user, _ in
      var scores = [Float](repeating: 0, count: tower.items.rowCapacity)
      kernels.dots(PaddedVector(tower.users.row(user)), tower.items, rows: 0..<scores.count, into: &scores)
      return scores
    }
    let popularity = PopularityBaseline(histories)
    let popular = CaseRanks(cases, histories: histories) { _, items in popularity.scores(items) }
    #expect(cases.count > 80)
    let rates = (learned.hitRate(at: 10), popular.hitRate(at: 10))
    #expect(rates.0 > 1.5 * rates.1, "\(rates)")
  }
}
