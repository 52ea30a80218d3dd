import DataSets
import Foundation
import Kernels
import Names
import Ranking
import Support
import Testing
import Vocabulary

@testable import Learning

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
    #expect(names.suffix(3) == ["derived_price_in_category", "derived_popularity", "derived_first_seen"])
    #expect(plan.contextFeatures.map(\.name) == ["hour", "weekday", "device", "query_category"])
    #expect(
      plan.attributeFeatures.filter(\.isCross).map { $0.attribute ?? "" } == [
        "category", "brand", "tags", "derived_price_in_category", "derived_first_seen",
      ])
    for name in [
      "count.view", "days_since_last", "derived_price_in_category", "category=Zelte für zwei", "tags=red", "user.age",
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
        user: shopper, context: log.next[user].context)
      #expect(
        logits.map { $0?.value.bitPattern }
          == model.network.logits(user: user, items: items).map { ($0 + 0).bitPattern })
    }
  }

  /// The event that is learned from would else tell by the profile which item is the right one.
  @Test func anEventIsLearnedFromWithTheProfileBeforeIt() throws {
    let data = try Self.data()
    let known = Self.training(data)
    let plan = try FeaturePlan(data, known: known)
    let (table, rows) = try #require(plan.side.events?.profiles)
    let since = try #require(plan.profileNames.firstIndex(of: "days_since_last"))
    for user in [0, 5, 23] {
      let last = try #require(known.lastIndex { data.interactions.users[$0] == UInt32(user) })
      let before = try FeaturePlan(data, known: known.filter { $0 != known[last] }, recipe: plan.recipe)
      var expected = try #require(before.side.profiles?.row(user))
      var row = table.row(Int(rows[last]))
      // One counts to the event, the other to the end of the log.
      expected[since] = 0
      row[since] = 0
      #expect(row == expected)
      #expect(row != plan.side.profiles?.row(user))
    }
  }

  @Test func popularityKnowsNothingOfThePeriodOfTheEvent() {
    var (log, other) = (Interactions(userCount: 1, itemCount: 4), Interactions(userCount: 1, itemCount: 4))
    for event in 0..<64 {
      log.append(user: 0, item: event % 3)
      // Another item from the middle of the log on.
      other.append(user: 0, item: event < 32 ? event % 3 : 3)
    }
    let (a, b) = (ItemPopularity(log), ItemPopularity(other))
    #expect(a.periodOfEvent == (0..<64).map { $0 / 2 } && b.periodOfEvent == a.periodOfEvent)
    #expect(a.before.count == 32 * 4 && a.before[..<4] == [0, 0, 0, 0])
    #expect(a.before[..<(17 * 4)] == b.before[..<(17 * 4)])
    #expect(a.before[(17 * 4)...] != b.before[(17 * 4)...])
    #expect(b.after[3] > b.after[0] && b.after[0] > 0 && a.after[3] == 0)
  }

  @Test func eventsOfOneTimeShareTheirPeriod() {
    var log = Interactions(userCount: 1, itemCount: 2)
    for event in 0..<40 { log.append(user: 0, item: 1, time: event < 30 ? 5 : 9) }
    #expect(Set(ItemPopularity(log).periodOfEvent) == [0, 24])
  }

  @Test func negativesShareTheMomentOfTheirEvent() throws {
    let data = try Self.data()
    let (log, side) = (Self.log(data), try Self.plan(data).side)
    var early = 0
    for loss in RankingLoss.allCases {
      let options = TrainerTests.options { $0.loss = loss }
      let samples = EpochSamples(
        log, NegativeSampler(Histories(log), .uniform), options, epoch: 0, side: side)
      var batch = PairBatch()
      samples.fill(&batch, step: 1)
      #expect(batch.events.count == batch.count && batch.count > 0)
      for (pair, event) in batch.events.enumerated() {
        #expect(batch.users[pair] == log.users[Int(event)])
        #expect((batch.items[pair] == log.items[Int(event)]) == (batch.targets[pair] == 1))
        // No negative is an item that nobody had ever seen.
        #expect(side.isThere(Int(batch.items[pair]), event: Int(event)))
        early += (0..<40).count { !side.isThere($0, event: Int(event)) }
      }
    }
    #expect(early > 0)
  }

  @Test func aLogWithoutAClockHasNoMoments() throws {
    let plan = try Self.plan(try Self.data(BehaviourLog(hasTimes: false)))
    #expect(plan.contextFeatures.map(\.name) == ["device", "query_category"])
    #expect(!plan.catalogue.definitions.contains { $0.name == "derived_first_seen" })
    #expect(!plan.profileNames.contains("days_since_last") && plan.profileNames.contains("count.view"))
  }

  @Test func attributesOfAnEarlierTrainingAreMadeAnew() throws {
    let data = try Self.data()
    let plan = try Self.plan(data)
    let old = plan.catalogue.definitions
    let again = try Self.plan(data.with(plan.catalogue))
    #expect(again.catalogue.definitions == old && again.catalogue.columns == plan.catalogue.columns)
    #expect(again.recipe == plan.recipe)
  }

  @Test func aRecipeIsKeptAndMakesTheSameOfNewerEvents() throws {
    let data = try Self.data()
    let plan = try Self.plan(data)
    let bytes = try JSONEncoder().encode(plan.recipe)
    let recipe = try JSONDecoder().decode(FeatureRecipe.self, from: bytes)
    #expect(recipe == plan.recipe)
    let other = try Self.data(BehaviourLog(seed: 2))
    let again = try FeaturePlan(other, known: Self.training(other), recipe: recipe)
    #expect(again.attributeFeatures == plan.attributeFeatures && again.profileNames == plan.profileNames)
    #expect(try Self.plan(other).attributeFeatures != plan.attributeFeatures)
  }

  @Test func aModelOfAllFeaturesReadBackIsTheSame() throws {
    let data = try Self.data()
    let plan = try Self.plan(data)
    let model = try Self.model(data, plan)
    let files = try model.files()
    let again = try TrainedModel(files, catalogue: plan.catalogue, plan: plan)
    let items = plan.catalogue.ids.indices.map { UInt32($0) }
    #expect(again.network.logits(user: 3, items: items) == model.network.logits(user: 3, items: items))
    #expect(try again.files().manifest == files.manifest)
    #expect(try again.files().users == files.users)
    let without = try TrainedModel(files, catalogue: plan.catalogue)
    #expect(without.network.logits(user: 3, items: items) != model.network.logits(user: 3, items: items))
    let other = try Self.plan(try Self.data(BehaviourLog(seed: 2)))
    #expect(throws: ModelError.self) { try TrainedModel(files, catalogue: plan.catalogue, plan: other) }
  }

  @Test func aFittedModelIsServedWithWhatIsKnownInTheEnd() throws {
    let data = try Self.data()
    let parts = FitParts(data.interactions)
    let plans = try FeaturePlans(data, parts)
    #expect(plans.serving.recipe == plans.learning.recipe)
    #expect(plans.learning.side.events?.contexts.count == parts.reranker.count && parts.reranker.count > 0)
    let all = try FeaturePlan(data, known: Array(0..<data.interactions.count), recipe: plans.learning.recipe)
    for user in [0, 7] {
      #expect(plans.serving.side.profiles?.row(user) == all.side.profiles?.row(user))
      #expect(plans.serving.side.profiles?.row(user) != plans.learning.side.profiles?.row(user))
    }
    // The held-out event is asked about in its own moment.
    let held = try #require(parts.isValidation.firstIndex(of: true))
    let user = Int(data.interactions.users[held])
    #expect(
      plans.learning.side.users?.days?[user] == Moment(milliseconds: data.interactions.times[held]).day)
  }
}
