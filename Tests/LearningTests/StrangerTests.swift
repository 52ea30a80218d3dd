import Evaluation
import Kernels
import Names
import Ranking
import Support
import Testing
import Vocabulary

@testable import DataSets
@testable import Learning

struct StrangerTests {
  /// Strangers of the log of `TrainerTests` over a tower, and a network that reads its score and profiles.
  private struct Fixture {
    let log: Interactions
    let tower: RetrievalTower
    let strangers: Strangers
    let profile: [Float]

    init() throws {
      let log = TrainerTests.log()
      var options = TowerOptions()
      (options.dimension, options.epochs) = (5, 3)
      let tower = try #require(RetrievalTower.fit(log, options))
      let before = (0..<log.count).map { event in
        (0..<event).filter { log.users[$0] == log.users[event] }.suffix(3).map { log.items[$0] }
      }
      self.log = log
      self.tower = tower
      var random = SeededRandom(seed: 8)
      let profile = random.floats(3)
      self.profile = profile
      let known = KnownEvents(try Self.data(log), known: Array(0..<log.count))
      let fold = try #require(SessionRules(known, nil).fold(tower, options, profile: profile, threads: 1))
      strangers = Strangers(query: ColdStart(log, .init()).query(tower), profile: profile, before: before, fold: fold)
    }

    static func data(_ log: Interactions, hasClock: Bool = false) throws -> DataSet {
      var (users, items) = (IDDictionary("users.dict"), IDDictionary("items.dict"))
      for user in 0..<log.userCount { _ = try users.add("\(user)") }
      for item in 0..<log.itemCount { _ = try items.add("\(item)") }
      return DataSet(
        log, kinds: [EventKind](repeating: .click, count: log.count), values: [Float](repeating: 1, count: log.count),
        hasClock: hasClock, users: users, items: items, itemTable: ([], []), userTable: ([], []))
    }

    /// What the shoppers of the log have had.
    func owned() throws -> OwnedHistory {
      let all = Array(0..<log.count)
      return OwnedHistory(
        TrainingEvents(try Self.data(log), known: all, learned: all), OwnedFeature(context: "day", halfLife: 10))
    }

    /// With a profile for each event.
    func network(_ owned: OwnedHistory? = nil) -> RankingNetwork {
      var random = SeededRandom(seed: 9)
      let profiles = FloatMatrix(rows: (0..<log.userCount).map { _ in random.floats(3) }, columns: 3)
      var side = SideInputs(profiles: profiles, retrieval: tower.input(Histories(log), depth: 20, threads: 1))
      side.events = EventInputs(profiles: (profiles, log.users))
      side.owned = owned
      let shape = NetworkShape(dimension: 6, hidden: [12], usesProduct: true, usesDot: true)
      let network = RankingNetwork(shape, userCount: log.userCount, itemCount: log.itemCount, side: side)
      network.initialise(seed: 4, deviation: 0.1)
      return network
    }

    func trainer(
      _ network: RankingNetwork, _ change: (inout TrainingOptions) -> Void = { _ in }
    ) -> RankingTrainer {
      RankingTrainer(
        network, log,
        TrainerTests.options {
          ($0.strangerShare, $0.sessionShare, $0.tableOptimiser) = (0.3, 0.3, .rowLazy)
          change(&$0)
        }, strangers: strangers)
    }
  }

  /// An event that was exported, and so learned from, is not later than the cut, whichever its microsecond was.
  @Test func theCutIsTheEndOfItsMillisecond() throws {
    let log = TrainerTests.log()
    let known = KnownEvents(try Fixture.data(log, hasClock: true), known: Array(0..<log.count))
    let newest = try #require(log.times.max())
    #expect(known.cut == newest * 1000 + 999)
    #expect(KnownEvents(try Fixture.data(log), known: [0]).cut == nil)
  }

  @Test func drawsDependOnSeedEpochAndEventAlone() throws {
    let fixture = try Fixture()
    func rows(_ change: (inout TrainingOptions) -> Void = { _ in }, epoch: Int = 0) -> [Int32] {
      let options = TrainerTests.options {
        ($0.strangerShare, $0.sessionShare) = (0.3, 0.2)
        change(&$0)
      }
      let strangers = StrangerEpoch(fixture.strangers, options, epoch: epoch)
      return (0..<fixture.log.count).map { Int32(strangers.row(of: $0) ?? -1) }
    }
    let first = rows()
    #expect(first == rows { $0.threads = 3 })
    #expect(first != rows { $0.seed = 2 } && first != rows(epoch: 1))
    let count = Double(first.count)
    let (blank, sessions) = (Double(first.count { $0 == 0 }), Double(first.count { $0 > 0 }))
    #expect(abs(blank / count - 0.3) < 0.08)
    #expect(abs(sessions / count - 0.2) < 0.08)
    // The first event of a shopper has no session before it.
    #expect(zip(first, fixture.strangers.before).allSatisfy { $0 <= 0 || !$1.isEmpty })
    #expect(rows { ($0.strangerShare, $0.sessionShare) = (0, 0) }.allSatisfy { $0 == -1 })
  }

  @Test func trainingReadsTheBitsThatServingReadsOfAStranger() throws {
    let fixture = try Fixture()
    let owned = try fixture.owned()
    let network = fixture.network(owned)
    let options = TrainerTests.options { ($0.strangerShare, $0.sessionShare) = (0.4, 0.4) }
    let strangers = StrangerEpoch(fixture.strangers, options, epoch: 0)
    let samples = EpochSamples(
      fixture.log, NegativeSampler(Histories(fixture.log), .uniform), options, epoch: 0, side: network.side)
    var batch = PairBatch()
    samples.fill(&batch, step: 0)
    let events = samples.events(step: 0)
    let mean = network.meanUser
    let rows = try #require(strangers.rows(of: events, vector: mean))
    let retrieval = try #require(network.side.retrieval)
    let manifest = try Manifest(
      name: "strangers",
      collection: #require(CollectionSchema(embeddingDimension: 5, rerankDimension: 6, attributes: [])),
      userDimension: 6, profileDimension: 3, usesUser: true, usesItem: true, usesProduct: true, usesDot: true,
      attributeFeatures: [
        .retrievalScore(retrieval.normalisation, within: retrieval.range), .owned(owned.feature),
      ],
      contextFeatures: [], layers: network.shape.layers)
    let model = TrainedModel(
      name: "strangers", userIDs: (0..<40).map { UserID(UInt64($0)) }, itemIDs: (0..<40).map { ItemID(UInt64($0)) },
      queries: fixture.tower.queries, embeddings: fixture.tower.embeddings, network: network,
      attributeFeatures: [.owned(owned.feature)])
    let served = try Model.load(manifest: manifest.json, weights: try model.files().weights)
    let pass = NetworkPass(network)
    var seen = [0, 0]
    var sessionItems = 0
    for pair in batch.users.indices where rows.rows[pair] >= 0 {
      let (item, row) = (Int(batch.items[pair]), Int(rows.rows[pair]))
      let logits = pass.forward(
        users: batch.users[pair...pair], items: batch.items[pair...pair], events: batch.events[pair...pair],
        strangers: StrangerRows.Block(rows, pair..<pair + 1))
      var user = UserVectors(query: fixture.strangers.query, vector: mean, profile: fixture.profile)
      if row > 0 {
        seen[1] += 1
        user = UserVectors(query: rows.queries.row(row), vector: mean, profile: fixture.profile)
        let session = rows.sessions[row]
        user.owned = owned.feature.owned(OwnedItems(), adding: session.map { UInt64($0) }, [:])
        #expect(user.owned.ids.count == Set(session).count)
        sessionItems += session.contains(batch.items[pair]) ? 1 : 0
      } else {
        seen[0] += 1
      }
      let inputs = CandidateInputs(
        ids: [ItemID(UInt64(item))], retrievalScores: [Exact.dot(user.query, fixture.tower.embeddings.row(item))],
        reranks: network.items.row(item), columns: [])
      let expected = try #require(Reranker(served).rerank(inputs, user: user)[0])
      #expect((logits[0] + 0).bitPattern == expected.value.bitPattern)
    }
    #expect(seen[0] > 5 && seen[1] > 5)
  }

  @Test func aSessionIsOneToThreeOfTheItemsBeforeItsEvent() throws {
    let fixture = try Fixture()
    let options = TrainerTests.options { $0.sessionShare = 1 }
    let fold = try #require(fixture.strangers.fold)
    var lengths = [0, 0, 0]
    for epoch in 0..<3 {
      let strangers = StrangerEpoch(fixture.strangers, options, epoch: epoch)
      for (event, before) in fixture.strangers.before.enumerated() where before.count == 3 {
        let rows = try #require(strangers.rows(of: [event], vector: []))
        let folded = fold((1...3).map { Array(before.suffix($0)) })
        let length = try #require((0..<3).first { folded.queries.row($0) == rows.queries.row(Int(rows.rows[0])) })
        lengths[length] += 1
      }
    }
    #expect(lengths.allSatisfy { $0 > 100 }, "\(lengths)")
  }

  @Test func strangersMoveNoVectorOfAnyShopper() throws {
    let fixture = try Fixture()
    let network = fixture.network()
    let users = (0..<network.users.rowCapacity).map { network.users.row($0) }
    let items = (0..<network.items.rowCapacity).map { network.items.row($0) }
    #expect(fixture.trainer(network) { ($0.strangerShare, $0.sessionShare) = (1, 0) }.run() == .finished)
    #expect((0..<network.users.rowCapacity).map { network.users.row($0) } == users)
    #expect((0..<network.items.rowCapacity).map { network.items.row($0) } != items)
  }

  @Test func weightsDoNotDependOnThreadsAndAResumedRunEndsWithTheSameBits() throws {
    let fixture = try Fixture()
    let runs = [1, 3].map { threads in
      let network = fixture.network()
      _ = fixture.trainer(network) { $0.threads = threads }.run()
      return TrainerTests.bits(network)
    }
    #expect(runs[0] == runs[1])
    var steps = 0
    let first = fixture.trainer(fixture.network())
    // In the middle of an epoch, in which strangers keep the vector that they had when it began.
    #expect(first.run(onProgress: { _ in steps += 1 }, shouldStop: { steps == 50 }) == .interrupted)
    #expect(first.state.step > 0)
    let last = fixture.network()
    let resumed = fixture.trainer(last)
    try resumed.resume(first.checkpoint())
    #expect(resumed.run() == .finished)
    #expect(TrainerTests.bits(last) == runs[0])
  }

  @Test func strangersGetProbabilitiesThatHold() throws {
    let options = ModelFitTests.options {
      $0.training.epochs = 6
      ($0.training.strangerShare, $0.training.sessionShare) = (0.1, 0.1)
    }
    let fit = try ModelFitTests.fit(options)
    #expect(try fit.train() == .finished)
    let figures = try #require(fit.strangers)
    let probabilities = try #require(figures.probabilities)
    #expect(figures.reranked.cases == 60 && probabilities.bins.map(\.pairs).reduce(0, +) == 60 * 5)
    var mean = 0.0
    for bin in probabilities.bins { mean += bin.predicted * Double(bin.pairs) / 300 }
    // One of five pairs is an event, and the line meets the mean.
    #expect(abs(mean - 0.2) < 0.005, "\(probabilities)")
    #expect(figures.scaling != nil)
  }

  @Test func theLineOfLogitsIsTheOneThatMadeThem() throws {
    var random = SeededRandom(seed: 5)
    let logits = random.floats(4000).map { $0 * 3 + 4 }
    let labels = logits.map { logit -> Float in
      let p: Double = 1 / (1 + Transcendental.exp(3 - 0.5 * Double(logit)))
      let draw: Double = Double(random.next() % 1_000_000) / 1e6
      return draw < p ? 1 : 0
    }
    let line = try #require(LogitScaling(fitting: logits, labels: labels))
    #expect(abs(line.slope - 0.5) < 0.15 && abs(line.offset + 3) < 0.7, "\(line)")
    let bins = ProbabilityBins(logits.map { line.scaled($0) }, labels: labels)
    #expect(bins.gapMax < 0.06, "\(bins)")
    // Logits that would have to be turned round keep their order, and nearly one probability, which holds on the mean.
    let turned = try #require(LogitScaling(fitting: logits.map { -$0 }, labels: labels))
    #expect(turned.slope > 0 && turned.slope < 0.02)
    var sum = 0.0
    for logit in logits { sum += 1 / (1 + Transcendental.exp(-Double(turned.scaled(-logit)))) }
    let events = Double(labels.reduce(0, +))
    #expect(abs(sum - events) < 20)
  }

  @Test func theQueryOfStrangersHasTheSpreadOfShoppersAndItsOwnOrder() throws {
    let fixture = try Fixture()
    let own = ColdStart(itemEvents: fixture.log.counts(halfLifeDays: nil)).query(fixture.tower)
    var options = ColdStart.Options()
    options.depth = 15
    let scaled = ColdStart(fixture.log, options).query(fixture.tower)
    let factor = scaled[0] / own[0]
    #expect(factor > 0)
    for (a, b) in zip(own, scaled) {
      let error: Float = abs(a * factor - b)
      #expect(error <= 1e-5 * abs(b) + 1e-9)
    }
    func spread(_ query: [Float], _ items: [UInt32]) -> Double {
      let scores = fixture.tower.scores(query, items).map { Double($0) }
      let mean: Double = scores.reduce(0, +) / Double(scores.count)
      var squares = 0.0
      for score in scores { squares += (score - mean) * (score - mean) }
      return (squares / Double(scores.count)).squareRoot()
    }
    // A hundred draws of 40 shoppers have nearly all of them.
    let known = Histories(fixture.log)
    let lists = CandidateLists(fixture.tower, for: Array(0..<40), without: known, depth: 15, threads: 1)
    let shoppers = (0..<40).map { spread(fixture.tower.queries.row($0), lists[user: $0]) }
    let strangers = spread(scaled, fixture.tower.candidates(scaled, depth: 15))
    let mean: Double = shoppers.reduce(0, +) / 40
    #expect(abs(strangers / mean - 1) < 0.1, "\(strangers)")
  }

  @Test func lateEventsCountMoreInWhatSells() {
    var log = Interactions(userCount: 1, itemCount: 3)
    let day: Int64 = 86_400_000
    let events: [(item: Int, day: Int64)] = [(0, 0), (0, 30), (1, 60), (2, 45)]
    for event in events { log.append(user: 0, item: event.item, time: event.day * day) }
    #expect(log.counts(halfLifeDays: nil) == [2, 1, 1])
    let counts = log.counts(halfLifeDays: 30)
    #expect(counts[0] == 0.75 && counts[1] == 1)
    #expect(abs(counts[2] - 0.7071067811865476) < 1e-12)
  }
}
