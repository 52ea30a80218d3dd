import DataSets
import Learning
import Support
import Kernels
import Ranking
import Testing

struct TwoPhaseTrainingTests {
  /// A tower that knows by heart what it has seen: 1 for a pair of its log, 0 for any other.
  private static func memory(_ log: Interactions) -> RetrievalTower {
    let queries = FloatMatrix(rows: log.userCount, columns: log.itemCount)
    for (user, item) in zip(log.users, log.items) { queries[Int(user), Int(item)] = 1 }
    let embeddings = FloatMatrix(rows: log.itemCount, columns: log.itemCount)
    for item in 0..<log.itemCount { embeddings[item, item] = 1 }
    return RetrievalTower(queries: queries, embeddings: embeddings)
  }

  /// A network that reads nothing but the tower's score.
  private static func network(_ training: TwoPhaseTraining, _ log: Interactions) -> RankingNetwork {
    let shape = NetworkShape(
      userDimension: 0, itemDimension: 0, usesUser: false, usesItem: false,
      layers: [.init(out: 4, activation: .tanh), .init(out: 1, activation: .sigmoid)])
    let network = RankingNetwork(
      shape, userCount: log.userCount, itemCount: log.itemCount, side: training.side())
    network.initialise(seed: 4)
    return network
  }

  @Test func eachEventIsScoredByATowerThatHasNotSeenIt() {
    let log = TrainerTests.log()
    let training = TwoPhaseTraining(log, folds: 3, fit: Self.memory)
    #expect(training.tower.scores(users: log.users, items: log.items).allSatisfy { $0 == 1 })
    let events = Array(0..<log.count)
    #expect(training.folded.scores(users: log.users, items: log.items, events: events).allSatisfy { $0 == 0 })
    // Another event of the same user is known to two of the three towers.
    let others = events.map { log.items[$0 % 9 == 8 ? $0 - 8 : $0 + 1] }
    let known = training.folded.scores(users: log.users, items: others, events: events)
    #expect(known.contains(0) && known.contains(1))
  }

  @Test func theNetworkDoesNotTrustScoresThatOnlyRemember() {
    let log = TrainerTests.log()
    let training = TwoPhaseTraining(log, folds: 3, fit: Self.memory)
    let options = TrainerTests.options { $0.epochs = 8 }
    let careful = training.trainer(Self.network(training, log), options)
    let trusting = RankingTrainer(Self.network(training, log), log, options)
    #expect(careful.run() == .finished && trusting.run() == .finished)
    #expect(trusting.history[7].loss < 0.2, "\(trusting.history)")
    // One positive in five: the entropy of not knowing more than that is 0.5.
    #expect(careful.history[7].loss > 0.45, "\(careful.history)")
  }

  @Test func threadsChangeNoBit() {
    let log = TrainerTests.log()
    let runs = [1, 2, 5].map { threads in
      let training = TwoPhaseTraining(log, folds: 4) { log in
        var options = ImplicitALS.Options()
        options.dimension = 6
        options.threads = threads
        let tower = ImplicitALS(log, options)
        tower.iterate()
        return RetrievalTower(queries: tower.users, embeddings: tower.items)
      }
      let network = RankingNetwork(
        NetworkShape(dimension: 6, hidden: [12]), userCount: log.userCount, itemCount: log.itemCount,
        side: training.side())
      network.initialise(seed: 4, deviation: 0.1)
      _ = training.trainer(network, TrainerTests.options { $0.threads = threads }).run()
      return TrainerTests.bits(network)
    }
    #expect(runs[0] == runs[1] && runs[0] == runs[2])
  }
}
