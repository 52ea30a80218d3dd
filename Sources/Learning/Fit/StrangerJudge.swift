import DataSets
package import Evaluation
import Kernels
package import Ranking

/// How a re-ranker serves strangers: held-out events, without any word of their users.
package struct StrangerFigures: Sendable, Equatable, Codable {
  /// Where the events stand among all items, by the model and by how often items were chosen.
  package let reranked, popularity: RankFigures
  /// Of the events and their negatives, and the line of logits that makes them hold; `nil` under a loss that makes no
  /// probabilities.
  package let probabilities: ProbabilityBins?
  package let scaling: LogitScaling?
}

/// Judges a re-ranker on held-out events as if it did not know their users.
struct StrangerJudge {
  private let users: [Int]
  private let query: [Float]
  private let validation: TwoPhaseValidation
  private let popularity: RankFigures
  private let input: SideInputs.Retrieval?
  /// Each event with its negatives; the users are numbered by event.
  private var batch = PairBatch()
  private let isCrossEntropy: Bool

  /// - Parameters:
  ///   - tower: One that does not know the held-out events.
  ///   - input: Its score as an input, if the network reads it.
  init(_ parts: FitParts, _ tower: RetrievalTower, input: SideInputs.Retrieval?, _ options: FitOptions) {
    let (tests, threads, items) = (parts.validation, options.training.threads, parts.whole.itemCount)
    users = tests.map(\.user)
    self.input = input
    isCrossEntropy = options.training.loss == .crossEntropy
    query = ColdStart(parts.known, options.coldStart).query(tower, threads: threads)
    let cases = tests.enumerated().map { TestCase(user: $0, relevant: $1.relevant) }
    let strangers = RetrievalTower(
      queries: FloatMatrix(repeating: query, rows: tests.count), embeddings: tower.embeddings)
    validation = TwoPhaseValidation(
      cases, known: Histories(Interactions(userCount: tests.count, itemCount: items)), strangers, depth: options.depth,
      threads: threads)
    let baseline = PopularityBaseline(Histories(parts.known)).scores(nil)
    popularity = RankFigures(cases.map { $0.relevant.map { Metrics.rank(of: Int($0), in: baseline) } })

    var held = Interactions(userCount: tests.count, itemCount: items)
    for test in cases { for item in test.relevant { held.append(user: test.user, item: Int(item)) } }
    var everything = held
    var places = [Int](repeating: -1, count: parts.whole.userCount)
    for (place, user) in users.enumerated() { places[user] = place }
    for (user, item) in zip(parts.whole.users, parts.whole.items) where places[Int(user)] >= 0 {
      everything.append(user: places[Int(user)], item: Int(item))
    }
    var once = options.training
    once.batchSize = held.count * (1 + once.negatives)
    let own = RetrievalTower(
      queries: FloatMatrix(rows: users.map { tower.queries.row($0) }, columns: query.count),
      embeddings: tower.embeddings)
    let known = Histories(everything)
    let candidates = CandidateLists(
      own, for: Array(cases.indices), without: known, depth: options.depth, threads: threads)
    let sampler = NegativeSampler(known, once.distribution, candidates: candidates, hardCount: once.hardNegatives)
    EpochSamples(held, sampler, once, epoch: 0).fill(&batch, step: 0)
  }

  /// Judges a network that was trained over another tower.
  func figures(_ network: RankingNetwork) -> StrangerFigures {
    let judged = network.forStrangers(users, query: query, input)
    let logits = isCrossEntropy ? judged.logits(users: batch.users, items: batch.items) : []
    let scaling = isCrossEntropy ? LogitScaling(fitting: logits, labels: batch.targets) : nil
    return StrangerFigures(
      reranked: RankFigures(validation.ranks(judged)), popularity: popularity,
      probabilities: isCrossEntropy
        ? ProbabilityBins(logits.map { scaling?.scaled($0) ?? $0 }, labels: batch.targets) : nil, scaling: scaling)
  }
}

extension RankingNetwork {
  /// The network as strangers meet it: each of the listed users in their own moment, with the vectors and the profile of
  /// a stranger without a session.
  func forStrangers(_ listed: [Int], query: [Float], _ retrieval: SideInputs.Retrieval?) -> RankingNetwork {
    var side = side
    side.events = nil
    side.users = side.users?.moments(of: listed)
    side.owned = side.owned.map { OwnedHistory(strangers: listed.count, $0.feature) }
    side.profiles = side.profiles.map {
      FloatMatrix(repeating: TrainedModel.mean($0, rows: $0.rowCapacity), rows: listed.count)
    }
    side.retrieval = retrieval.map {
      .init(
        queries: FloatMatrix(repeating: query, rows: listed.count), embeddings: $0.embeddings,
        normalisation: $0.normalisation, range: $0.range)
    }
    let other = RankingNetwork(
      shape, userCount: listed.count, itemCount: items.rowCapacity, side: side, kernels: kernels)
    let mean = meanUser
    for row in listed.indices { other.users.setRow(row, mean) }
    for (to, from) in zip([other.items] + other.weights, [items] + weights) {
      for row in 0..<from.rowCapacity { to.copyRow(row, of: from, to: row) }
    }
    other.refreshTransposed()
    return other
  }
}

extension EventInputs {
  /// The contexts and the days of some of the moments.
  fileprivate func moments(of places: [Int]) -> EventInputs {
    EventInputs(
      contexts: contexts.isEmpty ? [] : places.map { contexts[$0] }, days: days.map { days in places.map { days[$0] } })
  }
}

extension FloatMatrix {
  /// A matrix of one row many times.
  fileprivate convenience init(repeating row: [Float], rows: Int) {
    self.init(rows: rows, columns: row.count)
    for place in 0..<rows { setRow(place, row) }
  }
}
