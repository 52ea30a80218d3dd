import Kernels
import Ranking
import Support
import Testing
import Vocabulary

@testable import Training

struct FeaturePlanTests {
  static func data(_ log: BehaviourLog = BehaviourLog()) throws -> DataSet {
    let events = try EventLog(InputFile(name: "log", pieces: [Array(log.events.utf8)]))
    return try DataSet(
      events, Cleaning(events, CleaningRules()),
      items: EntityTable(InputFile(name: "items.jsonl", pieces: [Array(log.items.utf8)])),
      users: EntityTable(InputFile(name: "users.jsonl", pieces: [Array(log.users.utf8)])))
  }

  /// All but each user's last event.
  static func training(_ data: DataSet) -> [Int] {
    let histories = Histories(data.interactions)
    let last = Set((0..<data.interactions.userCount).compactMap { histories.events(of: $0).last })
    return (0..<data.interactions.count).filter { !last.contains($0) }
  }

  static func plan(_ data: DataSet) throws -> FeaturePlan {
    try FeaturePlan(data, known: training(data))
  }

  static func log(_ data: DataSet) -> Interactions {
    let events = Set(training(data))
    return data.interactions.filter { events.contains($0) }
  }

  /// A model that reads every kind of input, trained a little.
  static func model(_ data: DataSet, _ plan: FeaturePlan) throws -> TrainedModel {
    let log = log(data)
    var options = ImplicitALS.Options()
    options.dimension = 6
    let tower = ImplicitALS(log, options)
    tower.iterate()
    var side = plan.side
    side.retrieval = .init(queries: tower.users, embeddings: tower.items, normalisation: Normalisation(scale: 2))
    let network = RankingNetwork(
      NetworkShape(dimension: 5, hidden: [16, 7], usesProduct: true, usesDot: true), userCount: data.users.count,
      itemCount: data.items.count, side: side)
    network.initialise(seed: 2, deviation: 0.2)
    #expect(RankingTrainer(network, log, TrainerTests.options { $0.epochs = 3 }).run() == .finished)
    return TrainedModel(
      name: "features", userIDs: data.users.ids.map { UserID($0) }, itemIDs: plan.catalogue.ids,
      queries: tower.users, embeddings: tower.items, network: network, definitions: plan.catalogue.definitions,
      attributeFeatures: plan.attributeFeatures, contextFeatures: plan.contextFeatures,
      profileNames: plan.profileNames)
  }

  @Test func everyKindOfInputIsMade() throws {
    let plan = try Self.plan(try Self.data())
    let names = plan.catalogue.definitions.map(\.name)
    #expect(names.suffix(3) == ["price_in_category", "popularity", "first_seen"])
    #expect(plan.contextFeatures.map(\.name) == ["hour", "weekday"])
    #expect(
      plan.attributeFeatures.filter(\.isCross).map { $0.attribute ?? "" } == [
        "category", "brand", "tags", "price_in_category", "first_seen",
      ])
    for name in [
      "count.view", "days_since_last", "price_in_category", "category=Zelte für zwei", "tags=red", "user.age",
      "user.segment=old",
    ] {
      #expect(plan.profileNames.contains(name), "\(name)")
    }
    #expect(!plan.profileNames.contains { $0.hasPrefix("tags=rare") })
    #expect(plan.side.profiles?.columns == plan.profileNames.count)
  }

  @Test func theServedLogitsAreTheTrainersBitForBit() throws {
    let data = try Self.data()
    let plan = try Self.plan(data)
    let model = try Self.model(data, plan)
    let files = try model.files()
    let served = try Model.load(manifest: files.manifest, weights: files.weights, users: files.users)
    let reranker = Reranker(served)
    let log = TrainingEvents(data, known: Self.training(data), learned: [])
    let items = plan.catalogue.ids.indices.map { UInt32($0) }
    for (user, id) in model.userIDs.enumerated() {
      let shopper = try #require(served.users[id])
      let logits = reranker.rerank(
        CandidateInputs(
          retrievalScores: items.map { Exact.dot(shopper.query, model.embeddings.row(Int($0))) },
          reranks: items.flatMap { model.network.items.row(Int($0)) },
          columns: reranker.assembler.attributeNames.compactMap { plan.catalogue.column($0) }),
        user: shopper, context: FeaturePlan.context(at: log.nextTimes[user]))
      #expect(
        logits.map { $0?.value.bitPattern }
          == model.network.logits(user: user, items: items).map { ($0 + 0).bitPattern })
    }
  }
}
