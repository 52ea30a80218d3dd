import DataSets
import Kernels
import Names
import Ranking
import Support
import Testing
import Vocabulary

@testable import Learning

/// A model that reads every kind of input there is, trained a little.
struct ReplayShop {
  let plan: FeaturePlan
  var model: TrainedModel
  /// What the items and the schema are fed by: the files of the model directory.
  let itemLines: [UInt8]
  /// The moment in which each user is asked about.
  let eventContexts: [EventContext]
  /// What the model has learned from.
  let known: KnownEvents
  /// The tower of least squares, and its fold-in of other events.
  let tower: ImplicitALS
  let options: ImplicitALS.Options

  /// - Parameter readsOwned: Whether the network reads what shoppers have had.
  init(readsOwned: Bool = true) throws {
    let text = BehaviourLog()
    let log = try EventLog(InputFile(name: "log", pieces: [Array(text.events.utf8)]))
    let data = try DataSet(
      log, Cleaning(log, CleaningRules()),
      items: EntityTable(InputFile(name: "items.jsonl", pieces: [Array(text.items.utf8)])),
      users: EntityTable(InputFile(name: "users.jsonl", pieces: [Array(text.users.utf8)])))
    let histories = Histories(data.interactions)
    let held = Set((0..<data.users.count).compactMap { histories.events(of: $0).last })
    let known = (0..<data.interactions.count).filter { !held.contains($0) }
    var features = FeatureOptions()
    if readsOwned { features.ownHalfLife = 30 }
    plan = try FeaturePlan(data, known: known, options: features)
    eventContexts = TrainingEvents(data, known: known, learned: []).next
    itemLines = try #require(data.with(plan.catalogue).files(nil).first { $0.name == "items.jsonl" }).bytes
    let learned = data.interactions.filter { !held.contains($0) }
    self.known = KnownEvents(data, known: known)
    var options = ImplicitALS.Options()
    options.dimension = 6
    self.options = options
    tower = ImplicitALS(learned, options)
    tower.iterate()
    var side = plan.side
    side.retrieval = .init(
      queries: tower.users, embeddings: tower.items, normalisation: Normalisation(mean: 0.1, scale: 2))
    let network = RankingNetwork(
      NetworkShape(dimension: 5, hidden: [16, 7], activation: .gelu, usesProduct: true, usesDot: true),
      userCount: data.users.count, itemCount: data.items.count, side: side)
    network.initialise(seed: 2, deviation: 0.2)
    var training = TrainingOptions()
    training.epochs = 3
    training.batchSize = 50
    #expect(RankingTrainer(network, learned, training).run() == .finished)
    model = TrainedModel(
      name: "features", userIDs: data.users.ids.map { UserID($0) }, itemIDs: plan.catalogue.ids,
      queries: tower.users, embeddings: tower.items, network: network, definitions: plan.catalogue.definitions,
      attributeFeatures: plan.attributeFeatures, contextFeatures: plan.contextFeatures,
      profileNames: plan.profileNames)
  }

  /// The items as a feed reads them.
  func items(_ schema: CollectionSchema) throws -> [Item] {
    var options = EntityTable.Options()
    for definition in schema.attributes { options.types[definition.name] = definition.type }
    let table = try EntityTable(InputFile(name: "items.jsonl", pieces: [itemLines]), options)
    let columns = schema.attributes.map { definition in
      table.definitions.firstIndex(of: definition).map { table.columns[$0] }
    }
    return model.itemIDs.indices.map { row in
      Item(
        id: model.itemIDs[row], embedding: model.embeddings.row(row), rerank: model.network.items.row(row),
        attributes: columns.map { $0?[row] })
    }
  }
}
