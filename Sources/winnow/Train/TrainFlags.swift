import Arguments
import DataSets
import Kernels
import Learning
import SocketTransport

/// The flags of `winnow train`, and what they say to the trainer.
enum TrainFlags {
  /// Everything that decides the model's bytes.
  static let settings =
    [
      Flag("name", .string, "The model's name.", group: "Model", default: "winnow"),
      Flag(
        "weights", .string, "How much events count, as KIND=NUMBER, KIND=value or KIND=NUMBER*value.", group: "Model",
        default: EventWeights().text, occurrence: .list, placeholder: "KIND=WEIGHT"),
      Flag(
        "segment", .string,
        "A keyword attribute of users: a shopper without vectors of their own is served with those of the segment that the "
          + "query names as context.", group: "Model", placeholder: "ATTRIBUTE"),
      Flag("seed", .int(0...Int.max), "The seed of all random draws.", group: "Model", default: "1"),
      Flag(
        "hold-out", .string,
        "Events that training leaves out for 'winnow evaluate': none, each user's last event, or date:2011-10-01, "
          + "all from then on.", group: "Model", default: "none", placeholder: "none|last|DATE"),
      Flag(
        "refit", .bool, "Fit the tower once more on everything, the held-out events included, before it is exported.",
        group: "Model", default: "true"),
    ] + tower + network + learning

  private static let tower = [
    Flag(
      "tower", .choice(TowerOptions.Kind.allCases.map(\.rawValue)),
      "The tower that finds candidates: als, alternating least squares; history, a decayed sum over the latest events; bpr, matrix "
        + "factorisation by pairs.", group: "Tower", default: "als"),
    Flag("dimension", .int(1...4096), "Dimension of the tower's vectors.", group: "Tower", default: "64"),
    Flag("tower-epochs", .int(1...10_000), "Sweeps or epochs; without it 12, 15, 20.", group: "Tower"),
    Flag("tower-l2", .double(0...1000), "L2 penalty of the tower; without it 0.005, 0, 0.0001.", group: "Tower"),
    Flag("tower-rate", .double(0...10), "The learning rate of history and bpr.", group: "Tower", default: "0.003"),
    Flag(
      "unobserved-weight", .double(0...1000), "Weight of pairs without an event, for als.", group: "Tower",
      default: "0.3"),
    Flag(
      "decay", .double(0...1), "Factor on an event's weight for each newer event, for history.", group: "Tower",
      default: "0.8"),
  ]

  private static let network = [
    Flag(
      "preset", .choice(["full", "seed", "mlp", "neumf", "gmf"]),
      "Which network: full, layers 128,64 over all inputs; seed, 128,64 over both vectors; mlp, 32,16,8 over both "
        + "vectors; neumf, that and their product; gmf, their product alone. The flags below change it.",
      group: "Re-ranker", default: "full"),
    Flag(
      "layers", .int(1...4096), "Widths of hidden layers, such as 128,64.", group: "Re-ranker", occurrence: .list),
    Flag(
      "activation", .choice(["relu", "gelu", "tanh", "sigmoid"]), "The function of hidden layers.", group: "Re-ranker",
      default: "relu"),
    Flag(
      "rerank-dimension", .int(1...4096), "Dimension of the network's own vectors of users and items.",
      group: "Re-ranker", default: "32"),
    Flag(
      "inputs", .choice(inputs),
      "Which inputs: some of user, item, product, dot; retrieval, the tower's score; features, what the data says of "
        + "items, users and moments.", group: "Re-ranker",
      occurrence: .list),
  ]

  private static let inputs = ["user", "item", "product", "dot", "retrieval", "features"]

  private static let learning = [
    Flag(
      "loss", .choice(["cross-entropy", "pairwise", "listwise"]), "The loss.", group: "Learning",
      default: "cross-entropy"),
    Flag("negatives", .int(1...31), "Negatives drawn for every event, in each epoch.", group: "Learning", default: "8"),
    Flag(
      "hard-negatives", .int(0...31), "How many of them come from the candidates of the tower.", group: "Learning",
      default: "4"),
    Flag(
      "negative-distribution", .choice(["uniform", "popularity"]),
      "How other negatives are drawn; popularity: count^0.75.",
      group: "Learning", default: "uniform"),
    Flag(
      "rerank-share", .double(0.01...0.9), "Share of each user's events, the latest, that the re-ranker learns on.",
      group: "Learning", default: "0.2"),
    Flag("depth", .int(10...10_000), "Candidates that are re-ranked.", group: "Learning", default: "200"),
    Flag("epochs", .int(1...100_000), "Limit of epochs.", group: "Learning", default: "20"),
    Flag(
      "patience", .int(0...100_000), "Epochs without a better validation NDCG@10 after which it stops; 0: never.",
      group: "Learning", default: "3"),
    Flag(
      "batch", .int(1...1_000_000), "Pairs a step; events under a pairwise or listwise loss.", group: "Learning",
      default: "256"),
    Flag(
      "learning-rate", .double(0...1e38), "Highest learning rate of the re-ranker.", group: "Learning", default: "0.001"
    ),
    Flag(
      "schedule", .choice(["constant", "cosine", "linear"]), "How the learning rate falls.", group: "Learning",
      default: "constant"),
    Flag(
      "warm-up", .int(0...1_000_000_000), "Steps in which the learning rate rises.", group: "Learning", default: "0"),
    Flag(
      "optimiser", .choice(["dense", "row-lazy"]),
      "Whether Adam moves all vectors at each step, or those of the batch.", group: "Learning", default: "row-lazy"),
    Flag("l2", .double(0...1000), "L2 penalty of vectors and weights.", group: "Learning", default: "0"),
    Flag("dropout", .double(0...0.99), "Share of hidden outputs that training drops.", group: "Learning", default: "0"),
  ]

  /// The flags that a model keeps when it is trained further.
  static let ofModel = Set((tower + network).map(\.name) + ["weights", "segment"])

  /// The values of the flags, by name.
  static func texts(_ session: Session) -> [String: String] {
    var texts: [String: String] = [:]
    for flag in settings {
      let values = session.values
      let all: [String] =
        switch flag.kind {
        case .int: values.all(flag.name, as: Int.self).map(String.init)
        case .double: values.all(flag.name, as: Double.self).map { "\($0)" }
        case .bool: values.all(flag.name, as: Bool.self).map(String.init)
        default: values.all(flag.name, as: String.self)
        }
      if !all.isEmpty { texts[flag.name] = all.joined(separator: ",") }
    }
    return texts
  }

  /// The trainer's options by the flags.
  static func options(_ session: Session) throws(Failure) -> FitOptions {
    let values = session.values
    var options = FitOptions()
    let seed = UInt64(values.value("seed", as: Int.self))
    let threads = values.optional("threads", as: Int.self) ?? ComputePool.coreCount
    options.tower.kind = TowerOptions.Kind(rawValue: values.value("tower")) ?? .als
    options.tower.dimension = values.value("dimension")
    options.tower.epochs = values.optional("tower-epochs")
    options.tower.regularisation = values.optional("tower-l2", as: Double.self).map { Float($0) }
    options.tower.learningRate = Float(values.value("tower-rate", as: Double.self))
    options.tower.unobservedWeight = Float(values.value("unobserved-weight", as: Double.self))
    options.tower.decay = Float(values.value("decay", as: Double.self))
    (options.tower.seed, options.tower.threads) = (seed, threads)
    options.network = try network(session)
    options.training = try training(session)
    (options.training.seed, options.training.threads) = (seed, threads)
    options.depth = values.value("depth")
    options.rerankShare = values.value("rerank-share")
    options.refits = values.value("refit")
    return options
  }

  private static func network(_ session: Session) throws(Failure) -> NetworkOptions {
    let values = session.values
    var network = NetworkOptions()
    func use(_ parts: [String]) {
      network.usesUser = parts.contains("user")
      network.usesItem = parts.contains("item")
      network.usesProduct = parts.contains("product")
      network.usesDot = parts.contains("dot")
      network.usesRetrievalScore = parts.contains("retrieval")
      network.usesFeatures = parts.contains("features")
    }
    switch values.value("preset", as: String.self) {
    case "seed": use(["user", "item"])
    case "mlp":
      network.hidden = [32, 16, 8]
      use(["user", "item"])
    case "neumf":
      network.hidden = [32, 16, 8]
      use(["user", "item", "product"])
    case "gmf":
      network.hidden = []
      use(["product"])
    default: use(inputs)
    }
    if values.isGiven("layers") { network.hidden = values.all("layers") }
    guard network.hidden.count <= 15 else { throw session.usage("layers", "are more than 15") }
    if values.isGiven("inputs") { use(values.all("inputs")) }
    network.activation = Activation(rawValue: values.value("activation")) ?? .relu
    network.dimension = values.value("rerank-dimension")
    return network
  }

  private static func training(_ session: Session) throws(Failure) -> TrainingOptions {
    let values = session.values
    var training = TrainingOptions()
    let losses: [String: RankingLoss] = ["pairwise": .pairwise, "listwise": .listwise]
    training.loss = losses[values.value("loss")] ?? .crossEntropy
    training.negatives = values.value("negatives")
    training.hardNegatives = values.value("hard-negatives")
    guard training.hardNegatives <= training.negatives else {
      throw session.usage("hard-negatives", "are more than --negatives \(training.negatives)")
    }
    training.distribution =
      values.value("negative-distribution", as: String.self) == "popularity" ? .popularity(power: 0.75) : .uniform
    training.epochs = values.value("epochs")
    let patience: Int = values.value("patience")
    training.patience = patience > 0 ? patience : nil
    training.batchSize = values.value("batch")
    let courses: [String: LearningRate.Course] = ["cosine": .cosine, "linear": .linear]
    training.learningRate = LearningRate(
      Float(values.value("learning-rate", as: Double.self)), course: courses[values.value("schedule")] ?? .constant,
      warmUpSteps: values.value("warm-up"))
    training.tableOptimiser = values.value("optimiser", as: String.self) == "dense" ? .dense : .rowLazy
    training.weightDecay = Float(values.value("l2", as: Double.self))
    training.vectorDecay = training.weightDecay
    training.dropout = Float(values.value("dropout", as: Double.self))
    return training
  }
}
