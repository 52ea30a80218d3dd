import DataSets
import Foundation
import Kernels
import Learning
import Ranking
import Support
import Testing
import Towers
import Vocabulary

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
    options.shape = TowerShape(dimension: 16, encoder: .sum, decay: 0.5, length: 5)
    options.batchSize = 48
    options.negatives = 20
    options.epochs = 15
    options.learningRate = LearningRate(0.02)
    change(&options)
    return options
  }

  /// Items of which nothing is known, or whose colour, style and name are.
  private static func content(isKnown: Bool) throws -> ItemContent {
    guard isKnown else { return ItemContent(itemCount: 30) }
    let catalogue = AttributeColumns(
      ids: (1...30).map { ItemID($0) },
      definitions: [
        AttributeDefinition(name: "colour", type: .keyword), AttributeDefinition(name: "style", type: .keywordSet),
        AttributeDefinition(name: "title", type: .text),
      ],
      columns: [
        (0..<30).map { $0 == 7 ? nil : .keyword(["red", "blue", "green"][$0 % 3]) },
        (0..<30).map { .keywordSet($0 % 4 == 0 ? ["old", "plain"] : ["plain"]) },
        (0..<30).map { .text("Item \($0 / 5), Äpfel") },
      ])
    return try ItemContent(catalogue, ["colour", "style", "title"])
  }

  @Test func featuresAreTheWordsOfTwoItemsOrMore() throws {
    let catalogue = AttributeColumns(
      ids: (1...3).map { ItemID($0) },
      definitions: [
        AttributeDefinition(name: "kind", type: .keyword), AttributeDefinition(name: "title", type: .text),
        AttributeDefinition(name: "year", type: .int), AttributeDefinition(name: "price", type: .float),
      ],
      columns: [
        [.keyword("tent"), .keyword("Tent"), .keyword("tent")], [.text("Blue TENT, blue"), nil, .text("tent-blue x2")],
        [.int(1999), .int(2000), .int(1999)], [.float(1), .float(1), nil],
      ])
    let content = try ItemContent(catalogue, ["kind", "title", "year"])
    #expect(content.features.map(\.text) == ["kind=tent", "title=blue", "title=tent", "year=1999"])
    #expect((0..<3).map { Array(content[$0]) } == [[0, 1, 2, 3], [], [0, 1, 2, 3]])
    let known = try ItemContent(catalogue, ["kind", "title"], known: [ExactText("kind=Tent"), ExactText("kind=tent")])
    #expect((0..<3).map { Array(known[$0]) } == [[1], [0], [1]])
    for (name, word) in [("colour", "they have kind, title, year, price"), ("price", "a float has no words")] {
      let error = #expect(throws: ModelError.self) { try ItemContent(catalogue, [name]) }
      #expect(error?.detail.contains(word) == true, "\(String(describing: error))")
    }
  }

  @Test(arguments: [NegativeDistribution.uniform, .popularity(power: 0.75)], [false, true])
  func theNextStepIsLearnt(distribution: NegativeDistribution, isKnown: Bool) throws {
    let (rest, heldOut) = Self.walks().leavingLastOut()
    let histories = Histories(rest)
    let tower = HistoryTower(
      content: try Self.content(isKnown: isKnown), Self.options { $0.distribution = distribution })
    let trainer = HistoryTrainer(tower, histories)
    let losses = (0..<15).map { _ in trainer.runEpoch() }
    // With one vector an item for both roles, a step and the step back score the same: the loss keeps a floor for that.
    #expect(losses[14] < losses[0] * 0.75, "\(losses)")
    let queries = tower.queries(histories)
    let cases = heldOut.enumerated().map { TestCase(user: $0.offset, relevant: $0.element.map(UInt32.init)) }
    let result = CaseRanks(cases, histories: histories) { user, _ in
      (0..<30).map { Exact.dot(queries.row(user), tower.vectors.row($0)) }
    }
    #expect(result.hitRate(at: 3) > 0.7, "\(result.hitRate(at: 3))")
  }

  @Test func aUserVectorIsTheDecayedSumOfAllItems() {
    let tower = HistoryTower(content: ItemContent(itemCount: 4), Self.options())
    tower.parameters.matrices[0].setRow(0, (0..<16).map { Float($0) })
    let history: [UInt32] = [3, 0, 1, 2, 2, 0, 3]
    let query = tower.query(history[...], shares: [1, 1, 0.25, 1, 1, 0, 1])
    for i in 0..<16 {
      var expected = Double(i)
      for (age, item) in history.reversed().enumerated() where age != 1 {
        expected += pow(0.5, Double(age)) * Double(tower.own[Int(item), i]) * (age == 4 ? 0.25 : 1)
      }
      #expect(abs(Double(query[i]) - expected) < 1e-5)
    }
    #expect(tower.query([]) == tower.parameters.matrices[0].row(0))
  }

  @Test func anItemIsItsOwnVectorAndWhatItIs() throws {
    let content = try Self.content(isKnown: true)
    let tower = HistoryTower(content: content, Self.options())
    let twin = HistoryTwin(tower, probabilities: [])
    for item in 0..<30 {
      for (value, expected) in zip(tower.vectors.row(item), twin.vector(item)) {
        #expect(abs(Double(value) - expected) < 1e-6)
      }
    }
    // Users 0 to 9 alone: some items have no event, and are what they are described as.
    let log = Self.walks()
    let histories = Histories(log.filter { log.users[$0] < 3 })
    let trainer = HistoryTrainer(tower, histories)
    _ = trainer.runEpoch()
    tower.forgetDraws(of: histories)
    let counts = histories.popularity
    #expect(counts.contains(0))
    for (item, count) in counts.enumerated() { #expect(tower.own.row(item).allSatisfy { $0 == 0 } == (count == 0)) }
    let after = HistoryTwin(tower, probabilities: [])
    for item in 0..<30 {
      for (value, expected) in zip(tower.vectors.row(item), after.vector(item)) {
        #expect(abs(Double(value) - expected) < 1e-6)
      }
    }
  }

  @Test(arguments: [false, true], [NegativeDistribution.uniform, .popularity(power: 0.75)])
  func sampledSoftmaxHasTheSlopesOfFloat64(isKnown: Bool, distribution: NegativeDistribution) throws {
    var log = Interactions(userCount: 60, itemCount: 30)
    let walks = Self.walks()
    for event in 0..<walks.count {
      log.append(
        user: Int(walks.users[event]), item: Int(walks.items[event]), weight: [1, 2, 0.5][event % 3],
        time: walks.times[event])
    }
    let histories = Histories(log)
    let content = try Self.content(isKnown: isKnown)
    let tower = HistoryTower(
      content: content,
      Self.options {
        $0.shape.dimension = 5
        $0.distribution = distribution
        $0.eventDropout = 0.3
        $0.deviation = 0.5
        $0.threads = 2
        $0.batchSize = 200
      })
    tower.parameters.matrices[0].setRow(0, [0.3, -0.2, 0.1, 0.4, -0.5])
    // More than one chunk of 128.
    let users = Array(0..<21)
    let found = HistoryTrainer(tower, histories).slopes(of: users)
    let own = users.flatMap { Array(histories[$0].dropFirst()) }
    #expect(found.shares.count == own.count && found.shares.contains(0) && found.shares.contains(0.25))
    #expect(own.contains { found.drawn.contains($0) }, "an event's own item is among the drawn")
    let counts = histories.popularity.map { distribution == .uniform ? 1 : pow(Double($0), 0.75) }
    var twin = HistoryTwin(tower, probabilities: counts.map { $0 / counts.reduce(0, +) })
    let weights = users.flatMap { Array(histories.weights(of: $0).dropFirst()) }
    func loss(_ twin: HistoryTwin) -> Double {
      twin.loss(users.map { Array(histories[$0]) }, drawn: found.drawn, shares: found.shares, weights: weights)
    }
    #expect(abs(found.loss / found.weight - loss(twin)) < 1e-5)
    func check(_ gradient: Float, _ value: WritableKeyPath<HistoryTwin, Double>) {
      let slope = twin.slope(value, loss)
      #expect(abs(Double(gradient) - slope) < 2e-6 + 2e-5 * abs(slope), "\(gradient) \(slope)")
    }
    for k in 0..<5 {
      check(found.parameters.matrices[0][0, k], \.constant[k])
      for item in 0..<30 { check(found.tables[0][item][k], \.own[item][k]) }
      // Most features are of items that are drawn and of own items alike.
      for feature in content.features.indices { check(found.tables[1][feature][k], \.features[feature][k]) }
    }
  }

  @Test(arguments: TowerShape.Encoder.allCases, [false, true])
  func threadsAndInstructionSetsChangeNoBit(encoder: TowerShape.Encoder, isMixed: Bool) throws {
    guard encoder != .sum || !isMixed else { return }
    var expected: [[UInt32]]?
    for kernels in InstructionSet.available.map({ KernelSet($0) }) {
      for threads in kernels.instructionSet == .best ? [1, 2, 5] : [1] {
        let tower = HistoryTower(
          content: try Self.content(isKnown: true),
          Self.options {
            ($0.shape.encoder, $0.shape.isMixed) = (encoder, isMixed)
            $0.threads = threads
            $0.eventDropout = 0.3
            $0.componentDropout = 0.2
            $0.sumDropout = 0.1
            $0.decayOfVectors = 0.01
            $0.distribution = .popularity(power: 0.5)
            $0.batchSize = 300
          }, kernels: kernels)
        let trainer = HistoryTrainer(tower, Histories(Self.walks()))
        for _ in 0..<2 { _ = trainer.runEpoch() }
        let bits = ([tower.own, tower.features, tower.vectors] + tower.parameters.matrices).map { matrix in
          (0..<matrix.rowCapacity).flatMap { matrix.row($0).map(\.bitPattern) }
        }
        if let expected { #expect(bits == expected, "\(kernels.instructionSet) \(threads)") }
        expected = expected ?? bits
      }
    }
  }
}
