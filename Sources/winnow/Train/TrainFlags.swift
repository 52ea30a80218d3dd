import Arguments
import DataSets
import Kernels
import Learning
import Ranking
import SocketTransport
import Towers

/// The flags of `winnow train`, and what they say to the trainer.
enum TrainFlags {
  static let name = Flag("name", .string, "The model's name.", group: "Model", default: "winnow")
  static let weights = Weights.flag.with(group: "Model")
  static let segment = Flag(
    "segment", .string,
    "A keyword attribute of users: a shopper without vectors of their own is served with those of the segment that the "
      + "query names as context.", group: "Model", placeholder: "ATTRIBUTE")
  static let seed = Flag("seed", .int(0...Int.max), "The seed of all random draws.", group: "Model", default: "1")
  static let holdOut = Flag(
    "hold-out", .string,
    "Events that training leaves out for 'winnow evaluate': none, each user's last event, the last two, or "
      + "date:2011-10-01, all from then on. With last-two figures are strict: the last but one chooses the epoch and is "
      + "known to the user's vector in the end, but never learned from.", group: "Model", default: "none",
    placeholder: "none|last|last-two|DATE")
  static let keepDays = Flag(
    "keep-days", .int(1...100_000),
    "Read no event that is older than the newest one by more days: a model is as old as its log.",
    group: "Model")
  static let leastUsers = Flag(
    "least-users", .int(1...1_000_000),
    "A word of users, or of the moments of their events, that fewer users have becomes 'other' in the model's files, and a "
      + "segment of fewer has no vectors of its own.", group: "Model", default: "5")
  static let refit = Flag.switch(
    "refit", "Fit the tower once more on everything, the held-out events included, before it is exported.",
    group: "Model", default: true)

  static let keepKnown = Flag.switch(
    "keep-known",
    "People buy again: learn from what they had, keep it among the candidates, and choose the epoch by the items of "
      + "each user's last day, known ones too.", group: "Model")
  static let ownHalfLife = Flag(
    "own-half-life", .double(0.01...100_000),
    "Days after which what a shopper had counts half in what the network reads of it, under --keep-known.",
    group: "Model", default: "\(Int(OwnedFeature.halfLifeDefault))")

  static let tower = Flag(
    "tower", .choice(of: TowerOptions.Kind.self),
    "The tower that finds candidates: als, alternating least squares; history, an encoder of the events; bpr, matrix "
      + "factorisation by pairs.", group: "Tower", default: "als")
  static let dimension = Flag(
    "dimension", .int(1...4096), "Dimension of the tower's vectors.", group: "Tower", default: "64")
  static let towerEpochs = Flag(
    "tower-epochs", .int(1...10_000), "Sweeps or epochs; without it 12, 15, 20.", group: "Tower")
  static let towerL2 = Flag(
    "tower-l2", .double(0...1000), "L2 penalty of the tower; without it 0.005, 0, 0.0001.", group: "Tower")
  static let towerRate = Flag(
    "tower-rate", .double(0...10), "The learning rate of history and bpr.", group: "Tower", default: "0.003")
  static let unobservedWeight = Flag(
    "unobserved-weight", .double(0...1000), "Weight of pairs without an event, for als.", group: "Tower", default: "0.3"
  )
  static let decay = Flag(
    "decay", .double(0...1), "Factor on an event's weight for each newer event, for history.", group: "Tower",
    default: "0.8")

  static let encoder = Flag(
    "encoder", .choice(of: TowerShape.Encoder.self),
    "What reads the events, for history: sum, each counts --decay times what the next one counts; convolution; attention; gru.",
    group: "Tower", default: "sum")
  static let mixed = Flag.switch(
    "mixed", "Let the encoder correct the decayed sum, in place of standing alone.", group: "Tower")
  static let content = Flag.list(
    "content", .string,
    "Attributes of items whose words are part of the items' vectors, for history: keywords, the words of texts, whole numbers.",
    group: "Tower", placeholder: "ATTRIBUTE")
  static let towerNegatives = Flag(
    "tower-negatives", .int(1...65_536), "Items that each step of history is told apart from.", group: "Tower",
    default: "1024")
  static let towerOptimiser = Flag(
    "tower-optimiser", .choice(["dense", "row-lazy"]),
    "Whether Adam moves all vectors of history at each step, or those that the step names.", group: "Tower",
    default: "dense")
  static let towerDropout = Flag(
    "tower-dropout", .double(0...0.99),
    "Share of events that history leaves out in training; without it 0.3 for sum, 0.2 with --mixed, else 0.",
    group: "Tower")
  static let encoderDropout = Flag(
    "encoder-dropout", .double(0...0.99), "Share of components that the encoder leaves out in training.",
    group: "Tower", default: "0.3")
  static let sumDropout = Flag(
    "sum-dropout", .double(0...0.99), "Share of components of events that the decayed sum leaves out in training.",
    group: "Tower", default: "0")
  static let towerLength = Flag(
    "tower-length", .int(1...TowerShape.lengthMax), "How many of the latest events an encoder but sum reads.",
    group: "Tower", default: "20")
  static let towerHeads = Flag(
    "tower-heads", .int(1...64), "Heads of attention; they must divide --dimension.", group: "Tower", default: "2")
  static let towerBlocks = Flag(
    "tower-blocks", .int(1...TowerShape.blocksMax), "Blocks of attention or convolution.", group: "Tower",
    default: "2")

  private static let ofHistory: [any Argument] = [
    decay, encoder, mixed, content, towerNegatives, towerOptimiser, towerDropout, encoderDropout, sumDropout,
    towerLength, towerHeads, towerBlocks,
  ]

  private static let ofTower: [any Argument] =
    [tower, dimension, towerEpochs, towerL2, towerRate, unobservedWeight] + ofHistory

  static let preset = Flag(
    "preset", .choice(["full", "seed", "mlp", "neumf", "gmf", "none"]),
    "Which network: full, layers 128,64 over all inputs; seed, 128,64 over both vectors; mlp, 32,16,8 over both "
      + "vectors; neumf, that and their product; gmf, their product alone; none, retrieval alone. The flags below change it.",
    group: "Re-ranker", default: "full")
  static let layers = Flag.list(
    "layers", .int(1...4096), "Widths of hidden layers, such as 128,64.", group: "Re-ranker")
  static let activation = Flag(
    "activation", .choice(["relu", "gelu", "tanh", "sigmoid"]), "The function of hidden layers.", group: "Re-ranker",
    default: "relu")
  static let rerankDimension = Flag(
    "rerank-dimension", .int(1...4096), "Dimension of the network's own vectors of users and items.",
    group: "Re-ranker", default: "32")
  static let inputs = Flag.list(
    "inputs", .choice(inputNames),
    "Which inputs: some of user, item, product, dot; retrieval, the tower's score; features, what the data says of "
      + "items, users and moments.", group: "Re-ranker")

  private static let ofNetwork: [any Argument] = [preset, layers, activation, rerankDimension, inputs]

  private static let inputNames = ["user", "item", "product", "dot", "retrieval", "features"]

  static let loss = Flag(
    "loss", .choice(["cross-entropy", "pairwise", "listwise"]), "The loss.", group: "Learning", default: "cross-entropy"
  )
  static let negatives = Flag(
    "negatives", .int(1...31), "Negatives drawn for every event, in each epoch.", group: "Learning", default: "8")
  static let hardNegatives = Flag(
    "hard-negatives", .int(0...31),
    "How many of them come from the candidates of the tower; under --keep-known also from what the shopper had before.",
    group: "Learning", default: "4")
  static let negativeDistribution = Flag(
    "negative-distribution", .choice(["uniform", "popularity"]),
    "How other negatives are drawn; popularity: count^0.75.", group: "Learning", default: "uniform")
  static let rerankShare = Flag(
    "rerank-share", .double(0.01...0.9), "Share of each user's events, the latest, that the re-ranker learns on.",
    group: "Learning", default: "0.2")
  static let depth = Flag(
    "depth", .int(10...10_000), "Candidates that are re-ranked.", group: "Learning", default: "200")
  static let epochs = Flag(
    "epochs", .int(0...100_000), "Limit of epochs; 0 trains the tower alone.", group: "Learning", default: "20")
  static let patience = Flag(
    "patience", .int(0...100_000), "Epochs without a better validation NDCG@10 after which it stops; 0: never.",
    group: "Learning", default: "3")
  static let batch = Flag(
    "batch", .int(1...1_000_000), "Pairs a step; events under a pairwise or listwise loss.", group: "Learning",
    default: "256")
  static let learningRate = Flag(
    "learning-rate", .double(0...1e38), "Highest learning rate of the re-ranker.", group: "Learning", default: "0.001")
  static let schedule = Flag(
    "schedule", .choice(["constant", "cosine", "linear"]), "How the learning rate falls.", group: "Learning",
    default: "constant")
  static let warmUp = Flag(
    "warm-up", .int(0...1_000_000_000), "Steps in which the learning rate rises.", group: "Learning", default: "0")
  static let optimiser = Flag(
    "optimiser", .choice(["dense", "row-lazy"]), "Whether Adam moves all vectors at each step, or those of the batch.",
    group: "Learning", default: "row-lazy")
  static let l2 = Flag("l2", .double(0...1000), "L2 penalty of vectors and weights.", group: "Learning", default: "0")
  static let dropout = Flag(
    "dropout", .double(0...0.99), "Share of hidden outputs that training drops.", group: "Learning", default: "0")

  static let strangerShare = Flag(
    "stranger-share", .double(0...0.5),
    "Share of events that the re-ranker learns as if it did not know the shopper, for shoppers that it will not know.",
    group: "Learning", default: "0.1")
  static let sessionShare = Flag(
    "session-share", .double(0...0.5),
    "Share of events that it learns as if it only knew one to three of the shopper's events before it.",
    group: "Learning", default: "0.1")
  static let groupWeights = Flag(
    "group-weights", .string,
    "How much the users of groups count in what the re-ranker learns, by an attribute of users; others count 1.",
    group: "Learning", placeholder: "ATTRIBUTE:VALUE=WEIGHT,…")
  static let popularityHalfLife = Flag(
    "popularity-half-life", .double(0...100_000),
    "Days after which an event counts half in what strangers are searched by; 0: never.", group: "Learning",
    default: "30")

  private static let ofLearning: [any Argument] = [
    loss, negatives, hardNegatives, negativeDistribution, rerankShare, depth, epochs, patience, batch, learningRate,
    schedule, warmUp, optimiser, l2, dropout, strangerShare, sessionShare, groupWeights, popularityHalfLife,
  ]

  /// Everything that decides the model's bytes.
  static let settings: [any Argument] =
    [name, weights, segment, leastUsers, seed, holdOut, keepDays, refit, keepKnown, ownHalfLife] + ofTower + ofNetwork
    + ofLearning
    + TextFlags.all

  /// The flags that a model keeps when it is trained further.
  static let ofModel: [any Argument] =
    ofTower + ofNetwork + [weights, segment, keepKnown, ownHalfLife] + TextFlags.ofModel

  /// The values of the flags, by name.
  static func texts(_ session: Session) -> [String: String] {
    let texts = settings.map { ($0.row.name, session.values.texts($0).joined(separator: ",")) }
    return Dictionary(uniqueKeysWithValues: texts.filter { !$0.1.isEmpty })
  }

  /// The trainer's options by the flags.
  static func options(_ session: Session) throws(Failure) -> FitOptions {
    var options = FitOptions()
    let seed = UInt64(session[Self.seed])
    let threads = session[TrainVerb.threads] ?? ComputePool.coreCount
    let tower = session[Self.tower]
    if tower == .als { try session.refuse([towerRate], "with --tower als") }
    if tower != .als { try session.refuse([unobservedWeight], "without --tower als") }
    if tower != .history { try session.refuse(ofHistory, "without --tower history") }
    options.tower.kind = tower
    options.tower.dimension = session[Self.dimension]
    options.tower.epochs = session[Self.towerEpochs]
    options.tower.regularisation = session[Self.towerL2].map { Float($0) }
    options.tower.learningRate = Float(session[Self.towerRate])
    options.tower.unobservedWeight = Float(session[Self.unobservedWeight])
    try readEncoder(session, &options.tower)
    (options.tower.seed, options.tower.threads) = (seed, threads)
    options.network = try network(session)
    options.training = try training(session)
    (options.training.seed, options.training.threads) = (seed, threads)
    options.depth = session[Self.depth]
    let halfLife = session[Self.popularityHalfLife]
    (options.coldStart.depth, options.coldStart.seed) = (options.depth, seed)
    options.coldStart.halfLifeDays = halfLife > 0 ? halfLife : nil
    options.coldStart.leastUsers = session[Self.leastUsers]
    options.rerankShare = session[Self.rerankShare]
    options.refits = session[Self.refit]
    if let text = session[Self.groupWeights], GroupWeights(text) == nil {
      throw session.usage(
        Self.groupWeights, "is not such as 'gender:F=2,M=1': each group once, with a weight above 0, at most 1,000")
    }
    options.keepsKnown = session[Self.keepKnown]
    if !options.keepsKnown { try session.refuse([ownHalfLife], "without --keep-known") }
    guard !options.keepsKnown || options.training.epochs == 0 || options.training.hardNegatives > 0 else {
      throw session.usage(
        Self.hardNegatives, "must be above 0 with --keep-known: what was not taken again is learned from")
    }
    return options
  }

  private static func readEncoder(_ session: Session, _ tower: inout TowerOptions) throws(Failure) {
    tower.decay = Float(session[Self.decay])
    tower.encoder = session[Self.encoder]
    tower.isMixed = session[Self.mixed]
    if tower.encoder == .sum {
      try session.refuse([mixed, encoderDropout, towerLength], "with --encoder sum")
    }
    if tower.encoder != .attention { try session.refuse([towerHeads], "without --encoder attention") }
    if tower.encoder == .sum || tower.encoder == .gru {
      try session.refuse([towerBlocks], "with --encoder \(tower.encoder.rawValue)")
    }
    if !tower.shape.hasSum { try session.refuse([sumDropout], "without --mixed or --encoder sum") }
    tower.length = session[Self.towerLength]
    tower.heads = session[Self.towerHeads]
    tower.blocks = session[Self.towerBlocks]
    tower.negatives = session[Self.towerNegatives]
    tower.optimiser = session[Self.towerOptimiser] == "dense" ? .dense : .rowLazy
    tower.eventDropout =
      session[Self.towerDropout].map { Float($0) } ?? (tower.encoder == .sum ? 0.3 : tower.isMixed ? 0.2 : 0)
    tower.encoderDropout = Float(session[Self.encoderDropout])
    tower.sumDropout = Float(session[Self.sumDropout])
    do throws(TowerShapeError) { try tower.shape.check() } catch {
      let flags: [TowerShapeError.Field: any Argument] = [
        .dimension: dimension, .mixed: mixed, .decay: decay, .length: towerLength, .heads: towerHeads,
        .blocks: towerBlocks,
      ]
      let flag: any Argument = flags[error.field] ?? encoder
      throw session.usage(flag, error.detail)
    }
  }

  private static func network(_ session: Session) throws(Failure) -> NetworkOptions {
    var network = NetworkOptions()
    func use(_ parts: [String]) {
      network.usesUser = parts.contains("user")
      network.usesItem = parts.contains("item")
      network.usesProduct = parts.contains("product")
      network.usesDot = parts.contains("dot")
      network.usesRetrievalScore = parts.contains("retrieval")
      network.usesFeatures = parts.contains("features")
    }
    switch session[Self.preset] {
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
    case "none":
      // One neuron that passes the tower's score on: a model needs a network, and this one changes no order.
      try session.refuse([layers, activation, rerankDimension, inputs], "with --preset none")
      network.hidden = []
      network.dimension = 0
      use(["retrieval"])
      return network
    default: use(inputNames)
    }
    if session.isGiven(Self.layers) { network.hidden = session[Self.layers] }
    guard network.hidden.count <= 15 else { throw session.usage(Self.layers, "are more than 15") }
    if session.isGiven(Self.inputs) { use(session[Self.inputs]) }
    network.activation = Activation(rawValue: session[Self.activation]) ?? .relu
    network.dimension = session[Self.rerankDimension]
    return network
  }

  private static func training(_ session: Session) throws(Failure) -> TrainingOptions {
    var training = TrainingOptions()
    let losses: [String: RankingLoss] = ["pairwise": .pairwise, "listwise": .listwise]
    training.loss = losses[session[Self.loss]] ?? .crossEntropy
    training.negatives = session[Self.negatives]
    training.hardNegatives = session[Self.hardNegatives]
    guard training.hardNegatives <= training.negatives else {
      throw session.usage(Self.hardNegatives, "are more than --negatives \(training.negatives)")
    }
    training.distribution =
      session[Self.negativeDistribution] == "popularity" ? .popularity(power: 0.75) : .uniform
    training.epochs = session[Self.epochs]
    if session[Self.preset] == "none" {
      guard !session.isGiven(Self.epochs) || training.epochs == 0 else {
        throw session.usage(Self.epochs, "are of a re-ranker, and --preset none has none")
      }
      training.epochs = 0
    }
    let patience = session[Self.patience]
    training.patience = patience > 0 ? patience : nil
    training.batchSize = session[Self.batch]
    let courses: [String: LearningRate.Course] = ["cosine": .cosine, "linear": .linear]
    training.learningRate = LearningRate(
      Float(session[Self.learningRate]), course: courses[session[Self.schedule]] ?? .constant,
      warmUpSteps: session[Self.warmUp])
    training.tableOptimiser = session[Self.optimiser] == "dense" ? .dense : .rowLazy
    training.weightDecay = Float(session[Self.l2])
    training.vectorDecay = training.weightDecay
    training.dropout = Float(session[Self.dropout])
    training.strangerShare = session[Self.strangerShare]
    training.sessionShare = session[Self.sessionShare]
    return training
  }
}
